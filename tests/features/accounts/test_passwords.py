"""Forgotten and changed passwords, changed addresses."""

import pytest
from sqlalchemy import func, select, text

from app.models.accounts import Account, MailedLink, SignedInSession
from tests.makers import PASSWORD, a_person, an_account, bearer, link_in

API = "/api/v1/accounts"
OWN = "/api/v1/me/account"
OURS = {"sec-fetch-site": "same-origin"}
ANOTHER = "Franz jagt im Taxi quer"


async def entered(client, account, password=PASSWORD) -> dict[str, str]:
    """Headers of a client that has just signed in."""
    draft = {"email": account.email, "password": password}
    answer = await client.post(f"{API}/sessions", json=draft)
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['secret']}"}


async def mailed_link(client, work, outbox, account) -> str:
    """The secret of a fresh link for a new password."""
    answer = await client.post(f"{API}/password-resets", json={"email": account.email})
    assert answer.status_code == 202
    await work()
    return link_in(outbox.outbox[-1][1]).rsplit("/", 1)[1]


async def test_a_mailed_link_replaces_the_password_and_ends_every_session_t18(
    session, client, work, outbox
):
    account = await an_account(session)
    headers = await entered(client, account)
    token = await mailed_link(client, work, outbox, account)
    body = {"token": token, "password": ANOTHER}
    answer = await client.post(f"{API}/password-resets/confirmation", json=body)
    assert answer.status_code == 204, answer.text
    assert (await client.get(OWN, headers=headers)).status_code == 401
    await entered(client, account, ANOTHER)
    answer = await client.post(
        f"{API}/sessions", json={"email": account.email, "password": PASSWORD}
    )
    assert answer.status_code == 401
    await work()
    assert outbox.outbox[-1][1]["subject"] == "Ihr Passwort für Kontor wurde geändert"


async def test_the_pages_lead_the_same_way(session, client, work, outbox):
    account = await an_account(session)
    assert (await client.get("/reset-password")).status_code == 200
    answer = await client.post("/reset-password", data={"email": account.email}, headers=OURS)
    assert answer.status_code == 303
    await work()
    path = link_in(outbox.outbox[-1][1])
    for _ in range(3):
        assert (await client.get(path)).status_code == 200
    await client.head(path)
    answer = await client.post(path, data={"password": ANOTHER}, headers=OURS)
    assert answer.headers["location"].startswith("/sign-in?notice=")
    assert (await client.get(answer.headers["location"])).status_code == 200
    await entered(client, account, ANOTHER)
    assert (await client.get(path)).status_code == 410


async def test_asking_tells_nobody_whether_there_is_an_account_t01_t02(
    session, client, work, outbox, queries
):
    account = await an_account(session)
    answers, counts = [], []
    for email in (account.email, "nobody@kontor.example"):
        queries.clear()
        answers.append(await client.post(f"{API}/password-resets", json={"email": email}))
        counts.append(len(queries))
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 202
    assert counts[0] == counts[1] > 0
    await work()
    assert [recipient for recipient, _ in outbox.outbox] == [account.email]


@pytest.mark.parametrize("what", ["second link", "password", "email", "used", "time"])
async def test_a_link_ends_with_what_it_was_made_for_t06(session, client, work, outbox, what):
    account = await an_account(session)
    token = await mailed_link(client, work, outbox, account)
    headers = await entered(client, account)
    if what == "second link":
        await mailed_link(client, work, outbox, account)
    elif what == "password":
        change = {"old_password": PASSWORD, "password": ANOTHER}
        answer = await client.put(f"{OWN}/password", json=change, headers=headers)
        assert answer.status_code == 204, answer.text
    elif what == "email":
        change = {"email": "neu@kontor.example", "password": PASSWORD}
        await client.post(f"{OWN}/email-change", json=change, headers=headers)
        await work()
        secret = link_in(outbox.outbox[-1][1]).rsplit("/", 1)[1]
        answer = await client.post(f"{OWN}/email-change/confirmation", json={"token": secret})
        assert answer.status_code == 204, answer.text
    elif what == "used":
        body = {"token": token, "password": ANOTHER}
        await client.post(f"{API}/password-resets/confirmation", json=body)
    else:
        await session.execute(
            text("UPDATE mailed_links SET expires_at = expires_at - interval '61 minutes'")
        )
        await session.commit()
    answer = await client.post(
        f"{API}/password-resets/confirmation", json={"token": token, "password": ANOTHER}
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "token_invalid")
    assert (await client.get(f"/reset-password/{token}")).status_code == 410


