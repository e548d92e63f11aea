"""Programs in browsers use the API from any origin: with a token, and never with a cookie."""

import pytest

from tests.makers import a_person, bearer, signed_in

ELSEWHERE = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
GROUPS = "/api/v1/groups"
NEW = {"name": "Werkzeugkreis"}


def listed(answer, name: str) -> set[str]:
    return set(answer.headers[f"access-control-{name}"].lower().split(", "))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [GROUPS, "/api/v1/accounts/sessions", "/api/v1/nowhere"])
async def test_a_browser_is_told_before_it_asks(client, method, path):
    asked = {
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,idempotency-key",
    }
    answer = await client.options(path, headers=ELSEWHERE | asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert method.lower() in listed(answer, "allow-methods")
    wanted = {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"}
    assert listed(answer, "allow-headers") == wanted
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_pages_are_shared_with_nobody(client):
    asked = {"access-control-request-method": "POST"}
    for path in ("/groups", "/sign-in", "/static/kontor.css", "/"):
        answer = await client.options(path, headers=ELSEWHERE | asked)
        assert answer.status_code == 405, path
        read = await client.get(path, headers=ELSEWHERE)
        for one in (answer, read):
            assert not [name for name in one.headers if name.startswith("access-control")], path


async def test_options_without_a_question_is_no_method_of_ours(client):
    assert (await client.options(GROUPS, headers=ELSEWHERE)).status_code == 405


async def test_every_answer_of_the_api_may_be_read_from_elsewhere(session, client):
    headers = await bearer(session, await a_person(session)) | ELSEWHERE
    await session.commit()
    answers = [
        await client.get(GROUPS, headers=ELSEWHERE),
        await client.get("/api/v1/nowhere", headers=ELSEWHERE),
        await client.get("/api/v1/me/account", headers=ELSEWHERE),
        await client.post(GROUPS, json={}, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 401, 422]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert {"etag", "location", "link", "retry-after"} <= listed(answer, "expose-headers")


async def test_a_token_may_write_from_elsewhere(session, client):
    headers = await bearer(session, await a_person(session), "groups:write") | ELSEWHERE
    await session.commit()
    answer = await client.post(GROUPS, json=NEW, headers=headers)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        ({}, 403),
        ({"authorization": "Basic dTpw"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer unbekannt"}, 401),
        ({"authorization": "Bearer unbekannt", "cookie": "sid=x"}, 400),
        ({"cookie": "sid=x"}, 403),
    ],
    ids=str,
)
async def test_nothing_but_a_token_may_write_from_elsewhere_t21(client, credential, status):
    for path, body in (
        (GROUPS, NEW),
        ("/api/v1/accounts/sessions", {"email": "a@kontor.example", "password": "falsch"}),
    ):
        answer = await client.post(path, json=body, headers=ELSEWHERE | credential)
        assert answer.status_code == status, answer.text


async def test_a_session_may_not_and_no_token_opens_the_pages_t21(session, client):
    person = await a_person(session)
    token, cookie = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    for headers in (token | ELSEWHERE, cookie | ELSEWHERE, cookie | token | ELSEWHERE):
        answer = await client.post("/groups/new", data=NEW, headers=headers)
        assert answer.status_code == 403
    answer = await client.post(GROUPS, json=NEW, headers=cookie | ELSEWHERE)
    assert answer.status_code == 403
