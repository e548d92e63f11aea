"""The OpenAPI document: what FastAPI cannot know by itself is added here."""

import json
from functools import cache
from threading import Lock
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.api.contract import MAX_CONDITION, PREFIX, PROBLEM, Problem, ProblemError
from app.core.errors import Refusal
from app.core.settings import settings
from app.edge.kept_answers import BadKey, InProgress, KeyReused
from app.edge.refusals import status_of
from app.edge.strict import UnknownParameter

_ADDRESS: Final = f"{PREFIX}/openapi.json"
PROBLEM_CONTENT = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}

_ABOUT = """\
Everything that a person can do at the pages of Kontor. See `docs/first-steps.md` for how to begin.
"""


def describe(application: FastAPI) -> None:
    """Have ``application`` serve the completed document.

    Making it takes seconds, once: in a thread, so that other requests are answered meanwhile.
    """
    making = Lock()

    def document() -> dict[str, Any]:
        with making:
            if application.openapi_schema is None:
                application.openapi_schema = _completed(application)
        return application.openapi_schema

    @cache
    def written() -> bytes:
        return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()

    async def serve(_: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type="application/json")

    application.openapi = document  # type: ignore[method-assign]
    application.openapi_url = _ADDRESS
    application.add_route(_ADDRESS, serve, include_in_schema=False)


def _completed(application: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=f"{settings().site.name} API",
        version=application.version,
        description=_ABOUT,
        routes=application.routes,
        servers=[{"url": settings().base_url.rstrip("/")}],
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, ProblemError):
        schemas[model.__name__] = model.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        schemas[model.__name__].pop("$defs", None)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    found["components"]["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal access token, or the secret of a session.",
        }
    }
    for path in found["paths"].values():
        for method, one in path.items():
            _complete(method, one)
    return found


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Names this request; sent again within 24 hours it gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "An `ETag`; answered with 304 while it is current.",
    "schema": {"type": "string", "maxLength": MAX_CONDITION},
}


def _document(one: dict[str, Any], kind: type[Refusal]) -> None:
    """Add a refusal that every operation, or every POST, may answer with."""
    answer = one["responses"].setdefault(str(status_of(kind)), {"content": PROBLEM_CONTENT})
    known = answer.get("description", "").split(", ") if answer.get("description") else []
    answer["description"] = ", ".join(sorted({*known, f"`{kind.code}`"}))


def _without_null(schema: dict[str, Any]) -> None:
    """Say what a parameter is where it is given: only a body can hold null."""
    if {"type": "null"} in schema.get("anyOf", ()):
        kinds = [kind for kind in schema.pop("anyOf") if kind != {"type": "null"}]
        schema.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def _complete(method: str, one: dict[str, Any]) -> None:
    parameters = one.setdefault("parameters", [])
    for parameter in parameters:
        _without_null(parameter["schema"])
    _document(one, UnknownParameter)
    if method == "post":
        parameters.append(_KEY)
        for kind in (BadKey, KeyReused, InProgress):
            _document(one, kind)
    if method == "get":
        parameters.append(_IF_NONE_MATCH)
        one["responses"]["304"] = {"description": "Not modified."}
    if not parameters:
        del one["parameters"]
