"""The ASGI application, assembled."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypedDict

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from app import api, web
from app.api.contract import problem
from app.api.openapi import describe
from app.core.errors import NotFound, Refusal
from app.core.i18n import current_locale
from app.core.settings import Settings, settings
from app.edge.contents import PacedContent
from app.edge.csrf import CsrfGuard
from app.edge.headers import SecureHeaders
from app.edge.heads import HeadsAnswered
from app.edge.hosts import KnownHosts
from app.edge.identity import spoken_by
from app.edge.last_use import LastUse
from app.edge.notebooks import Appearances, written_down
from app.edge.refusals import BadRequest, Fault, MethodNotAllowed, TooSlow, as_refusal
from app.edge.sharing import SharedApi
from app.edge.streams import told_to_stop
from app.features.appearances.noting import notebook
from app.features.notifications.live import Live
from app.runtime import Runtime, configure_logging, database_of, running
from app.web.environment import STATIC
from app.web.page import refused

_log = structlog.get_logger()


class State(TypedDict):
    """What every request finds in ``request.state``."""

    runtime: Runtime
    last_use: LastUse
    live: Live


def create_app(runtime_of: Callable[[], Any] | None = None) -> FastAPI:
    """Assemble the application; ``runtime_of`` opens its connections (by the settings, if None)."""
    configured = settings()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        configure_logging()
        opened = runtime_of() if runtime_of else running(configured, database_of(configured))
        last_use, shown = LastUse(), Appearances(notebook())
        async with opened as runtime, written_down(runtime.sessions, last_use, shown):
            live = Live(runtime.database.dsn, runtime.reader)
            with told_to_stop(live.end):
                yield {"runtime": runtime, "last_use": last_use, "live": live}

    application = FastAPI(
        title="Kontor",
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # see describe
    )
    # As they are: FastAPI would make each route of a router that is included a second time.
    application.router.routes.extend(every_route())
    application.mount("/static", StaticFiles(directory=STATIC), name="static")
    for kind in (Refusal, Exception, HTTPException, RequestValidationError):
        application.add_exception_handler(kind, _answer_refused)
    describe(application)
    application.add_middleware(PacedContent)
    application.add_middleware(CsrfGuard, origin=configured.base_url)
    application.add_middleware(SharedApi)
    application.add_middleware(KnownHosts, hosts=_hosts(configured), refuse=_answer_misdirected)
    application.add_middleware(SecureHeaders, https=configured.is_https)
    application.add_middleware(HeadsAnswered)
    return application


def routers(package: Any) -> list[APIRouter]:
    """Return the router of each module of a front, by name."""
    modules = (
        import_module(f"{package.__name__}.{module.name}")
        for module in iter_modules(package.__path__)
    )
    return [module.router for module in modules if hasattr(module, "router")]


def _hosts(configured: Settings) -> list[str]:
    own = configured.base_url.split("://", 1)[1].split("/")[0].split(":")[0]
    local = [] if configured.mode == "production" else ["127.0.0.1", "localhost", "[::1]"]
    return [own, *local]


async def _answer_misdirected(request: Request) -> Response:
    return problem(request, BadRequest())


async def _answer_refused(request: Request, error: Exception) -> Response:
    current_locale.set(spoken_by(request))
    if known := getattr(request.state, "identity", None):
        current_locale.set(known.actor.locale)
    refusal = as_refusal(error)
    if isinstance(refusal, Fault):
        _log.exception("fault", path=request.scope["path"], exc_info=error)
    if request.scope["path"].startswith("/api/"):
        response: Response = problem(request, refusal)
    else:
        response = await refused(request, NotFound() if _leads_nowhere(error) else refusal)
    if isinstance(refusal, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(_allowed(request))
    if isinstance(refusal, TooSlow):
        response.headers["Connection"] = "close"  # the rest of its content is still to come
    return response


def _leads_nowhere(error: Exception) -> bool:
    """Whether what an address names cannot be the name of anything."""
    return isinstance(error, RequestValidationError) and any(
        item["loc"][0] == "path" for item in error.errors()
    )


def every_route() -> list[APIRoute]:
    """Return the routes of both fronts."""
    return [
        route
        for package in (api, web)
        for router in routers(package)
        for route in router.routes
        if isinstance(route, APIRoute)
    ]


@cache
def _methods_by_path() -> list[tuple[re.Pattern[str], set[str]]]:
    return [(route.path_regex, route.methods or set()) for route in every_route()]


def _allowed(request: Request) -> list[str]:
    path = request.scope["path"]
    found = set().union(*(methods for form, methods in _methods_by_path() if form.match(path)))
    if "GET" in found or not found:  # static files, and the OpenAPI document
        found |= {"GET", "HEAD"}
    return sorted(found)
