"""Story 7: Kemnader finds an agency in the Netherlands under a box number, and renews by mail."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.core import clock
from app.core.db import transaction
from app.features.posts import reminding
from app.models.notifications import Notification
from app.models.posts import Post
from tests.makers import a_company, a_person, bearer

EXPORT = {
    "kind": "trade_partner",
    "cooperations": ["sales_partner_wanted"],
    "direction": "export",
    "countries": ["NL", "PL"],
    "hs_code": "9031",
    "wz2008_section": "C",
    "wz2008_division": "26",
    "certificates": ["iso_9001"],
    "incoterm": "DAP",
    "languages": ["de", "en"],
    "is_anonymous": True,
}
AGENCY = {
    "kind": "trade_partner",
    "cooperations": ["representation_offered"],
    "direction": "import",
    "countries": ["NL"],
    "hs_code": "9031.80",
    "wz2008_section": "G",
    "wz2008_division": "46",
    "languages": ["en", "nl"],
}


async def test_an_exporter_and_an_agency_find_each_other(session, client, work, outbox, runtime):
    jonas = await a_person(session, "Jonas Terhorst")
    kemnader = await a_company(session, "Kemnader Messtechnik UG", owner=jonas)
    femke = await a_person(session, "Femke de Vries", locale="en")
    tokens = {one.id: await bearer(session, one) for one in (jonas, femke)}
    await session.commit()

    async def call(method, path, person, status=200, **json):
        headers = tokens[person.id] | {"accept-language": "en" if person is femke else "de"}
        answer = await client.request(method, f"/api/v1{path}", headers=headers, json=json or None)
        assert answer.status_code == status, answer.text
        await work()
        return answer.json() if answer.content else None

    draft = {
        "title": "Vertrieb für Messgeräte in den Niederlanden und Polen",
        "details": EXPORT,
        "company_id": str(kemnader.id),
    }
    asked = await call("POST", "/posts", jonas, 422, **draft)
    assert [error["code"] for error in asked["errors"]] == ["export_control"]
    offer = await call("POST", "/posts", jonas, 201, **draft, confirmed=["export_control"])
    assert offer["reference"] == f"KOP-{clock.now().year}-00001"
    assert (offer["author"], offer["company"]) == (None, None)

    pushed = await call(
        "PUT",
        "/posts/by-external-id/crm-4711",
        femke,
        201,
        title="Agency for measuring instruments",
        details=AGENCY,
    )
    assert pushed["details"]["hs_code"] == "903180"
    found = await call("GET", f"/posts/{pushed['id']}/matches", femke)
    (match,) = found["items"]
    assert match["post"]["id"] == offer["id"]
    assert any("9031" in reason for reason in match["reasons"])
    hers = [mail for _, mail in outbox.outbox if "Femke" in mail.get_body(("plain",)).get_content()]
    his = [mail for _, mail in outbox.outbox if "Jonas" in mail.get_body(("plain",)).get_content()]
    assert (len(hers), len(his)) == (1, 1)
    for secret in ("Kemnader", "Terhorst"):
        assert secret not in hers[0].get_body(("plain",)).get_content() + hers[0]["subject"]

    interest = {"text": "We represent three makers already.", "offered_post_id": None}
    thread = await call("POST", f"/posts/{offer['id']}/inquiries", femke, 201, **interest)
    assert thread["keeper"]["is_alias"]
    assert offer["reference"] in thread["keeper"]["name"]
    received = await call("GET", f"/inquiries/{thread['id']}", jonas)
    assert received["opener"]["is_alias"]
    messages = await call("GET", f"/inquiries/{thread['id']}/messages", jonas)
    assert messages["items"][0]["body"] == interest["text"]

    await it_is_renewed_by_mail(session, client, runtime, work, UUID(offer["id"]), jonas)


async def it_is_renewed_by_mail(session, client, runtime, work, post_id, keeper):
    """Twelve months, a mail seven days before, one click and a button; a link does nothing."""
    ends = clock.now() + timedelta(days=7)
    lived = {"expires_at": ends, "published_at": ends - timedelta(days=365), "reminders": 1}
    await session.execute(update(Post).where(Post.id == post_id).values(**lived))
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await reminding.remind_keepers(tx)
    await work()
    path = await session.scalar(
        select(Notification.path).where(
            Notification.person_id == keeper.id, Notification.type.like("post.expir%")
        )
    )
    assert (await client.get(path)).status_code == 200
    assert await session.scalar(select(Post.expires_at).where(Post.id == post_id)) == ends
    key = path.partition("key=")[2]
    renewed = await client.post(f"/posts/{post_id}/keep/renew", data={"key": key})
    assert renewed.status_code == 303
    session.expire_all()
    left = await session.scalar(select(Post.expires_at).where(Post.id == post_id)) - clock.now()
    assert timedelta(days=364) < left <= timedelta(days=365)
