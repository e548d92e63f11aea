"""Rules for the routes of both fronts and for the JSON contract."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app import api, web
from app.core.events import Event
from app.edge.csrf import SAFE
from app.edge.deps import Tx
from app.edge.routes import KontorRoute
from app.features.accounts.tokens import SCOPES
from app.main import routers
from tests.conftest import application

API = [route for router in routers(api) for route in router.routes]
WEB = [route for router in routers(web) for route in router.routes]
DOCUMENT = application().openapi()
OPERATIONS = {
    f"{method.upper()} {path}": one
    for path, methods in DOCUMENT["paths"].items()
    for method, one in methods.items()
}
SCHEMAS = DOCUMENT["components"]["schemas"]
Schema = dict[str, Any]

# Unsafe, but without effect on the database: they only set or read a cookie.
WITHOUT_TRANSACTION = {"POST /language"}
# Short by nature: the whole of something that the source or the reader's own rights make small.
WITHOUT_PAGES = {
    "GET /api/v1/claimable-companies",  # at most ten
    "GET /api/v1/accounts/scopes",
    "GET /api/v1/companies/{company_id}/contacts",  # at most 500
    "GET /api/v1/companies/{company_id}/reply-templates",  # at most 50
    "GET /api/v1/companies/{company_id}/sites",  # at most 200
    "GET /api/v1/companies/{company_id}/staff",  # at most 500
    "GET /api/v1/companies/{company_id}/staff-invitations",  # at most 200
    "GET /api/v1/kinds",
    "GET /api/v1/languages",
    "GET /api/v1/legal-forms",
    "GET /api/v1/me/companies",  # at most 200
    "GET /api/v1/me/company-invitations",  # at most 50
    "GET /api/v1/occupation-fields",  # twenty
    "GET /api/v1/search/suggestions",  # at most eight
    "GET /api/v1/places",  # the few that a text may mean
    "GET /api/v1/replies/{reply_id}/revisions",  # at most 100
    "GET /api/v1/sectors",
    "GET /api/v1/size-bands",
    "GET /api/v1/topics",
}


def name_of(route: APIRoute) -> str:
    return f"{'/'.join(sorted(route.methods))} {route.path}"


def asked_for(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for further in dependant.dependencies:
        yield from asked_for(further)


def takes_transaction(route: APIRoute) -> bool:
    return Tx.__metadata__[0].dependency in set(asked_for(route.dependant))


def test_every_route_is_carried_out_as_the_house_does():
    assert len(API) > 20
    assert all(isinstance(route, KontorRoute) for route in [*API, *WEB])


def test_every_unsafe_route_takes_the_transaction():
    unsafe = [route for route in [*API, *WEB] if set(route.methods) - SAFE]
    without = {name_of(route) for route in unsafe if not takes_transaction(route)}
    assert without <= WITHOUT_TRANSACTION


def test_no_safe_route_takes_a_transaction():
    safe = [route for route in [*API, *WEB] if not set(route.methods) - SAFE]
    assert not [name_of(route) for route in safe if takes_transaction(route)]


def test_the_rule_on_transactions_can_fail():
    sample = FastAPI()

    @sample.post("/with")
    async def with_it(tx: Tx) -> None: ...

    @sample.post("/without")
    async def without_it() -> None: ...

    found = {route.path: takes_transaction(route) for route in sample.routes[-2:]}
    assert found == {"/with": True, "/without": False}


def undocumented(one: dict[str, Any]) -> list[str]:
    """What an operation does not say of itself."""
    missing = [name for name in ("summary", "description", "tags") if not one.get(name)]
    if "security" not in one:
        missing.append("security")
    answers = one["responses"]
    good = [status for status in answers if status.startswith("2")]
    for status in good:
        content = answers[status].get("content", {})
        typed = [kind for kind in content.values() if kind.get("schema")]
        if status != "204" and not typed and not any("json" not in kind for kind in content):
            missing.append(f"schema of {status}")
    if not good:
        missing.append("2xx")
    refused = [status for status in answers if status.startswith(("4", "5"))]
    if not refused or not all("`" in answers[status]["description"] for status in refused):
        missing.append("refusals")
    scopes = [scope for each in one.get("security", []) for scope in each.get("bearer", [])]
    missing += [f"unknown scope {scope}" for scope in scopes if scope not in SCOPES]
    return missing


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_who_may_and_why_not(name):
    assert not undocumented(OPERATIONS[name])


def test_the_rule_on_documentation_can_fail():
    bare = {"responses": {"200": {"description": "", "content": {"application/json": {}}}}}
    assert set(undocumented(bare)) == {
        "summary",
        "description",
        "tags",
        "security",
        "schema of 200",
        "refusals",
    }


def resolved(schema: Schema) -> Schema:
    if "$ref" in schema:
        return SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def answer_of(one: dict[str, Any]) -> Schema:
    content = one["responses"].get("200", {}).get("content", {})
    return resolved(content.get("application/json", {}).get("schema", {}))


def test_every_list_is_read_page_by_page():
    unpaged = set()
    for name, one in OPERATIONS.items():
        properties = answer_of(one).get("properties", {})
        given = {parameter["name"] for parameter in one.get("parameters", [])}
        is_list = "items" in properties or answer_of(one).get("type") == "array"
        if is_list and not ({"limit", "cursor"} <= given and "next" in properties):
            unpaged.add(name)
    assert unpaged <= WITHOUT_PAGES
    assert sum("next" in answer_of(one).get("properties", {}) for one in OPERATIONS.values()) > 3


def test_paths_are_written_small():
    for path in DOCUMENT["paths"]:
        for part in re.sub(r"\{\w+\}", "", path).strip("/").split("/"):
            assert re.fullmatch(r"[a-z0-9_.-]*", part), path


def unbounded(schema: Schema, where: str = "", seen: frozenset[str] = frozenset()) -> list[str]:
    """Strings and lists in a schema that may be as long as they like."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return []
        return unbounded(resolved(schema), where, seen | {schema["$ref"]})
    found = []
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, []):
            found += unbounded(part, where, seen)
    kind = schema.get("type")
    pattern = schema.get("pattern", "*")
    closed = (
        {"enum", "const", "maxLength"} & schema.keys()
        or schema.get("format") in {"uuid", "date", "date-time", "binary"}
        or not re.search(r"[*+]|,\}|^[^^]|[^$]$", pattern)
    )
    if kind == "string" and not closed and "contentMediaType" not in schema:
        found.append(f"{where}: string")
    if kind == "array" and "maxItems" not in schema:
        found.append(f"{where}: array")
    if kind == "array":
        found += unbounded(schema.get("items", {}), f"{where}[]", seen)
    for name, part in schema.get("properties", {}).items():
        found += unbounded(part, f"{where}.{name}", seen)
    return found