async def test_only_a_fingerprint_of_a_link_is_kept_t04(session, client, work, outbox):
    account = await an_account(session)
    token = await mailed_link(client, work, outbox, account)
    assert len(token) == 43
    assert await session.scalar(select(func.octet_length(MailedLink.token_hash))) == 32
    tables = await session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    for table in tables.all():
        found = await session.scalar(
            text(f"SELECT count(*) FROM {table} AS one WHERE one::text LIKE :token"),
            {"token": f"%{token}%"},
        )
        assert found == 0, table
    answer = await client.get(f"/reset-password/{token}")
    assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}


@pytest.mark.parametrize(
    "host", [{"host": "evil.example"}, {"x-forwarded-host": "evil.example"},
             {"forwarded": "host=evil.example"}],
)  # fmt: skip
async def test_a_forged_host_is_in_no_mail_t08(session, client, work, outbox, host):
    account = await an_account(session)
    await client.post(f"{API}/password-resets", json={"email": account.email}, headers=host)
    await work()
    for _, mail in outbox.outbox:
        assert "evil" not in mail.as_string()
        assert "http://testserver/" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    "body",
    [
        b'{"email": ["person@kontor.example", "b@kontor.example"]}',
        b'{"email": "person@kontor.example", "email": "b@kontor.example"}',
        b'{"email": "person@kontor.example,b@kontor.example"}',
        b'{"email": null}',
    ],
)
async def test_one_request_is_about_one_address_t05(client, work, outbox, body):
    headers = {"content-type": "application/json"}
    answer = await client.post(f"{API}/password-resets", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    await work()
    assert not outbox.outbox


async def test_a_form_is_about_one_address_too_t05(client, work, outbox):
    body = b"email=a%40kontor.example&email=b%40kontor.example"
    headers = OURS | {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post("/reset-password", content=body, headers=headers)
    assert answer.status_code == 422
    await work()
    assert not outbox.outbox


async def test_changing_the_password_needs_the_old_one_and_ends_the_others_t18(session, client):
    account = await an_account(session)
    here, there = await entered(client, account), await entered(client, account)
    wrong = {"old_password": "falsch", "password": ANOTHER}
    answer = await client.put(f"{OWN}/password", json=wrong, headers=here)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "wrong_password"
    assert "falsch" not in answer.text
    right = wrong | {"old_password": PASSWORD}
    assert (await client.put(f"{OWN}/password", json=right, headers=here)).status_code == 204
    assert (await client.get(OWN, headers=here)).status_code == 200
    assert (await client.get(OWN, headers=there)).status_code == 401


async def test_a_new_address_counts_once_it_is_confirmed(session, client, work, outbox):
    account = await an_account(session)
    old = account.email
    here, there = await entered(client, account), await entered(client, account)
    change = {"email": "Neu@Kontor.example", "password": PASSWORD}
    answer = await client.post(f"{OWN}/email-change", json=change, headers=here)
    assert answer.status_code == 202
    await work()
    mails = dict(outbox.outbox)
    assert mails.keys() == {old, "Neu@kontor.example"}
    path = link_in(mails["Neu@kontor.example"])
    assert (await client.get(path)).status_code == 200
    assert (await client.get(OWN, headers=here)).json()["email"] == old
    token = path.rsplit("/", 1)[1]
    answer = await client.post(
        f"{OWN}/email-change/confirmation", json={"token": token}, headers=here
    )
    assert answer.status_code == 204
    assert (await client.get(OWN, headers=here)).json()["email"] == "Neu@kontor.example"
    assert (await client.get(OWN, headers=there)).status_code == 401
    await work()
    assert outbox.outbox[-1][0] == old
    assert outbox.outbox[-1][1]["subject"].startswith("Ihre E-Mail-Adresse bei")


async def test_moving_to_the_address_of_another_is_answered_alike_t01(
    session, client, work, outbox
):
    account, other = await an_account(session), await an_account(session, "Kim Jaspert")
    headers = await entered(client, account)
    answers = [
        await client.post(
            f"{OWN}/email-change", json={"email": email, "password": PASSWORD}, headers=headers
        )
        for email in ("free@kontor.example", other.email)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 202
    await work()
    mail = dict(outbox.outbox)[other.email]
    assert "schon ein Konto" in mail.get_body(("plain",)).get_content().replace("\n", " ")
    assert link_in(mail) == "/sign-in"


async def test_nobody_changes_the_account_of_another_t32(session, client):
    account, other = await an_account(session), await an_account(session, "Kim Jaspert")
    headers = await entered(client, account)
    for extra in ({"id": str(other.id)}, {"account_id": str(other.id)}, {"is_operator": True}):
        answer = await client.patch(OWN, json={"locale": "en"} | extra, headers=headers)
        assert answer.json()["errors"][0]["code"] == "extra_forbidden"
    await session.refresh(other)
    assert other.locale == "de"


async def test_the_language_is_chosen_against_a_known_state(session, client):
    account = await an_account(session)
    headers = await entered(client, account)
    answer = await client.get(OWN, headers=headers)
    tag = {"if-match": answer.headers["etag"]}
    for status in (200, 412):
        answer = await client.patch(OWN, json={"locale": "en"}, headers=headers | tag)
        assert answer.status_code == status


async def test_the_language_of_the_pages_follows_the_account(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    await client.post("/sign-in", data=draft, headers=OURS)
    answer = await client.post(
        "/language", data={"locale": "en", "next": "/settings"}, headers=OURS
    )
    assert answer.headers["location"] == "/settings"
    page = await client.get("/settings")
    assert '<html lang="en">' in page.text
    assert await session.scalar(select(Account.locale)) == "en"


async def test_anonymous_readers_get_a_cookie_only_for_the_language_they_chose(client):
    assert "set-cookie" not in (await client.get("/sign-in")).headers
    answer = await client.post("/language", data={"locale": "en", "next": "//evil"}, headers=OURS)
    assert answer.headers["location"] == "/"
    assert client.cookies["lang"] == "en"
    assert '<html lang="en">' in (await client.get("/sign-in")).text


async def test_the_settings_pages_can_be_used(session, client, work, outbox):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    await entered(client, account)
    await client.post("/sign-in", data=draft, headers=OURS)
    for path in ("", "/password", "/email", "/tokens", "/close"):
        assert (await client.get(f"/settings{path}")).status_code == 200
    for path, posted in (
        ("", {"locale": "de"}),
        ("/sessions/end-others", {}),
        ("/password", {"old_password": PASSWORD, "password": ANOTHER}),
        ("/email", {"email": "neu@kontor.example", "password": ANOTHER}),
    ):
        answer = await client.post(f"/settings{path}", data=posted, headers=OURS)
        assert answer.status_code == 303, answer.text
    assert await session.scalar(select(func.count()).select_from(SignedInSession)) == 1
    await work()
    path = link_in(outbox.outbox[-1][1])
    assert (await client.get(path)).status_code == 200
    answer = await client.post(path, headers=OURS)
    assert answer.headers["location"].startswith("/settings?")
    wrong = await client.post(
        "/settings/password", data={"old_password": "x", "password": ANOTHER}, headers=OURS
    )
    assert wrong.status_code == 422
    assert "Das Passwort stimmt nicht." in wrong.text


async def test_a_token_cannot_tend_an_account_t80(session, client):
    headers = await bearer(session, await a_person(session), "groups:write")
    await session.commit()
    body = {"email": "x@kontor.example", "password": PASSWORD}
    for method, url, content in (
        ("GET", OWN, None),
        ("PATCH", OWN, {"locale": "en"}),
        ("DELETE", OWN, {"password": PASSWORD}),
        ("POST", f"{OWN}/email-change", body),
        ("PUT", f"{OWN}/password", {"old_password": PASSWORD, "password": ANOTHER}),
        ("GET", f"{API}/tokens", None),
        ("POST", f"{API}/tokens", {"label": "x", "scopes": ["groups:write"]}),
    ):
        answer = await client.request(method, url, json=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required"), url
