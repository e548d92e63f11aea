"""Nobody but the two sides ever sees a thread; under aliases neither sees who the other is."""

import itertools
import re

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.ids import new_id
from app.features.inquiries import policy
from app.features.inquiries.answering import side_of
from app.features.inquiries.policy import Act, Standing
from app.features.posts.drafts import KINDS
from app.models.accounts import Account
from app.models.companies import Staff, StaffRole
from app.models.inquiries import Inquiry, InquiryState
from app.models.messages import Side
from app.models.notifications import Notification
from app.models.posts import Post
from tests.features.inquiries.arranging import a_concealed_offer, an_inquiry, an_offer
from tests.features.media.files import a_pdf
from tests.makers import a_company, a_person, as_actor, bearer, signed_in

STEPS = ("talk", "accept", "decline", "close", "withdraw")


async def test_both_faces_of_the_policy_agree(session):
    """Over actors, posts open and concealed, inquiries of people and companies, and states."""
    keeper, asker, colleague, former, member, stranger = [await a_person(session) for _ in range(6)]
    firm, asking = await a_company(session, owner=keeper), await a_company(session, owner=asker)
    session.add_all(
        [
            Staff(company_id=firm.id, person_id=colleague.id, role=StaffRole.EDITOR),
            Staff(
                company_id=firm.id,
                person_id=former.id,
                role=StaffRole.OWNER,
                ended_at=clock.now(),
            ),
            Staff(company_id=asking.id, person_id=member.id, role=StaffRole.MEMBER),
        ]
    )
    posts = [
        await an_offer(session, keeper),
        await an_offer(session, keeper, firm),
        await a_concealed_offer(session, keeper, reference="NAC-1"),
        await a_concealed_offer(session, keeper, firm, reference="NAC-2"),
    ]
    inquiries = [
        await an_inquiry(session, post, asker, company_id=company)
        for post, company in itertools.product(posts, (None, asking.id))
    ]
    people = (keeper, asker, colleague, former, member, stranger)
    actors = [ANONYMOUS, as_actor(stranger, operator=True), *map(as_actor, people)]
    seen_by: dict[object, int] = {}
    for inquiry, state in itertools.product(inquiries, InquiryState):
        inquiry.state = state
        await session.flush()
        for actor in actors:
            row = (
                await session.execute(
                    select(side_of(actor).label("side"), policy.visible_to(actor).label("seen"))
                    .select_from(Inquiry)
                    .join(Post, Post.id == Inquiry.post_id)
                    .where(Inquiry.id == inquiry.id)
                )
            ).one()
            side = Side(row.side) if row.side else None
            acts = policy.acts(actor, Standing(side, state))
            assert (Act.VIEW in acts) == bool(row.seen), (actor, state)
            assert acts == frozenset() or Act.VIEW in acts
            seen_by[actor.person_id] = seen_by.get(actor.person_id, 0) + bool(row.seen)
        inquiry.state = InquiryState.WITHDRAWN
    states = len(InquiryState)
    assert seen_by == {
        None: 0,
        stranger.id: 0,
        keeper.id: 8 * states,
        asker.id: 8 * states,
        colleague.id: 4 * states,
        former.id: 0,
        member.id: 0,
    }


async def everything(client, headers, inquiry, post, *, page):
    """Every way to ask for an inquiry, and what is answered."""
    where = f"/inquiries/{inquiry}" if page else f"/api/v1/inquiries/{inquiry}"
    about = f"/posts/{post}/inquiries" if page else f"/api/v1/posts/{post}/inquiries"
    asked = [("GET", where), ("GET", about)]
    if page:
        asked += [("GET", f"{where}/{step}") for step in STEPS]
        asked += [("POST", f"{where}/{step}") for step in (*STEPS, "read", "messages")]
    else:
        asked += [("GET", f"{where}/messages"), ("POST", f"{where}/messages")]
        asked += [("PUT", f"{where}/state"), ("PUT", f"{where}/read")]
    bodies = {"data": {"text": "Hallo"}} if page else {"json": {"text": "Hallo"}}
    for method, path in asked:
        body = {} if method == "GET" or path.endswith("/read") else bodies
        if path.endswith("/state"):
            body = {"json": {"state": "closed"}}
        answer = await client.request(method, path, headers=headers, **body)
        told = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", answer.text)
        told = re.sub(r'"request_id":"\w+"', "", told)
        yield (
            f"{method} {path}".replace(str(inquiry), "").replace(str(post), ""),
            (
                answer.status_code,
                told,
            ),
        )


