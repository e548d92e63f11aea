"""Numbers that change while one reads, from a real server on a real socket."""

import asyncio
import contextlib
import json
import re
import signal
import socket

import httpx
import psycopg
import pytest
import uvicorn
from sqlalchemy import select

from app.core.db import transaction
from app.core.settings import settings
from app.features.accounts.tokens import revoke_token
from app.features.notifications.about_posts import REPLIED
from app.features.notifications.live import MOST
from app.features.notifications.telling import tell
from app.main import create_app
from app.models.accounts import AccessToken
from app.runtime import running
from app.web.environment import STATIC
from tests.makers import a_person, as_actor, bearer, signed_in

STREAM = {"accept": "text/event-stream"}
LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %kontor%'"


class Ear:
    """Reads the events of one stream."""

    def __init__(self, answer):
        self._lines = answer.aiter_lines()

    async def next(self, seconds=20):
        event = {}
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if not line and "data" in event:
                    return event["id"], json.loads(event["data"])
                name, _, value = line.partition(": ")
                event[name] = value
        return None


@contextlib.asynccontextmanager
async def served(runtime, configure):
    """Serve the application on a socket; at the end it is told to stop, as by its supervisor."""

    @contextlib.asynccontextmanager
    async def open_already():
        yield runtime

    at = socket.create_server(("127.0.0.1", 0))
    configure(BASE_URL=f"http://127.0.0.1:{at.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(create_app(open_already), log_config=None))
    before = signal.signal(
        signal.SIGTERM, lambda *_: None
    )  # uvicorn raises it again when it is done
    serving = asyncio.create_task(server.serve([at]))
    try:
        yield settings().base_url
    finally:
        signal.raise_signal(signal.SIGTERM)
        await serving
        signal.signal(signal.SIGTERM, before)


async def test_streams_tell_changes_on_one_connection_and_end_with_session_token_or_server_t22(
    own_database, configure
):
    async with running(settings(), own_database) as runtime:
        async with transaction(runtime.sessions) as session:
            ada, kim = await a_person(session, "Ada"), await a_person(session, "Kim")
            token, cookie = await bearer(session, ada), await signed_in(session, ada)
            other = await bearer(session, kim)
            revocable = await bearer(session, kim, "notifications:read")
            secret = await session.scalar(select(AccessToken.id))
        async with contextlib.AsyncExitStack() as opened:
            async with served(runtime, configure) as address:
                client = httpx.AsyncClient(base_url=address, timeout=30)
                await opened.enter_async_context(client)

                async def listen(path, headers, **more):
                    headers = {**STREAM, **headers, **more}
                    answer = await opened.enter_async_context(
                        client.stream("GET", path, headers=headers)
                    )
                    assert answer.status_code == 200
                    assert answer.headers["content-type"].startswith("text/event-stream")
                    return Ear(answer)

                page = await listen("/notifications/stream", cookie)
                program = await listen("/api/v1/notifications/stream", token)
                stranger = await listen("/api/v1/notifications/stream", other)
                for ear in (page, program, stranger):
                    _, told = await ear.next()
                    assert (told["notifications"], told["newest"]) == (0, None)
                async with transaction(runtime.sessions) as session:
                    about = {"params": {"who": "Kim", "post": "Frage"}, "path": "/"}
                    await tell(session, REPLIED, [ada.id], dedup_key="1", **about)
                for ear in (page, program):
                    mark, told = await ear.next()
                    assert told["notifications"] == 1
                again = await listen(
                    "/api/v1/notifications/stream", token, **{"last-event-id": mark}
                )
                with pytest.raises(TimeoutError):
                    await again.next(1)
                await client.post("/api/v1/notifications/read", headers=token)
                for ear in (page, program):
                    assert (await ear.next())[1]["notifications"] == 0
                with pytest.raises(TimeoutError):
                    await stranger.next(1)
                with psycopg.connect(own_database) as database:
                    assert database.execute(LISTENING).fetchone() == (1,)
                more = [
                    await listen("/api/v1/notifications/stream", token, **{"last-event-id": known})
                    for known in (mark, "1.2.3.4", *[""] * (MOST - 4))
                ]
                for ear in more:  # who was away is told how it is now
                    now, state = await ear.next()
                    assert now != mark
                    assert (state["notifications"], state["newest"]) == (0, told["newest"])
                async with asyncio.timeout(20):
                    many = await client.get("/api/v1/notifications/stream", headers=STREAM | token)
                assert (many.status_code, many.json()["code"]) == (429, "too_many_streams")
                revoked = await listen("/api/v1/notifications/stream", revocable)
                await revoked.next()
                async with transaction(runtime.sessions) as session:
                    await revoke_token(session, as_actor(kim), secret)
                assert (await client.post("/sign-out", headers=cookie)).status_code == 303
                for ear in (page, revoked):  # at once, and not when their five minutes are over
                    assert await ear.next(5) is None
            assert await program.next() is None  # ended, and not torn off


async def test_a_stream_is_for_those_who_are_signed_in_and_ask_for_one_on_our_pages_t22(
    session, client
):
    ada = await a_person(session)
    headers = await bearer(session, ada)
    await session.commit()
    plain = await client.get("/api/v1/notifications/stream", headers=headers)
    assert (plain.status_code, plain.json()["code"]) == (406, "not_acceptable")
    nobody = await client.get("/api/v1/notifications/stream", headers=STREAM)
    assert nobody.status_code == 401
    cookie = await signed_in(session, ada)
    await session.commit()
    for foreign in ({"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}):
        page = await client.get("/notifications/stream", headers=STREAM | cookie | foreign)
        assert page.status_code == 403
    page = await client.get("/notifications/stream", headers=STREAM)
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in")


async def test_the_page_head_says_its_numbers_so_that_a_script_can_change_them(session, client):
    headers = await signed_in(session, await a_person(session))
    await session.commit()
    page = (await client.get("/bookmarks", headers=headers)).text
    spots = re.findall(r'data-unread="(\w+)"[^>]* hidden>', page)
    assert spots == ["notifications", "messages", "notifications", "inquiries", "conversations"]
    assert 'data-one=", 1 neue Benachrichtigung"' in page
    assert 'data-many=", {n} neue Benachrichtigungen"' in page
    assert 'src="/static/live.js' in page
    assert "live.js" not in (await client.get("/")).text


def test_the_script_is_small():
    assert (STATIC / "live.js").stat().st_size < 1_500
