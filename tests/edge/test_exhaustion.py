"""When every connection to the database is taken, others are told to come again (D11, F05)."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from app.core.settings import settings
from app.edge.last_use import LastUse
from app.main import create_app
from app.runtime import running

OURS = {"sec-fetch-site": "same-origin"}
DRAFT = {"email": "nobody@kontor.example", "password": "falsch"}
SESSIONS = "/api/v1/accounts/sessions"


@pytest.fixture
async def tiny(own_database, configure) -> AsyncIterator[tuple]:
    """The application with one connection to write and one to read, and little patience."""
    configure(WRITE_CONNECTIONS="1", READ_CONNECTIONS="1", POOL_TIMEOUT_SECONDS="0.2")
    app = create_app()
    async with running(settings(), own_database) as runtime:
        state = {"runtime": runtime, "last_use": LastUse()}

        async def asgi(scope, receive, send):
            scope["state"] = dict(state)
            await app(scope, receive, send)

        transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield runtime, client


def check_told_to_come_again(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_writers_are_told_to_come_again_and_then_served_d11(tiny):
    runtime, client = tiny
    async with runtime.sessions() as session:
        await session.execute(text("SELECT 1"))  # now the one connection is ours
        answer = await client.post(SESSIONS, json=DRAFT)
        check_told_to_come_again(answer)
        assert answer.json()["code"] == "unavailable"
        page = await client.post("/sign-in", data=DRAFT, headers=OURS)
        check_told_to_come_again(page)
        assert "Das geht gerade nicht" in page.text
        assert (await client.get("/api/v1/groups")).status_code == 200  # reading goes on
    assert (await client.post(SESSIONS, json=DRAFT)).status_code == 401
    assert (await client.post("/sign-in", data=DRAFT, headers=OURS)).status_code == 401


async def test_readers_are_told_to_come_again_and_then_served_d11(tiny):
    runtime, client = tiny
    async with runtime.database.reads.connection():
        answer = await client.get("/api/v1/groups")
        check_told_to_come_again(answer)
        assert answer.json()["code"] == "unavailable"
        page = await client.get("/groups", headers={"accept-language": "en"})
        check_told_to_come_again(page)
        assert "try again" in page.text
        assert (await client.get("/static/kontor.css")).status_code == 200
    for path in ("/api/v1/groups", "/groups"):
        assert (await client.get(path)).status_code == 200


async def test_a_rush_ends_in_answers_of_two_kinds_only_f05(tiny):
    runtime, client = tiny

    async def occupied() -> None:
        async with runtime.sessions() as session:
            await session.execute(text("SELECT pg_sleep(0.5)"))

    occupying = asyncio.create_task(occupied())
    await asyncio.sleep(0.1)
    rush = await asyncio.gather(*(client.post(SESSIONS, json=DRAFT) for _ in range(8)))
    await occupying
    for answer in rush:
        check_told_to_come_again(answer)
    assert (await client.post(SESSIONS, json=DRAFT)).status_code == 401
