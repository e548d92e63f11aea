"""Input that two readers could understand differently, or that nobody can store, is refused."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi.params import Form
from pydantic import BaseModel

from app.core.paging import MAX_LIMIT
from tests.conftest import application
from tests.edge.sweep import NOBODY, READING, UNSAFE, Asked
from tests.makers import a_person, bearer

CANARY = "Kanarienvogel"
OURS = {"sec-fetch-site": "same-origin"}
JSON = {"content-type": "application/json"}
TAKING_JSON = [
    asked
    for asked in UNSAFE
    if asked.at_api
    and asked.route.body_field
    and not isinstance(asked.route.body_field.field_info, Form)
    and isinstance(asked.route.body_field.field_info.annotation, type)
    and issubclass(asked.route.body_field.field_info.annotation, BaseModel)
]


@pytest.fixture
async def headers(session) -> dict[str, str]:
    found = await bearer(session, await a_person(session))
    await session.commit()
    return found


@cache
def document() -> dict[str, Any]:
    return application().openapi()


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def properties(asked: Asked) -> dict[str, dict[str, Any]]:
    """The fields of a body, with the schemas they take besides null."""
    model = asked.route.body_field.field_info.annotation
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        name: next(
            (resolved(one) for one in found.get("anyOf", [found]) if one.get("type") != "null"),
            found,
        )
        for name, found in schema.get("properties", {}).items()
    }


def test_the_sweep_sees_the_bodies():
    assert len(TAKING_JSON) > 25
    assert any("password" in properties(asked) for asked in TAKING_JSON)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]x",
        b'{"a": 1} {}',
        b"\xef\xbb\xbf{}",
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "\xff"}',
        b'{"name": "x", "name": "y"}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": -1E400}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_json_has_one_meaning_or_none_t47_t52_t56(client, headers, body):
    for asked in TAKING_JSON:
        answer = await client.request(
            asked.method, asked.path, content=body, headers=headers | JSON
        )
        expected = {400} if body else {400, 404, 409, 422}
        assert answer.status_code in expected, (asked, answer.text[:300])


VALUES = [
    f"{CANARY}\u0000",
    f"{CANARY}\ud800",
    f"{CANARY}" * 10_000,
    {"a": CANARY},
    [CANARY],
    [[CANARY]],
    [CANARY] * 1_000,
    10**30,
    -(2**63),
    2**63,
    1.5,
    True,
    "٣",
    "1e3",
    "",
]


async def test_no_value_breaks_a_field_or_comes_back_t48_t49_t50(client, headers):
    for asked in TAKING_JSON:
        for body in _bodies(asked):
            content = json.dumps(body)
            answer = await client.request(
                asked.method, asked.path, content=content, headers=headers | JSON
            )
            assert answer.status_code < 500, (asked, content[:80], answer.text[:500])
            assert CANARY not in answer.text, (asked, content[:80])


def _bodies(asked: Asked) -> Iterator[dict[str, Any]]:
    """Each value in each field: one by one where that changes something, else in all at once."""
    names = list(properties(asked))
    changes = asked.method == "PATCH" and NOBODY not in asked.path
    together = [[name] for name in names] if changes else [names]
    for value in VALUES:
        for fields in together:
            yield dict.fromkeys(fields, value)


async def test_what_cannot_be_stored_is_named_by_its_field_t49_t53(client, headers):
    for asked in TAKING_JSON:
        for name, schema in properties(asked).items():
            if schema.get("type") != "string" or "enum" in schema or name.endswith("password"):
                continue
            for value in ("a\u0000b", "a\ud800b", "x" * (schema.get("maxLength", 9_999) + 1)):
                answer = await client.request(
                    asked.method,
                    asked.path,
                    content=json.dumps({name: value}),
                    headers=headers | JSON,
                )
                if answer.status_code == 404 or asked.path.endswith("/claims"):
                    continue  # a claim says first by which way it is made
                assert answer.status_code == 422, (asked, name, answer.text[:300])
                pointers = {error["pointer"] for error in answer.json()["errors"]}
                assert f"/{name}" in pointers, (asked, name, pointers)


def _strings(schema: Any, path: str) -> Iterator[str]:
    """Where a schema takes strings, lists or numbers without a bound."""
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    exact = {"enum", "const", "format", "pattern"} & schema.keys()
    if kind == "string" and "maxLength" not in schema and not exact:
        yield path
    if kind == "array" and "maxItems" not in schema:
        yield f"{path}[]"
    for part in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(part, []):
            yield from _strings(one, path)
    for name, one in schema.get("properties", {}).items():
        yield from _strings(one, f"{path}.{name}")
    yield from _strings(schema.get("items"), f"{path}[]")


def test_every_text_and_list_that_is_taken_has_an_end_t53():
    endless = set()
    for asked in TAKING_JSON:
        model = asked.route.body_field.field_info.annotation
        schema = model.model_json_schema()
        for name, one in {model.__name__: schema, **schema.get("$defs", {})}.items():
            endless |= set(_strings(one, name))
    assert endless == set()


def test_no_body_takes_fields_that_it_does_not_know_t31():
    lenient = {
        asked.route.body_field.field_info.annotation.__name__
        for asked in TAKING_JSON
        if asked.route.body_field.field_info.annotation.model_config.get("extra") != "forbid"
    }
    assert lenient == set()


async def test_unknown_and_repeated_parameters_are_refused_at_the_api_d7_t52(client, headers):
    for asked in READING:
        if not asked.at_api:
            continue
        answer = await client.get(f"{asked.path}?unknown=1", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter"), asked
        for query in ("limit=1&limit=2", "cursor=a&cursor=b"):
            answer = await client.get(f"{asked.path}?{query}", headers=headers)
            assert answer.status_code in {400, 422}, (asked, query)


async def test_pages_ignore_what_others_add_to_their_address(client):
    assert (await client.get("/sign-in?utm_source=letter&fbclid=1")).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", f"limit={MAX_LIMIT + 1}", "limit=-1", "limit=1e3", "limit=9" + "9" * 30,
        "limit=%D9%A3", "limit=NaN", "limit=", "limit=1.5", "limit=%00", "cursor=%00",
    ],
)  # fmt: skip
async def test_a_bad_number_is_refused_t50(client, headers, query):
    answer = await client.get(f"/api/v1/accounts/sessions?{query}", headers=headers)
    assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize(
    "key",
    ["9" * 30, "-1", "1e3", "%D9%A3", "%00", "%ED%A0%80", "'; DROP TABLE accounts; --", "%"],
)
async def test_an_impossible_id_is_not_found_or_refused_t50(client, headers, key):
    for asked in READING:
        if NOBODY in asked.path:
            path = asked.path.replace(NOBODY, key)
            answer = await client.get(path, headers=headers if asked.at_api else {})
            assert answer.status_code in {303, 400, 404, 405, 422}, (asked, answer.text[:300])


async def test_a_forged_cursor_is_refused_t56(session, client, headers):
    person = await a_person(session)
    mine = await bearer(session, person)
    for _ in range(3):
        await bearer(session, person)
    await session.commit()
    url = "/api/v1/accounts/sessions"
    first = (await client.get(f"{url}?limit=1", headers=mine)).json()
    cursor = first["next"]
    second = await client.get(url, params={"limit": 1, "cursor": cursor}, headers=mine)
    assert second.json()["items"][0] != first["items"][0]
    forged = [cursor[:-1], cursor[1:], cursor + "A", cursor.swapcase(), "", "x", "." * 500]
    for one in forged:
        answer = await client.get(url, params={"cursor": one}, headers=mine)
        assert answer.status_code in {400, 422}, one
    other_list = "/api/v1/accounts/tokens"
    answer = await client.get(other_list, params={"cursor": cursor}, headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_forms_are_read_as_strictly(client):
    kind = {"content-type": "application/x-www-form-urlencoded"} | OURS
    for body in (
        b"email=a%00%40b.example&password=x",
        b"email=%ED%A0%80&password=x",
        b"email=%FF&password=x",
        b"email=a%40b.example&password=x&is_operator=true",
        b"&".join(b"f%d=1" % n for n in range(1_500)),
        b"email=" + b"x" * 70_000,
    ):
        answer = await client.post("/sign-in", content=body, headers=kind)
        assert answer.status_code in {400, 413, 422}, body[:40]


@pytest.mark.parametrize(
    "password",
    ["x" * 1_000_000, "x" * 4_097, "x" * 257, "a\u0000b", "a\ud800b", "", ["x"], {"x": 1}, 1, None],
    ids=lambda value: repr(value)[:20],
)
async def test_no_password_breaks_the_sign_in_t12(client, password):
    body = json.dumps({"email": "nobody@kontor.example", "password": password})
    answer = await client.post("/api/v1/accounts/sessions", content=body, headers=JSON)
    assert answer.status_code in {401, 422}
