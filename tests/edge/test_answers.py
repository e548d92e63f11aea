"""What every answer carries, also those that refuse."""

import asyncio
import re
from threading import Event

import httpx
import pytest
from fastapi import FastAPI

from app.api import openapi
from app.main import create_app
from tests.edge.sweep import EVERY, NOBODY, READING
from tests.makers import PASSWORD, a_person, an_account, bearer, signed_in

OURS = {"sec-fetch-site": "same-origin"}
PROBLEM = "application/problem+json"


def check_headers(answer, *, at_api: bool) -> None:
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "camera=()" in headers["permissions-policy"]
    assert re.fullmatch("[0-9a-f-]{36}", headers["x-request-id"])
    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert headers["cache-control"]
    if at_api and answer.status_code >= 400:
        assert headers["content-type"] == PROBLEM, answer.text
        body = answer.json()
        assert body["status"] == answer.status_code
        assert body["request_id"] == headers["x-request-id"]
        assert body["code"]
        assert body["detail"]


async def test_every_route_answers_with_the_headers_even_when_it_refuses(session, client):
    person = await a_person(session)
    program, browser = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    for asked in EVERY:
        if "/sign-out" in asked.path:
            continue
        for identity in ({}, program if asked.at_api else browser):
            answer = await client.request(asked.method, asked.path, headers=OURS | identity)
            assert answer.status_code < 500, (asked, answer.text)
            check_headers(answer, at_api=asked.at_api)
            if identity or "set-cookie" in answer.headers:
                assert answer.headers["cache-control"] == "private, no-store", asked


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/nowhere.css", 404),
        ("GET", "/static/kontor.css", 200),
        ("GET", "/static/../main.py", 404),
        ("GET", "/static/%2e%2e/%2e%2e/main.py", 404),
        ("GET", "/api/v1/openapi.json", 200),
        ("TRACE", "/sign-in", 405),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/.git/config", 404),
        ("GET", "/metrics", 404),
        ("DELETE", "/sign-in", 405),
        ("PUT", "/api/v1/accounts/sessions", 405),
        ("POST", "/static/kontor.css", 405),
    ],
)
async def test_addresses_without_a_route_are_answered_as_well_t97(client, method, path, status):
    answer = await client.request(method, path, headers=OURS)
    assert answer.status_code == status
    check_headers(answer, at_api=path.startswith("/api/"))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/accounts/sessions", {"GET", "HEAD", "POST", "DELETE"}),
        (f"/api/v1/accounts/sessions/{NOBODY}", {"GET", "HEAD", "DELETE"}),
        ("/sign-in", {"GET", "HEAD", "POST"}),
        ("/sign-out", {"POST"}),
        ("/static/kontor.css", {"GET", "HEAD"}),
    ],
)
async def test_a_wrong_method_is_told_all_right_ones_d14(client, path, allowed):
    answer = await client.request("PATCH", path, headers=OURS)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed


async def test_what_cannot_be_the_name_of_anything_is_not_found_on_pages(client):
    page = await client.get("/posts/import", headers=OURS)
    answer = await client.get("/api/v1/posts/import")

    assert page.status_code == 404
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/post_id"


async def test_head_is_get_without_content(client):
    for path in ("/sign-in", "/api/v1/accounts/scopes", "/static/kontor.css"):
        read, head = await client.get(path), await client.head(path)
        assert head.status_code == read.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == str(len(read.content))
        assert head.headers["content-type"] == read.headers["content-type"]


