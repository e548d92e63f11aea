"""Requests must be for the host that we are: no address of ours is made from what they say."""

import re
from collections.abc import Awaitable, Callable, Iterable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")


class KnownHosts:
    """Refuses requests for other hosts, and those that name none or several."""

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        refuse: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or self._is_ours(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        response = await self._refuse(Request(scope, receive))
        await response(scope, receive, send)

    def _is_ours(self, named: list[str]) -> bool:
        form = _HOST.fullmatch(named[0].lower()) if len(named) == 1 else None
        return form is not None and form[1] in self._hosts