@pytest.mark.parametrize("page", [True, False], ids=["pages", "api"])
async def test_a_stranger_an_operator_and_former_staff_find_nothing_t27_t35(session, client, page):
    """A thread of others and one that never was are answered alike, at every address."""
    keeper, asker = await a_person(session), await a_person(session, "Kim Jaspert")
    former, stranger = await a_person(session), await a_person(session)
    firm = await a_company(session, owner=keeper)
    place = Staff(company_id=firm.id, person_id=former.id, role=StaffRole.EDITOR)
    session.add(place)
    post = await an_offer(session, keeper, firm)
    inquiry = await an_inquiry(session, post, asker, text="Streng vertraulich")
    nothing = new_id()
    headers = await (signed_in if page else bearer)(session, former)
    await session.commit()
    where = f"/inquiries/{inquiry.id}" if page else f"/api/v1/inquiries/{inquiry.id}"
    assert (await client.get(where, headers=headers)).status_code == 200
    place.ended_at = clock.now()
    await session.commit()
    assert (await client.get(where, headers=headers)).status_code == 404
    for person, is_operator in ((former, False), (stranger, False), (stranger, True)):
        if is_operator:
            await session.execute(
                update(Account).where(Account.id == person.account_id).values(is_operator=True)
            )
        headers = await (signed_in if page else bearer)(session, person)
        await session.commit()
        found = dict(
            [one async for one in everything(client, headers, inquiry.id, post.id, page=page)]
        )
        never = dict(
            [one async for one in everything(client, headers, nothing, nothing, page=page)]
        )
        assert found == never
        assert {status for status, _ in found.values()} == {404}
        box = await client.get("/inquiries" if page else "/api/v1/inquiries", headers=headers)
        assert "vertraulich" not in box.text
        assert str(inquiry.id) not in box.text


async def test_under_aliases_no_answer_names_anybody_t42(session, client, runtime, work, outbox):
    """HTML, JSON, mails and notifications of a concealed thread, read by both sides."""
    ulrich = await a_person(session, "Ulrich Vietmeier")
    seda = await a_person(session, "Seda Yildirim")
    bakery = await a_company(session, "Backhaus Vietmeier e. K.", owner=ulrich)
    studio = await a_company(session, "Yildirim Konditorei", owner=seda)
    post = await a_concealed_offer(session, ulrich, bakery)
    of_ulrich, of_seda = await bearer(session, ulrich), await bearer(session, seda)
    at_ulrich, at_seda = await signed_in(session, ulrich), await signed_in(session, seda)
    await session.commit()
    asked = {"text": "Ich möchte mehr erfahren.", "company_id": str(studio.id)}
    path = f"/api/v1/posts/{post.id}/inquiries"
    made = await client.post(path, json=asked, headers=of_seda)
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    answer = await client.post(f"{where}/messages", json={"text": "Gern."}, headers=of_ulrich)
    assert answer.status_code == 201
    await client.post(f"{where}/messages", json={"text": "Danke."}, headers=of_seda)
    await client.put(f"{where}/state", json={"state": "accepted"}, headers=of_ulrich)
    await work()
    key = made.json()["id"]
    shown_to_seda = [
        *[(await client.get(one, headers=of_seda)).text for one in (
            "/api/v1/inquiries", where, f"{where}/messages", "/api/v1/notifications",
            f"/api/v1/posts/{post.id}",
        )],
        *[(await client.get(one, headers=at_seda)).text for one in (
            "/inquiries", f"/inquiries/{key}", "/notifications", f"/posts/{post.id}",
            f"/posts/{post.id}/inquire",
        )],
    ]  # fmt: skip
    shown_to_ulrich = [
        *[(await client.get(one, headers=of_ulrich)).text for one in (
            "/api/v1/inquiries", where, f"{where}/messages", path, "/api/v1/notifications",
        )],
        *[(await client.get(one, headers=at_ulrich)).text for one in (
            "/inquiries", f"/inquiries/{key}", f"/posts/{post.id}/inquiries", "/notifications",
            f"/inquiries/{key}/close",
        )],
    ]  # fmt: skip
    told = (await session.scalars(select(Notification))).all()
    assert {one.type for one in told} == {"inquiry.confidential"}
    assert all(one.params == {} for one in told)
    for texts, other, company in (
        (shown_to_seda, ulrich, bakery),
        (shown_to_ulrich, seda, studio),
    ):
        names = (other.name.split()[1], str(other.id), other.slug, company.slug, str(company.id))
        for text, secret in itertools.product(texts, names):
            assert secret not in text
    assert "Interessent 1" in shown_to_ulrich[6]
    assert "Chiffre NAC-2026-00001" in shown_to_seda[6]
    mails = [mail for _, mail in outbox.outbox]
    assert len(mails) >= 3
    for mail in mails:
        body = mail.get_body(("plain",)).get_content()
        text = f"{mail['From']} {mail['Reply-To']} {mail['Subject']} {body}"
        hidden = {"Vietmeier", "Yildirim", "Bäckerei", "NAC-2026", "Konditorei"}
        own = "Yildirim" if "Seda" in text else "Vietmeier"
        assert not [one for one in hidden - {own} if one in text], text


