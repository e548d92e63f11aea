"""The list of posts: every filter, order and count, and the way to every kind."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.datastructures import FormData
from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import N_, translate
from app.core.paging import Page as Part, Paging
from app.edge.deps import Reads
from app.edge.forms import Form, Option, read_form
from app.features.follows.followed import Wish, wishes_about
from app.features.posts.drafts import KINDS
from app.features.posts.feed import count_facets, list_posts
from app.features.posts.filtering import FACETS, PostFilters, filters_of, order_choices
from app.features.posts.kinds import Topic
from app.web.embeds import embed_href, list_href, oembed_href
from app.web.feed_links import feed_links
from app.web.follow_buttons import followable_of
from app.web.page import CurrentPage, Page, PageRouter, local_path
from app.web.post_cards import cards_of

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class KindLink:
    """A kind to choose, where somebody writes."""

    href: str
    label: str
    hint: str
    is_chosen: bool


@router.get("/posts")
async def posts(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show the list with its filters; what is wrong with them stands in the form."""
    given = page.asked(PostFilters)
    form = page.filters(PostFilters, dict(given))
    found: Part[Any] = Part([])
    counts: dict[str, dict[str, int]] = {}
    wishes: list[Wish] = []
    kind = KINDS.get(str(given.get("kind") or ""))
    try:
        filters = await filters_of(reader, read_form(PostFilters, given))
        found = await list_posts(reader, page.actor, filters, Paging(cursor=cursor))
        counts = await count_facets(reader, page.actor, filters)
        _count(form, counts)
        things = followable_of(filters, str(given.get("place") or ""))
        wishes = await wishes_about(reader, page.actor, things)
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    return await page.render(
        "posts/list.html",
        status=422 if form.errors else 200,
        form=form,
        leave_out=[name for name in FACETS if not (kind and kind.facet(name))],
        active=sum(1 for name, value in given.items() if value and name != "order"),
        total=counts.get("all", {}).get(""),
        orders=_orders(page, given),
        save_href=f"/searches/new?{urlencode([(k, str(v)) for k, v in given.multi_items() if v])}",
        feeds=feed_links("posts", given.multi_items()),
        embed=embed_href(given),
        oembed=oembed_href(list_href(given)),
        kind=kind,
        wishes=wishes,
        here=local_path(f"{page.request.url.path}?{page.request.url.query}"),
        topics=[] if kind or cursor else _topics(),
        heading=translate(kind.plural) if kind else translate(N_("Beiträge")),
        cards=cards_of(found.items),
        cursor=cursor,
        next=found.next,
    )


def _count(form: Form, counts: dict[str, dict[str, int]]) -> None:
    """Write beside each choice of a facet how many posts there are."""
    for name, values in counts.items():
        if name == "all":
            continue
        field = form[name]
        if field.widget == "checkbox":
            field.label = f"{field.label} ({values.get('true', 0)})"
        if field.widget == "text":  # suggest what there is
            field.options = [
                Option(one, f"{one} ({count})", selected=False) for one, count in values.items()
            ]
            continue
        for option in field.options:
            if option.value:
                option.label = f"{option.label} ({values.get(option.value, 0)})"


def _orders(page: Page, given: FormData) -> list[tuple[str, str, bool]]:
    """Return address, name and choice of each order that the list can take now."""
    chosen = str(given.get("order") or "newest")
    offered = [one for one in order_choices(page.actor.locale) if one[0] != "nearest"]
    if given.get("place"):
        offered = order_choices(page.actor.locale)
    kept = [(name, str(value)) for name, value in given.multi_items() if name != "order" and value]
    return [
        (f"/posts?{urlencode([*kept, ('order', key)])}", text, key == chosen)
        for key, text in offered
    ]


def _topics() -> list[tuple[str, list[KindLink]]]:
    """Return the lists of all kinds under their topics."""
    found = {
        topic: [
            KindLink(f"/posts?kind={key}", translate(kind.plural), "", is_chosen=False)
            for key, kind in KINDS.items()
            if kind.topic == topic
        ]
        for topic in Topic
    }
    return [(translate(topic), links) for topic, links in found.items() if links]
