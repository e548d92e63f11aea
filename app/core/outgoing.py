"""The one way out: requests to other servers, to public addresses only, short and small.

No other module of the application opens an HTTP connection; a test of the architecture holds
that. httpcore is used without the client around it, because it does only what is asked here: it
reads no proxy from the environment, follows no redirect, keeps no cookie, unpacks nothing.
"""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import SOCK_STREAM
from typing import Any, Final

import httpcore
from typing_extensions import override

from app.core.outgoing_targets import Blocked, Target, Why, is_allowed, read_target
from app.core.settings import settings

MAX_HEAD: Final = 64 * 1024  # bytes of an answer's headers
MAX_BYTES: Final = 1024 * 1024  # of its content, as it comes over the wire
LIMIT_SECONDS: Final = 10.0  # for everything: name, connection, TLS, question and answer
_TRY_SECONDS: Final = 3.0  # for one of several addresses

Resolve = Callable[[str, int], Awaitable[list[str]]]
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Failed(Exception):  # noqa: N818 - an outcome that callers expect
    """A request brought nothing; each subclass is one kind of reason."""


class TimedOut(Failed):
    """It took too long as a whole."""


class TooMuch(Failed):
    """The answer is larger than is taken."""


class Refused(Failed):
    """There is no such server, it takes no connection, or what it says is not usable."""


class Declined(Failed):
    """The server answered, but not with success; a redirect is no success."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer; the names of ``headers`` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def look_up(host: str, port: int) -> list[str]:
    """Return the network addresses of a name, in the order in which to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Way:
    """How a request goes out: who looks names up, whom we trust, and what we put up with."""

    resolve: Resolve = look_up
    trust: ssl.SSLContext | None = None  # None: the certificate authorities that browsers trust
    limit_seconds: float = LIMIT_SECONDS
    max_bytes: int = MAX_BYTES


USUAL: Final = Way()


async def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    way: Way = USUAL,
) -> Answer:
    """Send one request and return its successful answer.

    The name is looked up once, every address that it has must be allowed, and only those are
    connected to, so that a name cannot change its meaning between the check and the connection.
    ``Blocked`` says that the request may not be made, ``Failed`` that it brought nothing.
    """
    target = read_target(url)
    lines = _lines(target, headers or {}, content)
    try:
        async with asyncio.timeout(way.limit_seconds):
            addresses = await _checked(target, way.resolve)
            return await _exchange(method, target, addresses, lines, content, way)
    except (TimeoutError, httpcore.TimeoutException) as slow:
        raise TimedOut from slow
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as broken:
        raise Refused(str(broken)) from broken


def _lines(target: Target, headers: Mapping[str, str], content: bytes) -> list[tuple[str, str]]:
    base = settings().base_url
    lines = {
        "host": target.authority,
        "user-agent": f"Kontor (+{base})",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        **{name.lower(): value for name, value in headers.items()},
    }
    if content:
        lines["content-length"] = str(len(content))
    for name, value in lines.items():
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Blocked(Why.UNREADABLE)
    return list(lines.items())


async def _checked(target: Target, resolve: Resolve) -> list[str]:
    if target.address:
        return [target.host]  # it was checked when it was read
    try:
        found = await resolve(target.host, target.port)
    except (OSError, UnicodeError) as unknown:
        raise Refused(str(unknown)) from unknown
    if not all(is_allowed(_address(one)) for one in found):
        raise Blocked(Why.ADDRESS)
    if not found:
        msg = "no address"
        raise Refused(msg)
    return list(dict.fromkeys(found))


def _address(written: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(written)
    except ValueError:
        raise Blocked(Why.ADDRESS) from None


class _Budget:
    """How many bytes may still come; those of headers first, those of the content after them."""

    def __init__(self) -> None:
        self._left = MAX_HEAD

    def raise_by(self, more: int) -> None:
        """Allow more."""
        self._left += more

    def spend(self, came: int) -> None:
        """Count what came."""
        self._left -= came
        if self._left < 0:
            raise TooMuch


class _Counted(httpcore.AsyncNetworkStream):
    """A connection that counts what comes over it."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    @override
    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    @override
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        came = await self._stream.read(max_bytes, timeout)
        self._budget.spend(len(came))
        return came

    @override
    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        inside = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Counted(inside, self._budget)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever name is asked for."""

    def __init__(self, addresses: list[str], budget: _Budget) -> None:
        self._addresses = addresses
        self._budget = budget
        self._network = httpcore.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = self._addresses
        for address in others:
            try:
                found = await self._network.connect_tcp(address, port, timeout=_TRY_SECONDS)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return _Counted(found, self._budget)
        return _Counted(await self._network.connect_tcp(last, port), self._budget)


@cache
def _browsers_trust() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


async def _exchange(
    method: str,
    target: Target,
    addresses: list[str],
    lines: list[tuple[str, str]],
    content: bytes,
    way: Way,
) -> Answer:
    budget = _Budget()
    async with (
        httpcore.AsyncConnectionPool(
            ssl_context=way.trust or _browsers_trust(),
            max_connections=1,
            network_backend=_Pinned(addresses, budget),
        ) as connections,
        connections.stream(
            method,
            httpcore.URL(
                scheme=target.scheme, host=target.host, port=target.port, target=target.path
            ),
            headers=lines,
            content=content,
        ) as response,
    ):
        budget.raise_by(way.max_bytes)
        return await _read(response)


async def _read(response: httpcore.Response) -> Answer:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    if not 200 <= response.status < 300:  # noqa: PLR2004 - every kind of success
        raise Declined(response.status, headers)
    if headers.get("content-encoding", "identity").lower() != "identity":
        msg = "packed, though we asked for it as it is"
        raise Refused(msg)
    return Answer(response.status, headers, await response.aread())
