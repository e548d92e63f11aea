"""Where requests to other servers may go: which addresses people may give, and which are real.

An address is read strictly, by rules of our own: what two readers understand differently is what
attacks are made of. Whether a network address is public is decided by a list of our own as well;
``ipaddress`` calls some addresses global that lead back into a private network.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final

import idna
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function, str_schema

from app.core.errors import Invalid
from app.core.i18n import N_
from app.core.settings import Network, settings

MAX_URL: Final = 1_000  # characters; push services use up to 500
MAX_HOST: Final = 253  # RFC 1035
PORTS: Final = {"https": 443, "http": 80}

_URL = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s/?#:@\[\]\\%]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>[/?][A-Za-z0-9._~%!$&'()*+,;=:@/?\[\]-]*)?"
)
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE = re.compile(r"(?:.*\.)?(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa)")
_NOT_ALLOWED = "url_not_allowed"
_TEXT = N_(
    "Bitte geben Sie eine öffentliche Adresse an, die mit https:// beginnt und keine Zugangsdaten, "
    "keinen anderen Port und kein # enthält."
)

# Special-purpose registries of IANA (RFC 6890), and what of them ``ipaddress`` does not know:
# NAT64, 6to4 and Teredo carry an IPv4 address inside, site-local and 3fff::/20 are not routed.
_DENIED: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48",
        "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_ROUTED: Final = IPv6Network("2000::/3")  # all that IANA has given out of IPv6


class Why(StrEnum):
    """What is wrong with a target, for the log; whoever gave it reads one text for all."""

    UNREADABLE = "unreadable"
    SCHEME = "scheme"
    PORT = "port"
    HOST = "host"
    ADDRESS = "address"


class Blocked(Exception):  # noqa: N818 - an outcome that callers expect
    """A request may not go there."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, taken apart; ``path`` holds the query too."""

    scheme: str
    host: str  # in ASCII and small letters; an IPv6 address without brackets
    port: int
    path: str

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The network address, where the URL holds one instead of a name."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """Host and, unless it is the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, in one spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_target(url: str) -> Target:
    """Take an address apart; raise ``Blocked`` where no request may go.

    Names are not looked up here: what they stand for is checked when they are connected to.
    """
    rules = settings().outgoing
    parts = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if parts is None:
        raise Blocked(Why.UNREADABLE)
    scheme = parts["scheme"].lower()
    if scheme != "https" and not (scheme == "http" and rules.plain_http):
        raise Blocked(Why.SCHEME)
    port = int(parts["port"] or PORTS[scheme])
    if port not in rules.ports:
        raise Blocked(Why.PORT)
    host = _read_host(parts["host"])
    literal = _literal(host)
    if literal and not is_allowed(literal):
        raise Blocked(Why.ADDRESS)
    path = parts["path"] or "/"
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}")


def _read_host(written: str) -> str:
    if written.startswith("["):
        host = written[1:-1].lower()
        if not isinstance(_literal(host), IPv6Address):
            raise Blocked(Why.HOST)
        return host
    host = _in_ascii(written)
    if _NUMBER.fullmatch(host.rpartition(".")[2]):  # as browsers see it, an IPv4 address
        if not isinstance(_literal(host), IPv4Address):
            raise Blocked(Why.HOST)
        return host
    if len(host) > MAX_HOST or not _NAME.fullmatch(host) or _INSIDE.fullmatch(host):
        raise Blocked(Why.HOST)
    return host


def _in_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        raise Blocked(Why.HOST) from None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Whether a request may go to a network address: public ones, and those the settings name."""
    rules = settings().outgoing
    if _is_in(address, rules.denied_networks):
        return False
    return _is_in(address, rules.allowed_networks) or _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if _is_in(address, _DENIED) or not address.is_global or address.is_multicast:
        return False
    return address.version == 4 or address in _ROUTED  # noqa: PLR2004


def _is_in(address: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def check_target(url: str, field: str = "url") -> str:
    """Return an address that somebody gives, in one spelling, or refuse it naming the field."""
    try:
        return read_target(url).url
    except Blocked:
        raise Invalid.one(field, _NOT_ALLOWED, _TEXT) from None


def _checked(url: str) -> str:
    try:
        return read_target(url.strip(" ")).url
    except Blocked:
        raise PydanticCustomError(_NOT_ALLOWED, _TEXT) from None


class _TargetUrl:
    """An address to which requests may go, as pydantic metadata."""

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read a string, then the address in it."""
        return no_info_after_validator_function(_checked, str_schema())

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Declare the form."""
        return handler(schema) | {"format": "uri", "maxLength": MAX_URL, "pattern": "^https?://"}


TargetUrl = Annotated[str, _TargetUrl()]