async def test_a_file_in_a_concealed_thread_has_another_id_and_no_name(session, client):
    """By the id or the name of a file that also hangs at a public post one could be known."""
    ulrich, seda = await a_person(session, "Ulrich Vietmeier"), await a_person(session, "Seda Y")
    post = await a_concealed_offer(session, ulrich)
    mine, theirs = await bearer(session, ulrich), await bearer(session, seda)
    await session.commit()
    sent = {"file": ("Seda_Yildirim_Kurzprofil.pdf", a_pdf(), "application/pdf")}
    made = await client.post("/api/v1/media", files=sent, headers=theirs)
    assert made.status_code == 201, made.text
    asked = {"text": "Anbei mehr.", "files": [made.json()["id"]]}
    path = f"/api/v1/posts/{post.id}/inquiries"
    where = (await client.post(path, json=asked, headers=theirs)).headers["location"]
    said = (await client.get(f"{where}/messages", headers=mine)).json()["items"][0]
    file = said["files"][0]
    assert file["id"] != made.json()["id"]
    assert file["file_name"] == "Anlage.pdf"
    someone = await a_person(session)
    at_mine = await signed_in(session, ulrich)
    strangers = [await bearer(session, someone), await signed_in(session, someone), {}]
    await session.commit()
    got = await client.get(f"/media/{file['id']}/original", headers=at_mine)
    assert got.status_code == 200
    assert "Seda" not in str(got.headers)
    for headers in strangers:
        for one in (f"/media/{file['id']}/original", f"/api/v1/media/{file['id']}"):
            assert (await client.get(one, headers=headers)).status_code == 404
    assert "Seda" not in (await client.get(f"/api/v1/media/{file['id']}", headers=mine)).text


async def test_who_writes_to_somebody_perhaps_under_18_does_so_under_their_name(session, client):
    """Of an unnamed search for training only the searcher stays unnamed (R-DS-08)."""
    mika = await a_person(session, "Mika Sommerfeld", is_minor=True)
    nadine = await a_person(session, "Nadine Rauhut")
    firm = await a_company(session, owner=nadine)
    of_mika, of_nadine = await bearer(session, mika), await bearer(session, nadine)
    at_nadine = await signed_in(session, nadine)
    await session.commit()
    example = KINDS["apprenticeship_wanted"].example.model_dump(mode="json")
    made = await client.post("/api/v1/posts", json={"details": example}, headers=of_mika)
    assert made.status_code == 201, made.text
    assert made.json()["author"] is None
    asked = {"text": "Wir sind ein Betrieb in Hattingen.", "company_id": str(firm.id)}
    path = f"/api/v1/posts/{made.json()['id']}/inquiries"
    begun = await client.post(path, json=asked, headers=of_nadine)
    where = begun.headers["location"]
    seen = (await client.get(where, headers=of_mika)).json()
    assert seen["opener"]["company"]["name"] == firm.name
    assert seen["opener"]["person"]["name"] == "Nadine Rauhut"
    answer = await client.post(f"{where}/messages", json={"text": "Gern."}, headers=of_mika)
    assert answer.status_code == 201
    shown = [
        (await client.get(where, headers=of_nadine)).text,
        (await client.get(f"{where}/messages", headers=of_nadine)).text,
        (await client.get(f"/inquiries/{seen['id']}", headers=at_nadine)).text,
    ]
    for text, secret in itertools.product(shown, ("Sommerfeld", str(mika.id), mika.slug)):
        assert secret not in text
