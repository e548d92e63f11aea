"""A small world that a member made through the contract itself, on a running server."""

import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from app.core.db import transaction
from app.core.settings import settings
from app.runtime import running
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_person, bearer

WANTED = {"kind": "wanted", "category": "tools", "price_type": "free"}


@dataclass(frozen=True)
class World:
    """Where it is, who its member is, and what stands there, by the names of path parameters."""

    address: str
    headers: dict[str, str]
    ids: dict[str, str]


async def a_member(dsn: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers of a member, and the ids of what others have: who, a company, a post."""
    async with running(settings(), dsn) as runtime, transaction(runtime.sessions) as session:
        member = await a_person(session, "Nadine Rauhut")
        other = await a_person(session, "Lena Oberste")
        company = await a_company(session, "Jaspert Gerüstbau GmbH")
        await bearer(session, member)  # a second session, which may be ended
        headers = await bearer(session, member)
        wanted = await a_post(session, other, "wanted", details=WANTED)
        others = {"person": other.id, "company": company.id, "wanted": wanted.id}
        found = {name: str(key) for name, key in others.items()}
        return {"Authorization": headers["authorization"]}, found


def arranged(address: str, headers: dict[str, str], others: dict[str, str]) -> World:
    """Found, write, upload and follow as the member."""
    ids: dict[str, str] = {
        "person_id": others["person"],
        "place": "05954016",
        "sector": "2008:C",
    }
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30) as client:

        def made(path: str, **body: Any) -> str:
            answer = client.post(path, json=body)
            assert answer.status_code == 201, f"{path}: {answer.text}"
            return str(answer.json()["id"])

        site = {"postcode": "45527", "town": "Hattingen"}
        ids["company_id"] = made("/companies", name="Rauhut Drehteile GmbH", main_site=site)
        company = f"/companies/{ids['company_id']}"
        ids["site_id"] = made(f"{company}/sites", postcode="58452", town="Witten")
        ids["group_id"] = made("/groups", name="Ausbildung")
        group = f"/groups/{ids['group_id']}"
        ids["invitation_id"] = made(f"{group}/invitations", email="kim@jaspert.example")
        question = {"details": {"kind": "question"}, "body": "Wer kennt sich aus?"}
        ids["post_id"] = made("/posts", title="Wer prüft Gerüste?", **question)
        made(f"{group}/posts", title="Wer bildet noch aus?", **question)
        ids["reply_id"] = made(f"/posts/{ids['post_id']}/replies", body="Wir prüfen sie selbst.")
        ids["follow_id"] = made("/follows", target="group", key=ids["group_id"])
        kept = {"label": "Hallen", "filters": {"kind": "space_offer"}}
        ids["search_id"] = made("/searches", **kept)
        ids["token_id"] = made("/accounts/tokens", label="Probe", scopes=["people:read"])
        ids["claim_id"] = made(
            f"/companies/{others['company']}/claims",
            way="operator",
            reason="Ich führe diesen Betrieb seit Jahren.",
        )
        asked = f"/posts/{others['wanted']}/inquiries"
        ids["inquiry_id"] = made(asked, text="Wir haben so etwas im Lager.")
        to_lena = {"person_id": others["person"], "text": "Guten Tag, kennen wir uns?"}
        ids["conversation_id"] = made("/conversations", **to_lena)
        kept = f"{company}/reply-templates"
        ids["template_id"] = made(kept, title="Dank", body="Vielen Dank für Ihre Anfrage.")
        sessions = client.get("/accounts/sessions").json()["items"]
        ids["session_id"] = next(one["id"] for one in sessions if not one["is_present"])
        staff = client.get(f"{company}/staff").json()["items"]
        ids["staff_id"] = staff[0]["id"]
        me = client.get("/me").json()["id"]
        ids["contact_id"] = made(f"{company}/contacts", person_id=me, topic="apprenticeship")
        picture = {"file": ("werk.png", _picture(), "image/png")}
        uploaded = client.post("/media", files=picture, data={"alt": "Das Werk"})
        assert uploaded.status_code == 201, uploaded.text
        ids["medium_id"] = uploaded.json()["id"]
    return World(address, headers, ids)


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(file, "PNG")
    return file.getvalue()
