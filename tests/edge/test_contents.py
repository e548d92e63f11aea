"""What requests bring: not too much of it, and not too slowly (T51)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from app.edge import contents
from app.edge.forms import FORM_BYTES
from tests.edge.sweep import UNSAFE
from tests.features.posts.arranging import a_post
from tests.makers import a_company, a_group, a_person, signed_in

OURS = {"sec-fetch-site": "same-origin"}
JSON = {"content-type": "application/json"}
FORM = OURS | {"content-type": "application/x-www-form-urlencoded"}
WIDEST = "\U00020bb7"  # a character that a form writes in twelve bytes
FRONTS = [("/api/v1/accounts/sign-ups", JSON), ("/sign-up", FORM)]
# Forms that take more than 64 KiB: those with long texts, and those with files.
PROSE = {
    "/groups/new",
    "/groups/{}/edit",
    "/companies/new",
    "/companies/{}/edit",
    "/companies/{}/message",
    "/companies/{}/templates",
    "/people/{}/message",
    "/inquiries/{}/{}",
    "/me/profile",
}
FILES = {
    "/posts/new",
    "/posts/{}/edit",
    "/me/posts/import",
    "/me/picture",
    "/companies/{}/logo",
    "/posts/{}/inquire",
    "/inquiries/{}/messages",
    "/messages/{}/messages",
}


async def _endless(sent: list[int]) -> AsyncIterator[bytes]:
    """A gigabyte, if anybody wants to read it."""
    for _ in range(16_384):
        sent.append(65_536)
        yield b"x" * 65_536


@pytest.mark.parametrize(("path", "kind"), [*FRONTS, ("/sign-out", FORM)])
async def test_endless_content_is_cut_off_t51(client, path, kind):
    sent: list[int] = []
    answer = await client.post(path, content=_endless(sent), headers=OURS | kind)
    assert answer.status_code == 413, answer.text[:200]
    assert sum(sent) < 16 * 1_048_576


@pytest.mark.parametrize("announced", ["2", str(2**30)])
async def test_content_is_counted_whatever_it_announces_t51(client, announced):
    headers = JSON | {"content-length": announced}
    body = json.dumps({"name": "x" * 1_048_576})
    answer = await client.post("/api/v1/accounts/sign-ups", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_no_operation_takes_more_than_a_mebibyte_but_uploads_t51(client):
    for asked in UNSAFE:
        if asked.at_api and asked.route.body_field and asked.path != "/api/v1/media":
            content = b" " * 1_048_577
            answer = await client.request(asked.method, asked.path, content=content, headers=JSON)
            assert answer.status_code == 413, asked


@pytest.mark.parametrize(("path", "kind"), FRONTS)
@pytest.mark.parametrize(
    ("language", "said"), [("de", "Das ist zu groß."), ("en", "That is too large.")]
)
async def test_too_much_is_said_in_the_language_of_the_reader_t51(
    client, path, kind, language, said
):
    headers = OURS | kind | {"accept-language": language}
    answer = await client.post(path, content=b"x" * 2_000_000, headers=headers)
    assert answer.status_code == 413
    assert said in answer.text


async def test_a_form_without_files_and_long_texts_has_64_kib_t51(client):
    content = b"form_id=" + b"x" * FORM_BYTES
    taking: dict[str, set[str]] = {"more": set(), "much more": set()}
    for asked in UNSAFE:
        if asked.at_api:
            continue
        path = re.sub(r"\{\w+\}", "{}", asked.route.path)
        for amount, times in (("more", 1), ("much more", 5)):
            answer = await client.post(asked.path, content=content * times, headers=FORM)
            if answer.status_code != 413:
                taking[amount].add(path)
    assert taking == {"more": PROSE | FILES, "much more": FILES}


async def test_the_longest_texts_fit_into_their_forms_t51(session, client):
    author = await a_person(session)
    company = await a_company(session, owner=author)
    group = await a_group(session, author)
    post = await a_post(session, author)
    headers = FORM | await signed_in(session, author)
    await session.commit()
    for path, longest in (
        (f"/posts/{post.id}/replies", {"body": 5_000}),
        (f"/posts/{post.id}/edit", {"body": 10_000}),
        (f"/groups/{group.id}/edit", {"description": 5_000, "charter": 5_000}),
        (f"/companies/{company.id}/edit", {"description": 10_000, "imprint": 5_000}),
        ("/me/profile", {"about": 5_000}),
    ):
        texts = {name: WIDEST * length for name, length in longest.items()}
        answer = await client.post(path, content=urlencode(texts), headers=headers)
        assert answer.status_code in {303, 422}, (path, answer.status_code)
        too_long = {name: f"{text}x" for name, text in texts.items()}
        answer = await client.post(path, content=urlencode(too_long), headers=headers)
        assert answer.status_code == 422, path
        assert "höchstens" in answer.text


async def _stalled() -> AsyncIterator[bytes]:
    """The beginning of something, of which the rest never comes."""
    yield b"{"
    await asyncio.Event().wait()


async def _dripping() -> AsyncIterator[bytes]:
    """A byte now and then, for ever."""
    while True:
        yield b" "
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("content", [_stalled, _dripping])
@pytest.mark.parametrize(("path", "kind"), FRONTS)
@pytest.mark.parametrize(("language", "said"), [("de", "zu langsam"), ("en", "too slowly")])
async def test_content_that_comes_too_slowly_is_not_waited_for_t51(
    client, monkeypatch, content, path, kind, language, said
):
    monkeypatch.setattr(contents, "SECONDS", 0.2)
    headers = OURS | kind | {"accept-language": language}
    answer = await client.post(path, content=content(), headers=headers)
    assert answer.status_code == 408, answer.text[:200]
    assert said in answer.text
    assert answer.headers["connection"] == "close"


async def test_more_content_gets_more_time(client, monkeypatch):
    monkeypatch.setattr(contents, "SECONDS", 0.1)
    monkeypatch.setattr(contents, "BYTES_A_SECOND", 4)

    async def slow_but_steady() -> AsyncIterator[bytes]:
        for part in (b'{"email":', b'"nobody@kontor.example",', b'"password":', b'"falsch"}'):
            yield part
            await asyncio.sleep(0.05)

    url = "/api/v1/accounts/sessions"
    answer = await client.post(url, content=slow_but_steady(), headers=JSON)
    assert answer.status_code == 401


async def test_a_slow_client_holds_no_connection_to_the_database(client, queries, monkeypatch):
    monkeypatch.setattr(contents, "SECONDS", 0.2)
    for path, kind in FRONTS:
        queries.clear()
        headers = OURS | kind | {"idempotency-key": "a"}
        assert (await client.post(path, content=_stalled(), headers=headers)).status_code == 408
        assert not queries.statements, path
