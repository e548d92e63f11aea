"""Requests read strictly: what two readers could understand differently is refused."""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from typing_extensions import override

from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.edge.refusals import BadRequest


class UnknownParameter(Invalid):
    code = "unknown_parameter"
    text = N_("Diesen Parameter gibt es hier nicht.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest
    return found


def _no_constant(_: str) -> None:
    raise BadRequest


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise BadRequest
    return number


class StrictRequest(Request):
    """A request whose JSON has no repeated key, no NaN, no infinity and no bottomless nesting."""

    @override
    async def json(self) -> Any:
        body = await self.body()
        try:
            return json.loads(
                body.decode("utf-8"),
                object_pairs_hook=_object,
                parse_constant=_no_constant,
                parse_float=_finite,
            )
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise RequestValidationError(
                [{"type": "json_invalid", "loc": ("body",), "msg": "", "input": None}]
            ) from error


def _query_params(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for further in dependant.dependencies:
        yield from _query_params(further)


def query_names(route: APIRoute) -> dict[str, bool]:
    """Return the query parameters of a route; the value says whether one may be repeated."""
    names: dict[str, bool] = {}
    for field in _query_params(route.dependant):
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, info in model.model_fields.items():
                names[info.alias or name] = "list" in str(info.annotation).lower()
        else:
            names[field.alias] = "list" in str(field.field_info.annotation).lower()
    return names


def check_query(request: Request, known: dict[str, bool], *, tolerant: bool = False) -> None:
    """Refuse query parameters that are unknown here, or given twice where one is meant.

    Those that are unknown may stand there with ``tolerant``.
    """
    if "%00" in request.url.query or "%00" in request.scope.get("raw_path", b"").decode(
        "ascii", "replace"
    ):
        raise BadRequest
    for name in request.query_params:
        if name not in known:
            if tolerant:
                continue
            raise UnknownParameter(
                FieldError(("query",), UnknownParameter.code, UnknownParameter.text)
            )
        if not known[name] and len(request.query_params.getlist(name)) > 1:
            raise BadRequest
