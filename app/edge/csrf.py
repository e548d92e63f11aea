"""Requests that change something must come from our own pages.

The decision needs no token: browsers say where a request comes from (``Sec-Fetch-Site``, else
``Origin``). A client that says neither and brings no cookie is no browser that could be misled.
Neither is one that brings a token to the API: no browser adds it by itself, and the API knows no
cookies.
"""

from http.cookies import SimpleCookie

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import Forbidden
from app.core.i18n import N_
from app.core.settings import settings
from app.edge.sharing import API

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"same-origin", "none"})


class CrossOrigin(Forbidden):
    code = "cross_origin"
    text = N_("Diese Anfrage kam nicht von unseren eigenen Seiten.")


def require_own_page(headers: Headers) -> None:
    """Refuse to open to a foreign page what stays open, though it changes nothing."""
    site = headers.get("sec-fetch-site", "none").lower()
    own = settings().base_url.rstrip("/").lower()
    origin = headers.get("origin", own).lower()
    if site not in _OURS or origin != own:
        raise CrossOrigin


class CsrfGuard:
    """Refuses unsafe requests from foreign origins, before anything else looks at them."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin.rstrip("/").lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or mark it as refused."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            scope.setdefault("state", {})["cross_origin"] = not (
                _has_token(scope) or self._is_ours(Headers(scope=scope))
            )
        await self._app(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site.lower() in _OURS
        origin = headers.get("origin")
        if origin is not None:
            return origin.lower() == self._origin
        return not SimpleCookie(headers.get("cookie", ""))


def _has_token(scope: Scope) -> bool:
    given = Headers(scope=scope).get("authorization", "").lower()
    is_at_api: bool = scope["path"].startswith(API)
    return is_at_api and given.startswith("bearer ")