async def test_who_has_the_present_state_is_not_sent_it_again(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    url = "/api/v1/me/account"
    answer = await client.get(url, headers=headers)
    tag = answer.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await client.get(url, headers=headers | {"if-none-match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
        assert "content-type" not in again.headers
    for other in ('"other"', tag.strip('"'), tag[:-2] + '"'):
        again = await client.get(url, headers=headers | {"if-none-match": other})
        assert again.status_code == 200, other
    await client.patch(url, json={"locale": "en"}, headers=headers)
    changed = await client.get(url, headers=headers | {"if-none-match": tag})
    assert changed.status_code == 200


@pytest.mark.parametrize("tag", ["", "x", '"x.y"', '"99999999999.x"', '"-1.x"'])
async def test_an_unknown_state_is_not_changed(session, client, tag):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    answer = await client.patch(
        "/api/v1/me/account",
        json={"locale": "en"},
        headers=headers | {"if-match": tag},
    )
    assert answer.status_code == 412


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "testserver.evil.example",
        "testserver@evil.example",
        "",
        "testserver:evil",
        "testserver:1/api/v1",
    ],
)
async def test_a_foreign_host_is_refused_and_never_repeated_d6_t95(client, host):
    for path in ("/sign-in", "/sign-in/", "/api/v1/accounts/scopes", "/groups/"):
        answer = await client.get(path, headers={"host": host})
        assert answer.status_code == 400, answer.headers
        assert "evil" not in str(answer.headers) + answer.text
        check_headers(answer, at_api=path.startswith("/api/"))


async def test_forwarding_headers_lead_nowhere_else_t95(session, client):
    forged = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher"}
    forged["forwarded"] = "host=evil.example"
    for asked in READING:
        answer = await client.get(asked.path, headers=forged)
        assert "evil" not in str(answer.headers) + answer.text


async def test_no_address_is_mended_by_a_redirect_d6(client):
    for path in ("/sign-in/", "/api/v1/accounts/scopes/", "//evil.example"):
        answer = await client.get(f"http://testserver{path}")
        assert answer.status_code == 404, path


async def test_two_credentials_are_one_too_many(session, client):
    person = await a_person(session)
    program, browser = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    answer = await client.get("/api/v1/me/account", headers=program | browser)
    assert (answer.status_code, answer.json()["code"]) == (400, "two_credentials")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic dTpw", "Bearer x y", "Bearer " + "x" * 5000]
)
async def test_a_bad_credential_is_401_and_says_how(client, header):
    answer = await client.get("/api/v1/me/account", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_cookie_says_nothing_at_the_api(session, client):
    browser = await signed_in(session, await a_person(session))
    await session.commit()
    assert (await client.get("/api/v1/me/account", headers=browser)).status_code == 401


async def test_a_secret_in_the_address_is_not_taken_t18(session, client):
    program = await bearer(session, await a_person(session))
    await session.commit()
    secret = program["authorization"].split()[1]
    for name in ("access_token", "token", "sid"):
        answer = await client.get(f"/api/v1/me/account?{name}={secret}")
        assert answer.status_code in {401, 422}
        assert secret not in answer.text


async def test_a_session_that_is_set_is_never_stored_on_the_way(session, client):
    account = await an_account(session)
    draft = {"email": account.email, "password": PASSWORD}
    answer = await client.post("/sign-in", data=draft, headers=OURS)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Cookie" in answer.headers["vary"]


async def test_our_own_faults_tell_nothing(clients, monkeypatch):
    app = create_app()

    async def broken(*_: object, **__: object) -> None:
        msg = "SELECT secret FROM somewhere"
        raise RuntimeError(msg)

    monkeypatch.setattr("app.web.accounts.sign_up", broken)
    monkeypatch.setattr("app.api.accounts.sign_up", broken)
    draft = {"name": "Kim Jaspert", "email": "kim@feinwerk.example"}
    body = draft | {"is_old_enough": True, "accepts_terms": True}
    client = clients(app=app)
    at_api = await client.post("/api/v1/accounts/sign-ups", json=body)
    form = draft | {"is_old_enough": "true", "accepts_terms": "true"}
    page = await client.post("/sign-up", data=form, headers=OURS)
    for answer in (at_api, page):
        assert answer.status_code == 500
        assert "SELECT" not in answer.text
        assert "RuntimeError" not in answer.text
        check_headers(answer, at_api=answer is at_api)


async def test_others_are_answered_while_the_document_is_made_and_it_is_made_once(monkeypatch):
    made, begun, may_end = [], Event(), Event()

    def slowly(application):
        made.append(application)
        begun.set()
        assert may_end.wait(10)
        return {"openapi": "3.1.0"}

    monkeypatch.setattr(openapi, "_completed", slowly)
    application = FastAPI(openapi_url=None)
    openapi.describe(application)
    application.add_api_route("/other", lambda: "here")
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        asked = [asyncio.create_task(client.get("/api/v1/openapi.json")) for _ in range(3)]
        assert await asyncio.to_thread(begun.wait, 10)
        assert (await client.get("/other")).json() == "here"
        assert not any(one.done() for one in asked)
        may_end.set()
        assert [(await one).json() for one in asked] == [{"openapi": "3.1.0"}] * 3
    assert len(made) == 1
