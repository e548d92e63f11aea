"""Pages for developers: how to begin with the API, every operation, every refusal."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.core.errors import NotFound
from app.core.settings import settings
from app.edge.problems import problems
from app.web.page import CurrentPage, PageRouter

router = PageRouter()

_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract, as a line of the list."""

    method: str
    path: str
    summary: str
    description: str
    scope: str | None
    is_public: bool
    refusals: list[str]


def operations(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """Return the operations of an OpenAPI document by their first tag, in the document's order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                one = methods[method]
                tag = (one.get("tags") or [""])[0]
                found.setdefault(tag, []).append(_operation(method, path, one))
    return dict(sorted(found.items()))


def _operation(method: str, path: str, one: dict[str, Any]) -> Operation:
    security = one.get("security", [])
    scopes = [scope for each in security for scope in each.get("bearer", [])]
    refusals = [
        code
        for status, answer in one["responses"].items()
        if status.startswith(("4", "5"))
        for code in re.findall(r"`(\w+)`", answer["description"])
    ]
    return Operation(
        method=method.upper(),
        path=path,
        summary=one.get("summary", ""),
        description=one.get("description", ""),
        scope=scopes[0] if scopes else None,
        is_public=not security or {} in security,
        refusals=sorted(set(refusals)),
    )


@router.get("/api")
async def api(page: CurrentPage, request: Request) -> Response:
    """Say how to begin, and list every operation."""
    document: dict[str, Any] = await run_in_threadpool(request.app.openapi)
    listed = operations(document)
    refusals = [set(one.refusals) for group in listed.values() for one in group]
    return await page.render(
        "developers/api.html",
        base=f"{settings().base_url.rstrip('/')}/api/v1",
        operations=listed,
        common=sorted(set.intersection(*refusals)),
        document=request.app.openapi_url,
    )


@router.get("/problems")
async def all_problems(page: CurrentPage) -> Response:
    """List every refusal with its status; the `type` of an answer leads here."""
    return await page.render("developers/problems.html", problems=problems())


@router.get("/problems/{code}")
async def one_problem(code: str, page: CurrentPage) -> Response:
    """Explain one refusal."""
    known = next((one for one in problems() if one.code == code), None)
    if known is None:
        raise NotFound
    return await page.render(
        "developers/problem.html",
        problem=known,
        phrase=HTTPStatus(known.status).phrase,
    )
