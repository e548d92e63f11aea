"""Who sends a request: a session cookie at the pages, a bearer token at the API, or nobody."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from uuid import UUID

from babel import negotiate_locale
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from sqlalchemy import DateTime, LargeBinary, literal, null, select, union_all
from starlette.requests import Request

from app.core import clock
from app.core.actor import ANONYMOUS, Actor
from app.core.errors import Refusal
from app.core.i18n import LOCALES, N_, Locale, as_locale
from app.core.ids import fingerprint
from app.core.reads import Prepared, Reader, bound
from app.core.settings import settings
from app.edge.cookies import LANGUAGE_COOKIE, session_cookie
from app.edge.last_use import LastUse
from app.features.accounts.sessions import IDLE
from app.models.accounts import AccessToken, Account, SignedInSession
from app.models.people import Person

MAX_SECRET = 200  # characters; ours are shorter


class TwoCredentials(Refusal):
    code = "two_credentials"
    text = N_("Bitte senden Sie entweder einen Zugriffsschlüssel oder ein Cookie, nicht beides.")


class BadCredentials(Refusal):
    code = "bad_credentials"
    text = N_("Die Anmeldung oder der Zugriffsschlüssel gilt nicht (mehr).")


@dataclass(frozen=True, slots=True)
class Identity:
    """The actor, and what pages show of the person behind it."""

    actor: Actor = ANONYMOUS
    name: str = ""
    slug: str = ""


@cache
def _by_secret() -> Prepared:
    secret = bound("secret", LargeBinary())
    now = bound("now", DateTime(timezone=True))
    idle_since = bound("idle_since", DateTime(timezone=True))
    shared = (
        Account.id.label("account_id"),
        Account.locale,
        Account.is_operator,
        Person.id.label("person_id"),
        Person.name,
        Person.slug,
    )
    sessions = (
        select(
            SignedInSession.id, literal("session").label("means"), null().label("scopes"), *shared
        )
        .join(Account, Account.id == SignedInSession.account_id)
        .join(Person, Person.account_id == Account.id)
        .where(
            SignedInSession.token_hash == secret,
            SignedInSession.expires_at > now,
            SignedInSession.last_used_at > idle_since,
            Account.closed_at.is_(None),
        )
    )
    tokens = (
        select(AccessToken.id, literal("token").label("means"), AccessToken.scopes, *shared)
        .join(Account, Account.id == AccessToken.account_id)
        .join(Person, Person.account_id == Account.id)
        .where(
            AccessToken.token_hash == secret,
            AccessToken.expires_at > now,
            AccessToken.revoked_at.is_(None),
            Account.closed_at.is_(None),
        )
    )
    return Prepared(union_all(sessions, tokens))


async def identify(request: Request) -> Identity:
    """Return who sends ``request``, asked of the database once a request.

    Raises TwoCredentials and BadCredentials at the API; at the pages a dead cookie is nobody.
    """
    known: Identity | None = getattr(request.state, "identity", None)
    if known is None:
        known = await _identify(request)
        request.state.identity = known
    return known


async def is_still(request: Request, person_id: UUID) -> bool:
    """Ask anew, in an answer that lasts, whether ``person_id`` sends the request.

    While the database is away it is not known, so nobody does.
    """
    try:
        return (await _identify(request)).actor.person_id == person_id
    except (BadCredentials, OperationalError, PoolTimeout):
        return False


async def _identify(request: Request) -> Identity:
    at_api = request.scope["path"].startswith("/api/")
    header = request.headers.get("authorization")
    cookie = request.cookies.get(session_cookie())
    if at_api and header is not None and cookie is not None:
        raise TwoCredentials
    locale = spoken_by(request)
    if at_api:
        if header is None:
            return Identity(ANONYMOUS.in_language(locale))
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer":
            raise BadCredentials
    else:
        secret = cookie or ""
    found = await _find(request.state.runtime.reader, secret) if secret else None
    if found is None:
        if at_api:
            raise BadCredentials
        return Identity(ANONYMOUS.in_language(locale))
    _touch(request.state.last_use, found, clock.now())
    return _identity(found, locale if at_api else as_locale(found.locale))


async def _find(reader: Reader, secret: str) -> Any | None:
    if len(secret) > MAX_SECRET or not secret.isascii():
        return None
    now = clock.now()
    return await reader.first(
        _by_secret(), {"secret": fingerprint(secret), "now": now, "idle_since": now - IDLE}
    )


def _touch(last_use: LastUse, found: Any, at: datetime) -> None:
    (last_use.sessions if found.means == "session" else last_use.tokens)[found.id] = at


def _identity(found: Any, locale: Locale) -> Identity:
    by_session = found.means == "session"
    actor = Actor(
        person_id=found.person_id,
        account_id=found.account_id,
        session_id=found.id if by_session else None,
        token_id=None if by_session else found.id,
        scopes=None if by_session else frozenset(found.scopes),
        operator=found.is_operator,
        locale=locale,
    )
    return Identity(actor, found.name, found.slug)


def spoken_by(request: Request) -> Locale:
    """Return the language asked for: the chosen one, else by ``Accept-Language``."""
    if chosen := request.cookies.get(LANGUAGE_COOKIE):
        return as_locale(chosen)
    wished = [
        part.split(";")[0].strip()
        for part in request.headers.get("accept-language", "").split(",")[:10]
    ]
    return as_locale(negotiate_locale(wished, LOCALES, sep="-"))


def _host(request: Request) -> str:
    """Return the peer, or whom the last proxies of ours say that they speak for."""
    host = request.client.host if request.client else "unknown"
    named = request.headers.get("x-forwarded-for", "").split(",")
    while _is_proxy(host) and named and named[-1].strip():
        host = named.pop().strip()
    return host


def _is_proxy(host: str) -> bool:
    networks = settings().trusted_proxies
    try:
        return any(ip_address(host) in ip_network(network) for network in networks)
    except ValueError:
        return False


def client_address(request: Request) -> str:
    """Return the client's IPv4 address or IPv6 /64 network, as limits count them."""
    host = _host(request)
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64)) + "/64"
    return str(address)


def subject_of(actor: Actor, request: Request) -> str:
    """Return whom a limit or a kept answer belongs to: the account, else the address."""
    account: UUID | None = actor.account_id
    return f"account:{account}" if account else f"address:{client_address(request)}"
