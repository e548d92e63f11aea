"""How a request is carried out, on both fronts: read strictly, limited, in one transaction.

An unsafe request runs inside one transaction that is committed before its answer is sent, so
that no success is ever reported for what was not kept. A safe request gets no transaction at all.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from typing_extensions import override

from app.core.db import transaction
from app.core.errors import Refusal
from app.core.i18n import current_locale
from app.core.limits import limiter, rule
from app.edge.csrf import SAFE, CrossOrigin
from app.edge.identity import identify, subject_of
from app.edge.kept_answers import checked_key, once
from app.edge.refusals import as_refusal
from app.edge.strict import StrictRequest, check_query, query_names

Answer = Callable[[Request], Coroutine[Any, Any, Response]]


class KontorRoute(APIRoute):
    """A route of either front.

    FastAPI works out what an endpoint needs and answers, which takes some milliseconds, when the
    route is first used: done for all of them at once it would double the time that a start takes.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._declared = options
        self.path, self.endpoint = path, endpoint  # these, and what follows, are for matching
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}

    def __getattr__(self, name: str) -> Any:
        """Complete the route, for it is asked for more than its declaration tells."""
        if "_declared" not in self.__dict__:
            raise AttributeError(name, name=name, obj=self)
        super().__init__(self.path, self.endpoint, **self.__dict__.pop("_declared"))
        return getattr(self, name)

    @override
    def get_route_handler(self) -> Answer:
        answer = super().get_route_handler()
        known = query_names(self)

        async def guarded(request: Request) -> Response:
            try:
                return await carry_out(request)
            except (Refusal, HTTPException, RequestValidationError):
                raise
            except Exception as error:  # here, so that the answer passes by those who add headers
                raise as_refusal(error) from error

        async def carry_out(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            identity = await identify(request)
            current_locale.set(identity.actor.locale)
            self.check_query(request, known)
            unsafe = request.method not in SAFE
            if unsafe and request.state.cross_origin:
                raise CrossOrigin
            name = "write" if unsafe else "read"
            remaining, reset = await limiter().hit(name, subject_of(identity.actor, request))
            if unsafe:
                response = await self._in_transaction(request, lambda: answer(request))
            else:
                response = await answer(request)
            self.finish(request, response)
            response.headers["RateLimit-Policy"] = (
                f'"{name}";q={rule(name).amount};w={rule(name).get_expiry()}'
            )
            response.headers["RateLimit"] = f'"{name}";r={remaining};t={reset}'
            response.headers["Content-Language"] = identity.actor.locale
            return response

        return guarded

    def check_query(self, request: Request, known: dict[str, bool]) -> None:
        """Refuse a query that two readers could understand differently."""
        check_query(request, known)

    async def _in_transaction(
        self, request: Request, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        try:
            async with transaction(request.state.runtime.sessions) as session:
                request.state.session = session
                key = await self.idempotency_key(request)
                if key is None:
                    return await answer()
                actor = (await identify(request)).actor
                subject = subject_of(actor, request)
                return await once(session, request, subject, checked_key(key), answer)
        finally:
            await request.close()  # the files that a form brought

    async def idempotency_key(self, request: Request) -> str | None:
        """Return what names this request, if its sender gave it a name."""
        return request.headers.get("idempotency-key") if request.method == "POST" else None

    def finish(self, request: Request, response: Response) -> None:
        """Add to an answer what every answer of this front has."""


class KontorRouter(APIRouter):
    """A router whose routes are carried out as above."""

    def __init__(self, *, route_class: type[KontorRoute] = KontorRoute, **options: Any) -> None:
        super().__init__(route_class=route_class, redirect_slashes=False, **options)