def bodies() -> Iterator[tuple[str, Schema]]:
    for name, one in OPERATIONS.items():
        for kind in one.get("requestBody", {}).get("content", {}).values():
            yield name, kind["schema"]


def test_every_string_and_list_that_is_sent_has_a_maximum_t53():
    found = [one for name, schema in bodies() for one in unbounded(schema, name)]
    for name, one in OPERATIONS.items():
        for parameter in one.get("parameters", []):
            found += unbounded(parameter["schema"], f"{name} {parameter['name']}")
    assert not found


def test_the_rule_on_maxima_can_fail():
    class Loose(BaseModel):
        name: str
        tags: list[str]

    found = unbounded(Loose.model_json_schema())
    assert found == [".name: string", ".tags: array", ".tags[]: string"]


def open_schemas(schema: Schema, where: str = "", seen: frozenset[str] = frozenset()) -> list[str]:
    """Objects in a schema that take any further field."""
    if "$ref" in schema:
        if schema["$ref"] in seen:
            return []
        return open_schemas(resolved(schema), where, seen | {schema["$ref"]})
    found = []
    if "properties" in schema and schema.get("additionalProperties") is not False:
        found.append(where or schema.get("title", ""))
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])]
    parts += schema.get("properties", {}).values()
    parts += [schema["items"]] if "items" in schema else []
    for part in parts:
        found += open_schemas(part, where, seen)
    return found


def test_every_body_refuses_fields_that_it_does_not_know_t31():
    assert not [one for name, schema in bodies() for one in open_schemas(schema, name)]


def test_every_draft_of_a_form_refuses_fields_that_it_does_not_know_t31():
    drafts = {one for one in _heirs(BaseModel) if not issubclass(one, Event)}
    named = [
        one for one in drafts if re.search(r"(Draft|Form|[a-z]In|Changes?|Patch)$", one.__name__)
    ]
    assert len(named) > 10
    assert not [one.__name__ for one in named if one.model_config.get("extra") != "forbid"]


def _heirs(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in of.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
        yield from _heirs(kind)


def test_the_rule_on_unknown_fields_can_fail():
    class Open(BaseModel):
        name: str

    assert open_schemas(Open.model_json_schema()) == ["Open"]
