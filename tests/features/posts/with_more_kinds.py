"""Says what becomes of the kinds in ``more_kinds``: run as a program of its own, as at start."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import app.features.posts.kinds as registry

registry.__path__.append(str(Path(__file__).parent / "more_kinds"))

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter, ValidationError

from app.core.actor import ANONYMOUS
from app.core.ids import new_id
from app.edge.forms import form_for
from app.features.posts import feed
from app.features.posts.drafts import KINDS, AnyPostDraft, draft_of
from app.features.posts.filtering import PostFilters
from app.main import every_route
from app.web.environment import environment
from app.web.post_cards import cards_of

ROW = SimpleNamespace(
    id=new_id(), kind="pallet_swap", title="40 Paletten", excerpt="Am Tor 3.", tags=[],
    details={"pallet_type": "one_way", "pallets": 40, "until": "2027-01-14"},
    published_at=datetime(2026, 11, 22, tzinfo=UTC), status="active", is_concealed=False,
    accepted_reply_id=None, replies=0, helpful=0,
    author_name="Nadine Rauhut", author_slug="nadine-rauhut", author_has_left=False,
    company_name=None, company_slug=None, group_name=None, group_slug=None, place_name=None,
)  # fmt: skip


def wrong(pallets: int) -> list[str]:
    """Return where a draft is wrong."""
    details = {"kind": "pallet_swap", "pallet_type": "european", "pallets": pallets}
    draft = {"title": "Paletten", "body": "Abzuholen.", "details": details}
    try:
        TypeAdapter(AnyPostDraft).validate_python(draft)
    except ValidationError as error:
        return [".".join(map(str, one["loc"])) for one in error.errors()]
    return []


posts = [route for route in every_route() if route.path == "/api/v1/posts"]
document = get_openapi(title="Posts", version="1", routes=posts)
listed = document["paths"]["/api/v1/posts"]["get"]["parameters"]
card = environment().get_template("posts/_list.html")
form = form_for(draft_of("pallet_swap"), locale="de")
json.dump(
    {
        "kinds": sorted(KINDS),
        "discriminator": document["components"]["schemas"]["PostDraft"]["properties"]["details"][
            "discriminator"
        ]["mapping"],
        "parameters": [one["name"] for one in listed],
        "form": {
            field.name: [field.label, field.widget, [one.label for one in field.options]]
            for field in form.fields
        },
        "filters": [field.label for field in form_for(PostFilters, locale="de").fields],
        "wrong": [wrong(40), wrong(0)],
        "card": card.render(cards=cards_of([ROW]), next=None, cursor=None, request=None),
        "sql": feed._posts(  # noqa: SLF001 - what no list would show without rows
            ANONYMOUS,
            "pallet_swap",
            frozenset({"kind", "facet_pallet_type"}),
            order="newest",
            near=False,
            after=False,
        ).sql,
    },
    sys.stdout,
)
