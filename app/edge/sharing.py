"""Programs in browsers may use the API from any origin, with a token and never with a cookie.

So it is safe to let every origin in (CORS): the API knows no cookies, and answers none with
``Access-Control-Allow-Credentials``.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"
_ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, "
        "X-Request-Id"
    ),
}
_MAY = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
    ),
    "Access-Control-Max-Age": "86400",
}


class SharedApi:
    """Tells browsers that pages of other origins may ask the API, and read its answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; what a browser asks before it, answer here."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_ANYBODY)
            await send(message)

        is_question = "access-control-request-method" in Headers(scope=scope)
        if scope["method"] == "OPTIONS" and is_question:
            await Response(status_code=204, headers=_MAY)(scope, receive, send_shared)
        else:
            await self._app(scope, receive, send_shared)
