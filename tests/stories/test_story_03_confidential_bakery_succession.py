"""Story 3: Ulrich hands his bakery over, and nobody learns who he is before he says so."""

import io
from datetime import timedelta
from uuid import UUID

from pypdf import PdfReader
from sqlalchemy import select, update

from app.core import clock
from app.core.db import transaction
from app.features.posts import ending, reminding
from app.models.companies import CompanySector, Site
from app.models.notifications import Notification
from app.models.places import Place
from app.models.posts import Post, PostStatus
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_person, bearer

BAKERY = {
    "kind": "succession_offer",
    "wz2008_section": "C",
    "wz2008_division": "10",
    "employees_band": "11-20",
    "revenue_band_teur": "500-1000",
    "price_band_teur": "negotiable",
    "occasion": "age",
    "handover_forms": ["asset_sale"],
    "timing": "one_to_three_years",
    "premises": "rented",
    "master_required": True,
}
WANTED = {
    "kind": "succession_wanted",
    "wz2008_sections": ["C"],
    "wz2008_divisions": ["10"],
    "employees_band": "6-10",
    "handover_forms": ["asset_sale"],
    "timing": "one_to_three_years",
    "budget_band_teur": "250-500",
    "qualification": "Bäckermeisterin",
    "has_master": True,
}
INTEREST = {
    "text": "Ich interessiere mich für Ihren Betrieb.",
    "fields": {
        "kind": "succession_offer",
        "profile": "Meisterin mit zwölf Jahren Erfahrung in der Backstube.",
        "keeps_confidential": True,
    },
}
SECRETS = ("Vietmeier", "Ulrich", "Ruhrstr", "kontor.example")


async def neighbours(session):
    """Other bakeries nearby, so that the district does not name the one."""
    place = await session.scalar(select(Place.id).where(Place.code == "58452"))
    for number in range(5):
        company = await a_company(session, f"Ofen {number}", size_band="10-19")
        here = {"company_id": company.id, "classification": 2008}
        session.add(CompanySector(code="10", section="C", division="10", **here))
        await session.execute(
            update(Site).where(Site.company_id == company.id).values(place_id=place)
        )


