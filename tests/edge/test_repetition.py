"""One effect for a request, however often it is sent (T89)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select

from app.core.db import transaction
from app.core.settings import settings
from app.edge.last_use import LastUse
from app.main import create_app
from app.models.accounts import AccessToken, SignUp
from app.models.idempotency import KeptAnswer
from app.runtime import running
from tests.makers import PASSWORD, a_person, an_account, bearer, signed_in

TOKENS = "/api/v1/accounts/tokens"
TOKEN = {"label": "Warenwirtschaft", "scopes": ["groups:read"]}
SIGN_UP = {
    "name": "Kim Jaspert",
    "email": "kim@feinwerk.example",
    "is_old_enough": True,
    "accepts_terms": True,
}


@pytest.fixture
async def served(own_database) -> AsyncIterator[tuple]:
    """The application on a database of its own, with as many connections as it likes."""
    app = create_app()
    async with running(settings(), own_database) as runtime:
        state = {"runtime": runtime, "last_use": LastUse()}

        async def asgi(scope, receive, send):
            scope["state"] = dict(state)
            await app(scope, receive, send)

        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield runtime.sessions, client


async def test_twenty_clicks_at_once_have_one_effect_t89(served):
    sessions, client = served
    async with transaction(sessions) as session:
        headers = await bearer(session, await a_person(session))
    key = headers | {"idempotency-key": "a"}
    answers = await asyncio.gather(
        *(client.post(TOKENS, json=TOKEN, headers=key) for _ in range(20))
    )
    # Who waits longer than the lock timeout is told to come again, and then gets the answer.
    late = [answer for answer in answers if answer.status_code != 201]
    assert all(answer.json()["code"] in {"in_progress", "unavailable"} for answer in late)
    for _ in late:
        answers.append(await client.post(TOKENS, json=TOKEN, headers=key))
    done = [answer for answer in answers if answer.status_code == 201]
    assert len(done) == 20
    assert Counter("idempotency-replayed" in answer.headers for answer in done) == {
        True: 19,
        False: 1,
    }
    assert len({answer.json()["id"] for answer in done}) == 1
    assert len([answer for answer in done if answer.json()["secret"]]) == 1
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(AccessToken)) == 1


async def test_the_first_answer_comes_again_to_the_byte(session, client):
    headers = {"idempotency-key": "a"}
    answers = [
        await client.post("/api/v1/accounts/sign-ups", json=SIGN_UP, headers=headers)
        for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert "idempotency-replayed" not in answers[0].headers
    assert answers[2].headers["idempotency-replayed"] == "true"
    assert await session.scalar(select(func.count()).select_from(SignUp)) == 1


@pytest.mark.parametrize("what", ["body", "path", "query"])
async def test_a_key_belongs_to_one_request(client, what):
    headers = {"idempotency-key": "a"}
    url = "/api/v1/accounts/sign-ups"
    await client.post(url, json=SIGN_UP, headers=headers)
    body = SIGN_UP | {"email": "other@feinwerk.example"} if what == "body" else SIGN_UP
    other = "/api/v1/accounts/password-resets" if what == "path" else url
    if what == "query":
        body = SIGN_UP | {"company_name": ""}
    answer = await client.post(other, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


async def test_a_key_belongs_to_one_account(session, client):
    people = [await a_person(session), await a_person(session, "Kim Jaspert")]
    headers = [await bearer(session, person) for person in people]
    await session.commit()
    for one in headers:
        answer = await client.post(TOKENS, json=TOKEN, headers=one | {"idempotency-key": "a"})
        assert answer.json()["secret"]
    assert await session.scalar(select(func.count()).select_from(AccessToken)) == 2


async def test_a_refusal_is_not_kept(session, client):
    headers = await bearer(session, await a_person(session)) | {"idempotency-key": "a"}
    await session.commit()
    refused = await client.post(TOKENS, json=TOKEN | {"scopes": ["x"]}, headers=headers)
    assert refused.status_code == 422
    assert await session.scalar(select(func.count()).select_from(KeptAnswer)) == 0
    assert (await client.post(TOKENS, json=TOKEN, headers=headers)).status_code == 201


async def test_a_refusal_that_leaves_a_trace_is_not_kept_either(session, clients, configure):
    configure(RATE_LIMITS="true")
    account = await an_account(session)
    draft = {"email": account.email, "password": "falsch"}
    for number in range(20):
        client = clients(f"198.51.100.{number}")
        answer = await client.post(
            "/api/v1/accounts/sessions", json=draft, headers={"idempotency-key": "a"}
        )
    answer = await client.post(
        "/api/v1/accounts/sessions", json=draft, headers={"idempotency-key": "b"}
    )
    assert answer.json()["code"] == "sign_in_blocked"
    assert await session.scalar(select(func.count()).select_from(KeptAnswer)) == 0


async def test_no_secret_and_no_password_is_kept_t89(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    answer = await client.post(
        "/api/v1/accounts/sessions", json=draft, headers={"idempotency-key": "a"}
    )
    secret = answer.json()["secret"].encode()
    kept = await session.scalar(select(KeptAnswer))
    assert secret not in kept.body
    again = await client.post(
        "/api/v1/accounts/sessions", json=draft, headers={"idempotency-key": "a"}
    )
    assert again.json() == answer.json() | {"secret": None}


async def test_signing_in_twice_by_one_form_works_twice(session, client):
    account = await an_account(session)
    form = {"email": account.email, "password": PASSWORD, "form_id": "one"}
    for _ in range(2):
        answer = await client.post("/sign-in", data=form, headers={"sec-fetch-site": "none"})
        assert answer.status_code == 303
        assert any(one.startswith("sid=") for one in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb"])
async def test_a_key_must_look_like_one(session, client, key):
    headers = await bearer(session, await a_person(session)) | {"idempotency-key": key}
    await session.commit()
    answer = await client.post(TOKENS, json=TOKEN, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")


async def test_a_form_is_carried_out_once(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    form = {"label": "Kasse", "scopes": "groups:read", "lasts": "30", "form_id": "one"}
    for _ in range(3):
        await client.post("/settings/tokens", data=form, headers=headers)
    assert await session.scalar(select(func.count()).select_from(AccessToken)) == 1
