"""What changes something must come from our own pages (T21)."""

import pytest
from sqlalchemy import text

from tests.edge.sweep import READING, UNSAFE
from tests.makers import a_person, bearer, signed_in

FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
    {"origin": "https://evil.example"},
    {"origin": "http://testserver.evil.example"},
    {"origin": "null"},
    {"cookie": "sid=x"},
]
CONTENT = {"content-type": "text/plain"}
REFERENCE = {"places", "place_codes", "postcodes", "sectors"}  # many rows, and no route writes them


def test_the_sweep_sees_both_fronts():
    paths = {asked.path for asked in UNSAFE}
    assert {"/sign-in", "/sign-out", "/api/v1/accounts/sessions"} <= paths
    assert len(UNSAFE) > 40


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_no_unsafe_route_listens_to_a_foreign_page_t21(client, headers):
    for asked in UNSAFE:
        answer = await client.request(asked.method, asked.path, headers=headers)
        assert answer.status_code == 403, (asked, answer.text)
        if asked.at_api:
            assert answer.json()["code"] == "cross_origin"
        else:
            assert "eigenen Seiten" in answer.text


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}, {}], ids=str
)
async def test_our_own_pages_and_plain_clients_are_listened_to(client, headers):
    answer = await client.post("/sign-out", headers=headers)
    assert answer.status_code == 303


async def test_json_is_taken_only_as_json_t21(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    for asked in UNSAFE:
        if asked.at_api and asked.route.body_field:
            answer = await client.request(
                asked.method, asked.path, content="{}", headers=headers | CONTENT
            )
            assert answer.status_code in {415, 422}, (asked, answer.text)


async def test_no_header_turns_one_method_into_another_t21(session, client):
    headers = await bearer(session, await a_person(session))
    await session.commit()
    for name in ("x-http-method-override", "x-method-override", "x-http-method"):
        answer = await client.post(
            "/api/v1/accounts/sessions?_method=DELETE", headers=headers | {name: "DELETE"}, json={}
        )
        assert answer.status_code == 422
    assert (await client.get("/api/v1/accounts/sessions", headers=headers)).status_code == 200


async def test_reading_changes_nothing_t21(session, client):
    person = await a_person(session)
    program, browser = await bearer(session, person), await signed_in(session, person)
    await session.commit()
    tables = set(
        await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    )

    async def dumped() -> dict[str, str]:
        rows = "coalesce(string_agg(t::text, '|' ORDER BY t::text), '')"
        return {
            table: await session.scalar(text(f"SELECT md5({rows}) FROM {table} AS t"))
            for table in tables - REFERENCE
        }

    before = await dumped()
    for asked in READING:
        answer = await client.get(asked.path, headers=program if asked.at_api else browser)
        assert answer.status_code < 500, (asked, answer.text)
    assert await dumped() == before
