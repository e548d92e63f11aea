"""Signing in and out."""

from sqlalchemy import func, select

from app.core.settings import Hashing
from app.models.accounts import SignedInSession
from tests.makers import PASSWORD, a_person, an_account, bearer

API = "/api/v1/accounts"
OURS = {"sec-fetch-site": "same-origin"}


async def test_the_right_password_opens_a_session_on_both_fronts(session, client):
    account = await an_account(session)
    draft = {"email": account.email.upper(), "password": PASSWORD}
    answer = await client.post(f"{API}/sessions", json=draft)
    assert answer.status_code == 201, answer.text
    answer = await client.post("/sign-in", data=draft | {"next": "/groups"}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups")
    cookies = answer.headers.get_list("set-cookie")
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in cookies)
    assert answer.headers["cache-control"] == "private, no-store"


async def test_unknown_address_and_wrong_password_are_answered_alike_t01(session, client):
    account = await an_account(session)
    drafts = [
        {"email": account.email, "password": "falsch"},
        {"email": "nobody@kontor.example", "password": PASSWORD},
    ]
    answers = [await client.post(f"{API}/sessions", json=draft) for draft in drafts]
    bodies = [answer.json() for answer in answers]
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "wrong_credentials"
    assert {answer.status_code for answer in answers} == {401}
    for draft in drafts:
        page = await client.post("/sign-in", data=draft, headers=OURS)
        assert page.status_code == 401
        assert "passen nicht zusammen" in page.text


async def test_a_cheap_hash_is_replaced_on_signing_in(session, client):
    account = await an_account(session, cost=Hashing(memory_kib=16, passes=1))
    await client.post(f"{API}/sessions", json={"email": account.email, "password": PASSWORD})
    await session.refresh(account)
    assert "$m=8,t=1,p=1$" in account.password_hash


async def test_signing_in_again_replaces_the_session_of_the_browser_t18(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    await client.post("/sign-in", data=draft, headers=OURS)
    before = client.cookies["sid"]
    await client.post("/sign-in", data=draft, headers=OURS)
    assert client.cookies["sid"] != before
    assert await session.scalar(select(func.count()).select_from(SignedInSession)) == 1


async def test_signing_out_ends_the_session_itself(session, client):
    account = await an_account(session)
    await client.post("/sign-in", data={"email": account.email, "password": PASSWORD}, headers=OURS)
    secret = client.cookies["sid"]
    answer = await client.post("/sign-out", headers=OURS)
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "sid" not in client.cookies
    answer = await client.get(f"{API}/sessions", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


async def test_only_local_addresses_are_gone_to_after_signing_in(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    for wanted in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
        answer = await client.post("/sign-in", data=draft | {"next": wanted}, headers=OURS)
        assert answer.headers["location"] == "/"


async def test_sessions_are_listed_and_ended(session, client):
    person = await a_person(session)
    here, there = await bearer(session, person), await bearer(session, person)
    stranger = await bearer(session, await a_person(session, "Kim Jaspert"))
    await session.commit()
    items = (await client.get(f"{API}/sessions", headers=here)).json()["items"]
    assert len(items) == 2
    present = next(one["id"] for one in items if one["is_present"])
    url = f"{API}/sessions/{present}"
    assert (await client.delete(url, headers=stranger)).status_code == 404
    assert (await client.delete(f"{API}/sessions", headers=here)).status_code == 204
    assert (await client.get(url, headers=here)).status_code == 200
    assert (await client.get(url, headers=there)).status_code == 401
    assert (await client.delete(url, headers=here)).status_code == 204
    assert (await client.get(url, headers=here)).status_code == 401


async def test_a_token_cannot_tend_sessions_t80(session, client):
    headers = await bearer(session, await a_person(session), "groups:write")
    await session.commit()
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"{API}/sessions", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
