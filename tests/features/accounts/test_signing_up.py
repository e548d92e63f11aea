"""Signing up: an address, a link, a password."""

import pytest
from sqlalchemy import func, select

from app.models.accounts import Account, SignUp
from app.models.people import Person
from tests.makers import PASSWORD, a_person, link_in

DRAFT = {
    "name": "Kim Jaspert",
    "email": "Kim.Jaspert@Feinwerk.example",
    "company_name": "Feinwerk GmbH",
    "is_old_enough": True,
    "accepts_terms": True,
}
API = "/api/v1/accounts"
OURS = {"sec-fetch-site": "same-origin"}


async def asked(client, work, outbox, **changes) -> str:
    """Sign up, and return the secret of the mailed link."""
    answer = await client.post(f"{API}/sign-ups", json=DRAFT | changes)
    assert answer.status_code == 202, answer.text
    await work()
    return link_in(outbox.outbox[-1][1]).rsplit("/", 1)[1]


async def test_the_mailed_link_and_a_password_open_an_account(session, client, work, outbox):
    token = await asked(client, work, outbox)
    assert outbox.outbox[0][0] == "Kim.Jaspert@feinwerk.example"
    answer = await client.post(f"{API}/verification", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    entry = answer.json()
    headers = {"authorization": f"Bearer {entry['secret']}"}
    listed = await client.get(f"{API}/sessions", headers=headers)
    assert [(one["id"], one["is_present"]) for one in listed.json()["items"]] == [
        (entry["id"], True)
    ]
    assert (await client.get(answer.headers["location"], headers=headers)).status_code == 200
    person = await session.scalar(select(Person))
    assert (str(person.id), person.slug) == (entry["person_id"], "kim-jaspert")
    account = await session.scalar(select(Account))
    assert account.email_key == "kim.jaspert@feinwerk.example"
    assert account.password_hash.startswith("$argon2id$")
    assert account.terms_accepted_at


async def test_the_pages_lead_the_same_way(session, client, work, outbox):
    assert (await client.get("/sign-up")).status_code == 200
    posted = DRAFT | {"is_old_enough": "true", "accepts_terms": "true", "locale": "en"}
    answer = await client.post("/sign-up", data=posted, headers=OURS)
    assert answer.headers["location"] == "/sign-up/sent"
    assert (await client.get("/sign-up/sent")).status_code == 200
    await work()
    mail = outbox.outbox[0][1]
    assert mail["content-language"] == "en"
    path = link_in(mail)
    page = await client.get(path)
    assert "Kim Jaspert" in page.text
    answer = await client.post(path, data={"password": PASSWORD}, headers=OURS)
    assert answer.status_code == 303, answer.text
    assert client.cookies["sid"]
    page = await client.get("/sign-in")
    assert page.status_code == 303
    assert await session.scalar(select(Account.locale)) == "en"


async def test_a_refused_form_keeps_what_was_entered(client):
    posted = {"name": "Kim Jaspert", "email": "kim@feinwerk.example", "locale": "de"}
    answer = await client.post("/sign-up", data=posted, headers=OURS)
    assert answer.status_code == 422
    assert "kim@feinwerk.example" in answer.text
    assert answer.text.count("Bitte bestätigen Sie dies.") >= 2


async def test_a_known_address_gets_the_same_answer_t01(session, client, work, outbox):
    known = await a_person(session)
    account = await session.get(Account, known.account_id)
    await session.commit()
    answers = [
        await client.post(f"{API}/sign-ups", json=DRAFT | {"email": email})
        for email in (account.email, "nobody@feinwerk.example")
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].json() == answers[1].json()
    changing = {"x-request-id"}
    assert answers[0].headers.keys() == answers[1].headers.keys()
    for name in answers[0].headers.keys() - changing:
        assert answers[0].headers[name] == answers[1].headers[name]
    await work()
    subjects = {recipient: mail["subject"] for recipient, mail in outbox.outbox}
    assert subjects[account.email] == "Sie haben schon ein Konto bei Kontor"
    assert "Bestätigen" in subjects["nobody@feinwerk.example"]


async def test_known_and_unknown_addresses_need_the_same_statements_t02(session, client, queries):
    known = await a_person(session)
    account = await session.get(Account, known.account_id)
    await session.commit()
    counts = []
    for email in (account.email, "nobody@feinwerk.example"):
        queries.clear()
        await client.post(f"{API}/sign-ups", json=DRAFT | {"email": email})
        counts.append(len(queries))
    assert counts[0] == counts[1] > 0


async def test_opening_the_link_changes_nothing_t07(session, client, work, outbox):
    token = await asked(client, work, outbox)
    path = f"/sign-up/confirm/{token}"
    for headers in ({}, {"purpose": "prefetch"}, {"sec-purpose": "prefetch"}):
        assert (await client.get(path, headers=headers)).status_code == 200
    await client.head(path)
    assert await session.scalar(select(func.count()).select_from(Account)) == 0
    answer = await client.post(path, data={"password": PASSWORD}, headers=OURS)
    assert answer.status_code == 303


async def test_a_link_is_used_once(client, work, outbox):
    first = await asked(client, work, outbox)
    second = await asked(client, work, outbox)
    body = {"token": second, "password": PASSWORD}
    assert (await client.post(f"{API}/verification", json=body)).status_code == 201
    for token in (first, second, "unknown"):
        answer = await client.post(
            f"{API}/verification", json={"token": token, "password": PASSWORD}
        )
        assert (answer.status_code, answer.json()["code"]) == (410, "token_invalid")
    assert (await client.get(f"/sign-up/confirm/{second}")).status_code == 410


@pytest.mark.parametrize(
    "password",
    ["feinwerk2026", "kim.jaspert1", "passwort1234", "1234567890", "kurz", "x" * 257, "a\0" * 6],
)
async def test_a_weak_password_is_refused_and_the_link_still_good_t13(
    client, work, outbox, password
):
    token = await asked(client, work, outbox)
    answer = await client.post(f"{API}/verification", json={"token": token, "password": password})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/password"
    answer = await client.post(f"{API}/verification", json={"token": token, "password": PASSWORD})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?x=40evil.example=2c?=@chamber.example",
        "ü@feinwerk.example",
        '"a b"@feinwerk.example',
        "a@[127.0.0.1]",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example,c@d.example",
        "a" * 250 + "@b.example",
        ["a@b.example", "c@d.example"],
        None,
    ],
)
async def test_an_address_that_mail_could_misread_is_refused_t03_t05(
    session, client, work, outbox, email
):
    answer = await client.post(f"{API}/sign-ups", json=DRAFT | {"email": email})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/email"
    await work()
    assert not outbox.outbox
    assert await session.scalar(select(func.count()).select_from(SignUp)) == 0


async def test_age_and_terms_must_be_confirmed(client):
    for name in ("is_old_enough", "accepts_terms"):
        answer = await client.post(f"{API}/sign-ups", json=DRAFT | {name: False})
        assert answer.json()["errors"][0]["code"] == "not_confirmed"


async def test_namesakes_get_numbered_addresses(session, client, work, outbox):
    for email in ("a@feinwerk.example", "b@feinwerk.example"):
        token = await asked(client, work, outbox, email=email)
        await client.post(f"{API}/verification", json={"token": token, "password": PASSWORD})
    slugs = await session.scalars(select(Person.slug).order_by(Person.slug))
    assert slugs.all() == ["kim-jaspert", "kim-jaspert-2"]
