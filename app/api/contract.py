"""What every operation of the JSON contract has in common."""

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse
from typing_extensions import override

from app.core.actor import Actor
from app.core.errors import (
    Forbidden,
    Invalid,
    Refusal,
    SignInRequired,
    Stale,
    TooMany,
    Unavailable,
)
from app.core.i18n import N_, translate
from app.core.paging import MAX_LIMIT, Page, Paging
from app.core.settings import settings
from app.edge.deps import CurrentActor
from app.edge.identity import BadCredentials
from app.edge.refusals import BadRequest, TooLarge, TooSlow, UnsupportedMediaType, status_of
from app.edge.routes import KontorRoute, KontorRouter

T = TypeVar("T")
PROBLEM = "application/problem+json"
PREFIX = "/api/v1"
JSON_BYTES = 1_048_576  # what a request may bring
MAX_CONDITION = 1_000  # characters of If-None-Match, which may name several tags


class InsufficientScope(Forbidden):
    code = "insufficient_scope"
    text = N_("Ihr Zugriffsschlüssel darf das nicht: Es fehlt der Bereich „%(scope)s“.")


class Out(BaseModel):
    """Base of all out models: read from rows, and closed."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class ProblemError(Out):
    """What is wrong with one field."""

    pointer: str = Field(description="JSON pointer to the field (RFC 6901).")
    code: str
    detail: str
    is_confirmable: bool = Field(
        default=False,
        description="A warning: send its code in `confirmed` to go on all the same.",
    )


class Problem(Out):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable; see the list of problems in the documentation.")
    detail: str = Field(description="For people, in the language of the request.")
    instance: str
    request_id: str
    errors: list[ProblemError] = []


class Listing(Out, Generic[T]):
    """A part of a list; ``next`` continues it."""

    items: list[T]
    next: str | None = Field(description="Cursor of the next part; null at the end.")


class MailedOut(Out):
    """What was asked for comes by mail, if the address is the right one."""

    detail: str = Field(description="For people, in the language of the request.")


def mailed() -> dict[str, str]:
    """Say that a mail is on its way, whether one is or not."""
    text = N_("Bitte sehen Sie in Ihr Postfach: Wir haben Ihnen eine E-Mail geschickt.")
    return {"detail": translate(text)}


class PageParams(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="How many items at most.")
    cursor: str | None = Field(
        None,
        max_length=2_000,
        description="`next` of the part before.",
        json_schema_extra={"pattern": "^[A-Za-z0-9_.-]+$"},  # one that breaks it is a `bad_cursor`
    )

    @property
    def paging(self) -> Paging:
        """Return the part that is asked for."""
        return Paging(self.limit, self.cursor)


def listing(page: Page[Any], request: Request, response: Response) -> dict[str, Any]:
    """Return ``page`` as the contract has it, and add the ``Link`` header."""
    if page.next:
        base = settings().base_url.rstrip("/")
        query = request.url.include_query_params(cursor=page.next).query
        response.headers["Link"] = f'<{base}{quote(request.scope["path"])}?{query}>; rel="next"'
    return {"items": page.items, "next": page.next}


def errors_of(refusal: Refusal) -> list[ProblemError]:
    """Return what is wrong with each field, in the language of the request."""
    return [
        ProblemError(
            pointer=error.pointer,
            code=error.code,
            detail=translate(error.text, **error.params),
            is_confirmable=error.is_confirmable,
        )
        for error in (refusal.errors if isinstance(refusal, Invalid) else ())
    ]


def problem(request: Request, refusal: Refusal) -> JSONResponse:
    """Answer with a refusal."""
    status = status_of(refusal)
    said = translate(refusal.text, **refusal.params)
    body = Problem(
        type=f"{settings().base_url.rstrip('/')}/problems/{refusal.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=refusal.code,
        detail=said,
        instance=request.scope["path"],
        request_id=request.state.request_id,
        errors=errors_of(refusal),
    )
    headers = {}
    if isinstance(refusal, TooMany | Unavailable):
        headers["Retry-After"] = str(refusal.retry_after)
    if status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body.model_dump(), status, headers, media_type=PROBLEM)


class ContractRoute(KontorRoute):
    """Adds the ``ETag`` of reads, and answers 304 to who has that already."""

    @override
    def finish(self, request: Request, response: Response) -> None:
        body = getattr(response, "body", b"")  # a stream has none
        if request.method != "GET" or response.status_code != 200 or not body:  # noqa: PLR2004
            return
        known = request.headers.get("if-none-match", "")
        if len(known) > MAX_CONDITION:
            raise BadRequest
        digest = hashlib.sha256(bytes(body)).hexdigest()[:20]
        tag = f'"{getattr(request.state, "version", "")}.{digest}"'
        response.headers["ETag"] = tag
        if _is_known(tag, known):
            response.status_code = 304
            response.body = b""
            del response.headers["content-length"]
            del response.headers["content-type"]


def _is_known(tag: str, known: str) -> bool:
    """Compare an ``ETag`` with ``If-None-Match``, weakly (RFC 9110, 13.1.2)."""
    tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    return "*" in tags or tag in tags


class ContractRouter(KontorRouter):
    """A router of the JSON contract."""

    def __init__(self, prefix: str = "", **options: Any) -> None:
        super().__init__(
            route_class=ContractRoute,
            prefix=f"{PREFIX}{prefix}",
            max_body_size=JSON_BYTES,
            **options,
        )


def tagged(request: Request, version: int) -> None:
    """Say which version of an editable thing is answered with, for its ``ETag``."""
    request.state.version = version


async def _expected(
    if_match: Annotated[
        str | None,
        Header(
            max_length=200,
            description="The `ETag` of the state that is changed; 412 if it is no longer that.",
        ),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    version = if_match.strip().removeprefix("W/").strip('"').partition(".")[0]
    if not (version.isascii() and version.isdigit() and len(version) < 10):  # noqa: PLR2004
        raise Stale
    return int(version)


# The version that If-Match names, for use-cases that change something; None if it names none.
ExpectedVersion = Annotated[int | None, Depends(_expected)]
Paged = Annotated[PageParams, Query()]


def _scope_guard(scope: str, *, public: bool) -> Any:
    async def guard(actor: CurrentActor) -> None:
        check_scope(actor, scope, public=public)

    return Depends(guard)


def check_scope(actor: Actor, scope: str, *, public: bool) -> None:
    """Refuse an actor who is not signed in (unless ``public``), or whose token lacks ``scope``."""
    if not actor.is_signed_in:
        if public:
            return
        raise SignInRequired
    if not actor.has_scope(scope):
        raise InsufficientScope(scope=scope)


_ALWAYS: tuple[type[Refusal], ...] = (BadRequest, BadCredentials, Invalid, TooMany, Unavailable)


def operation(
    *,
    scope: str | None = None,
    public: bool = False,
    session_only: bool = False,
    refuses: Sequence[type[Refusal]] = (),
    has_body: bool = False,
) -> dict[str, Any]:
    """Return what FastAPI needs to know of an operation besides its path and its types.

    ``scope`` is what a token must have; ``public`` lets readers without an account in;
    ``session_only`` says that its use-case takes no token, whatever its scopes;
    ``refuses`` are the refusals of the use-case, documented with their codes.
    """
    kinds = {*_ALWAYS, *refuses}
    if session_only or (scope and not public):
        kinds |= {SignInRequired}
    if scope:
        kinds |= {InsufficientScope}
    if has_body:
        kinds |= {TooLarge, TooSlow, UnsupportedMediaType}
    by_status: dict[int, list[type[Refusal]]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.code):
        by_status.setdefault(status_of(kind), []).append(kind)
    responses = {
        status: {
            "description": ", ".join(f"`{kind.code}`" for kind in found),
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, found in sorted(by_status.items())
    }
    security = [{"bearer": []}] if session_only else _security(scope, public=public)
    return {
        "responses": responses,
        "dependencies": [_scope_guard(scope, public=public)] if scope else [],
        "openapi_extra": {"security": security},
    }


def _security(scope: str | None, *, public: bool) -> list[dict[str, list[str]]]:
    if scope is None:
        return []
    return [{"bearer": [scope]}, *([{}] if public else [])]
