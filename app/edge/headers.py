"""Headers that every answer carries, and the id by which a request is found in the log."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from app.core.ids import new_id

_SHARED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
    ),
}
_PAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
_API = "default-src 'none'; frame-ancestors 'none'"
_STAMPED = "public, max-age=31536000, immutable"  # its address changes when it does
_FILES = "sandbox; default-src 'none'"


def _policy(path: str) -> str:
    if path.startswith("/api/"):
        return _API
    return _FILES if path.startswith("/media/") else _PAGES


class SecureHeaders:
    """Adds the headers, also to errors; answers to signed-in readers are never stored."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        asked = Headers(scope=scope)
        personal = "cookie" in asked or "authorization" in asked

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._add(headers, scope["path"], request_id, personal=personal)
                if scope["path"].startswith("/static/"):
                    is_stamped = message["status"] == 200 and scope["query_string"][:2] == b"v="  # noqa: PLR2004
                    headers["Cache-Control"] = _STAMPED if is_stamped else "no-cache"
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str, request_id: str, *, personal: bool) -> None:
        headers.update(_SHARED)
        headers["X-Request-Id"] = request_id
        headers.setdefault("Content-Security-Policy", _policy(path))
        if path.startswith("/api/"):
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        else:
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if path.startswith(("/api/", "/media/")):
            headers["X-Robots-Tag"] = "noindex"  # found on the pages they belong to, if at all
        if self._https:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
        if path.startswith("/static/"):
            return
        headers.add_vary_header("Cookie")
        headers.add_vary_header("Authorization")
        headers.add_vary_header("Accept-Language")
        if path.startswith("/media/") and "Cache-Control" in headers:
            return  # it knows whether everybody may see this file
        if personal or "set-cookie" in headers:
            headers["Cache-Control"] = "private, no-store"
        else:
            headers.setdefault("Cache-Control", "no-cache")