async def test_a_bakery_finds_a_successor_and_is_named_to_nobody_else(  # noqa: PLR0915 - one story
    session, client, work, outbox, runtime
):
    await neighbours(session)
    ulrich = await a_person(session, "Ulrich Vietmeier")
    backhaus = await a_company(session, "Backhaus Vietmeier e. K.", owner=ulrich)
    seda, second = await a_person(session, "Seda Yildirim"), await a_person(session, "Ole Brandt")
    lena = await a_person(session, "Lena Oberste")
    chamber = await a_company(
        session, "IHK Mittleres Ruhrgebiet (Demo)", owner=lena, mediates_successions=True
    )
    people = (ulrich, seda, second, lena)
    tokens = {person.id: await bearer(session, person) for person in people} | {None: {}}
    await session.commit()

    async def call(method, path, person=None, status=200, **more):
        headers = tokens[person.id if person else None]
        answer = await client.request(method, f"/api/v1{path}", headers=headers, **more)
        assert answer.status_code == status, answer.text
        await work()
        return answer.json() if answer.content else None

    # The offer: hints first, then under its reference.
    medium = await call(
        "POST",
        "/media",
        ulrich,
        201,
        files={"file": ("Vietmeier_Expose.pdf", a_pdf(), "application/pdf")},
    )
    draft = {
        "details": BAKERY,
        "title": "Bäckerei mit 2 Verkaufsstellen",
        "body": "Läden in der Ruhrstraße und am Markt. Rufen Sie an: 02302 123456",
        "place": "58452 Witten",
        "company_id": str(backhaus.id),
        "attachments": [medium["id"]],
    }
    refused = await call("POST", "/posts", ulrich, 422, json=draft)
    assert refused["code"] == "confirmation_needed"
    codes = {error["code"] for error in refused["errors"]}
    assert codes == {"telltale_street", "telltale_phone"}
    draft |= {"body": "Zwei gut gehende Läden mit treuer Kundschaft."}
    offer = await call("POST", "/posts", ulrich, 201, json=draft)
    path = f"/posts/{offer['id']}"

    seen = await call("GET", path)
    assert seen["reference"] == f"NAC-{clock.now().year}-00001"
    assert (seen["author"], seen["company"]) == (None, None)
    assert seen["place"]["name"] == "Ennepe-Ruhr-Kreis"
    assert seen["details"]["employees_band"] == "11-20"
    assert seen["details"]["revenue_band_teur"] == "500-1000"
    (expose,) = seen["attachments"]
    assert expose["file_name"] == "expose.pdf"
    assert expose["id"] != medium["id"]
    page = await client.get(path)
    for fact in (seen["reference"], "Ennepe-Ruhr-Kreis", "11–20", "500–1.000", "Verhandlungsbasis"):
        assert fact in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    file = await client.get(f"/media/{expose['id']}/original")
    assert 'filename="expose.pdf"' in file.headers["content-disposition"]
    assert "Geheim" not in str(PdfReader(io.BytesIO(file.content)).metadata)
    for secret in SECRETS:
        assert secret not in page.text.replace("kontor.example/", "")
        assert secret not in str(seen)
    for anywhere in (
        f"/people/{ulrich.slug}",
        f"/companies/{backhaus.slug}",
        f"/posts?company={backhaus.id}",
        f"/posts?author={ulrich.id}",
    ):
        assert "2 Verkaufsstellen" not in (await client.get(anywhere)).text
    own = await call("GET", "/me/posts", ulrich)
    assert [one["id"] for one in own["items"]] == [offer["id"]]
    assert (await call("GET", "/me/posts", seda))["items"] == []

    # The chamber mediates.
    chosen = {"company_id": str(chamber.id)}
    await call("PUT", f"{path}/mediator", seda, 403, json=chosen)
    mediated = await call("PUT", f"{path}/mediator", ulrich, json=chosen)
    assert mediated["mediator"]["name"] == chamber.name

    # Seda is interested.
    wanted = await call(
        "POST",
        "/posts",
        seda,
        201,
        json={"details": WANTED, "title": "Bäckerei gesucht", "place": "Nordrhein-Westfalen"},
    )
    bare = {"text": INTEREST["text"]}
    await call("POST", f"{path}/inquiries", seda, 422, json=bare)
    asking = INTEREST | {"offered_post_id": wanted["id"]}
    asked = await call("POST", f"{path}/inquiries", seda, 201, json=asking)
    thread = f"/inquiries/{asked['id']}"
    other = await call("POST", f"{path}/inquiries", second, 201, json=INTEREST)
    requests = await call("GET", "/mediation/requests", lena)
    assert [one["number"] for one in requests["items"]] == [2, 1]
    assert "Seda" not in str(requests)
    assert "Vietmeier" not in str(requests)
    note = {"note": "Das Profil ist schlüssig."}
    await call("PUT", f"/mediation/requests/{asked['id']}/check", lena, json=note)
    await call("GET", f"/mediation/requests/{asked['id']}", seda, 404)
    await call("GET", thread, lena, 404)

    received = await call("GET", f"{path}/inquiries", ulrich)
    assert {one["opener"]["name"] for one in received["items"]} == {
        "Interessent 1",
        "Interessent 2",
    }
    question = {"text": "Haben Sie schon ausgebildet?"}
    await call("POST", f"{thread}/messages", ulrich, 201, json=question)
    read = await call("GET", f"{thread}/messages", seda)
    assert [one["author"] for one in read["items"]] == [None, None]
    assert (await call("GET", thread, seda))["keeper"]["name"] == f"Chiffre {seen['reference']}"

    # Both release who they are.
    await call("GET", f"{thread}/contact", ulrich, 404)
    half = await call("PUT", f"{thread}/release", ulrich)
    assert half["note"] == note["note"]
    assert half["viewer_can"] == ["withdraw"]
    assert (await call("GET", thread, seda))["keeper"]["is_alias"]
    await call("POST", f"{thread}/contact", ulrich, 409)
    both = await call("PUT", f"{thread}/release", seda)
    assert both["note"] is None
    hers = await call("POST", f"{thread}/contact", seda)
    assert hers["person_name"] == "Ulrich Vietmeier"
    assert hers["company_name"] == "Backhaus Vietmeier e. K."
    his = await call("GET", f"{thread}/contact", ulrich)
    assert (his["person_name"], his["company_name"]) == ("Seda Yildirim", None)
    assert "@" in his["person_email"]
    log = (await call("GET", f"{thread}/release", ulrich))["steps"]
    assert [(one["side"], one["act"]) for one in log] == [
        ("keeper", "released"),
        ("opener", "released"),
        ("opener", "opened"),
    ]
    assert (await call("GET", thread, seda))["keeper"]["name"] == "Backhaus Vietmeier e. K."
    await call("DELETE", f"{thread}/release", ulrich, 409)
    after = {"text": "Kommen Sie Montag vorbei."}
    await call("POST", f"{thread}/messages", ulrich, 201, json=after)
    seen_by_lena = await call("GET", f"/mediation/requests/{asked['id']}", lena)
    assert "Montag" not in str(seen_by_lena)
    assert "Vietmeier" not in str(seen_by_lena)

    # A second one is refused, and never learns.
    await call("PUT", f"/inquiries/{other['id']}/state", ulrich, json={"state": "declined"})
    told = await call("GET", f"/inquiries/{other['id']}", second)
    assert told["keeper"]["is_alias"]
    for step in ("GET", "POST"):
        refused_look = await client.request(
            step, f"/api/v1/inquiries/{other['id']}/contact", headers=tokens[second.id]
        )
        assert refused_look.status_code in {404, 409}
        assert "Vietmeier" not in refused_look.text

    # What the mails say, and to whom.
    for _, mail in outbox.outbox:
        text = mail["subject"] + mail.get_body(("plain",)).get_content()
        named = [name for name in ("Vietmeier", "Yildirim", "Brandt", "NAC-") if name in text]
        greeted = {"Guten Tag, Ulrich": "Vietmeier", "Guten Tag, Seda": "Yildirim",
                   "Guten Tag, Ole": "Brandt"}  # fmt: skip
        allowed = [own for words, own in greeted.items() if words in text]
        assert set(named) <= set(allowed), text
        assert "Bäckerei" not in mail["subject"]

    await it_ends_by_itself(session, runtime, work, UUID(offer["id"]), ulrich)


async def it_ends_by_itself(session, runtime, work, post_id, owner):
    """Three reminders without an answer, then it has expired."""
    for reminders, days in enumerate((29, 6, 0.5), 1):
        await session.execute(
            update(Post)
            .where(Post.id == post_id)
            .values(
                expires_at=clock.now() + timedelta(days=days),
                published_at=clock.now() - timedelta(days=180),
            )
        )
        await session.commit()
        async with transaction(runtime.sessions) as tx:
            await reminding.remind_keepers(tx)
        await work()
        told = await session.scalars(
            select(Notification.path).where(
                Notification.person_id == owner.id, Notification.type.like("post.expir%")
            )
        )
        assert len(list(told)) == reminders
    await session.execute(
        update(Post).where(Post.id == post_id).values(expires_at=clock.now() - timedelta(hours=1))
    )
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await ending.expire_posts(tx)
    await work()
    status = await session.scalar(select(Post.status).where(Post.id == post_id))
    assert status == PostStatus.EXPIRED
