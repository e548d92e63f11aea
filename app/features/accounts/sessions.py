"""Signing in and out, and the list of places where one is signed in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import DateTime, Select, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.errors import NotFound, Refusal, TooMany
from app.core.events import Event, emit
from app.core.i18n import N_, as_locale
from app.core.ids import fingerprint, new_id, new_secret
from app.core.limits import limiter
from app.core.listening import Said, announce
from app.core.mailing import send_mail
from app.core.paging import Order, Page, Paging
from app.core.passwords import verify_password
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.accounts.choosing import TypedPassword
from app.features.accounts.policy import owner_of_account
from app.models.accounts import Account, KnownDevice, SignedInSession
from app.models.people import Person

LASTS = timedelta(days=90)
IDLE = timedelta(days=14)
DEVICE_LASTS = timedelta(days=365)
MAX_USER_AGENT = 300  # characters
MAX_SECRET = 200  # characters

NEWEST = Order(
    "sessions.newest",
    N_("Ihre Anmeldungen: die neueste zuerst."),
    SignedInSession.created_at,
    SignedInSession.id,
    descending=True,
)


class SignedIn(Event):
    name: ClassVar[str] = "account.signed_in"
    account_id: UUID
    session_id: UUID


class SignedOut(Event):
    name: ClassVar[str] = "account.signed_out"
    account_id: UUID
    session_id: UUID


class WrongCredentials(Refusal):
    code: ClassVar[str] = "wrong_credentials"
    text: ClassVar[str] = N_("E-Mail-Adresse und Passwort passen nicht zusammen.")


class SignInBlocked(TooMany):
    code: ClassVar[str] = "sign_in_blocked"
    text: ClassVar[str] = N_(
        "Für diese E-Mail-Adresse gab es zu viele Anmeldeversuche. Bitte warten Sie etwas, oder "
        "setzen Sie Ihr Passwort zurück."
    )
    keeps_writes: ClassVar[bool] = True  # the owner is told by mail


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt to sign in comes from; ``device`` is the secret of a known browser."""

    address: str
    user_agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A new session with the secrets that are told only now."""

    session: SignedInSession
    secret: str
    device: str


class SignInDraft(BaseModel):
    """What somebody signs in with."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[
        EmailAddress, Asked(N_("E-Mail-Adresse"), widget="email", autocomplete="username")
    ]
    password: TypedPassword


async def sign_in(
    session: Session, draft: SignInDraft, caller: Caller, *, former: UUID | None = None
) -> Entry:
    """Open a session for whoever knows the password; ``former``, the browser's old one, ends.

    Refused alike, and after the same work: an unknown address and a wrong password. After too
    many attempts on an address the password does not count any more, except from a browser that
    has signed in to it before; the owner is told by mail.
    """
    await limiter().hit("sign_in_from", caller.address)
    key = canonical_email(draft.email)
    account = await session.scalar(
        select(Account).where(Account.email_key == key, Account.closed_at.is_(None))
    )
    device = await _known_device(session, account, caller)
    try:
        await limiter().hit("sign_in_to", f"device:{device.id}" if device else f"email:{key}")
    except TooMany as reached:
        if account:
            await _warn(session, account)
        raise SignInBlocked(reached.retry_after) from None
    stored = account.password_hash if account else None
    verdict = await verify_password(draft.password, stored, settings().hashing)
    if account is None or not verdict.ok:
        raise WrongCredentials
    if verdict.new_hash:
        account.password_hash = verdict.new_hash
    if former:
        await session.execute(delete(SignedInSession).where(SignedInSession.id == former))
    return await open_session(session, account.id, caller)


async def open_session(session: Session, account_id: UUID, caller: Caller) -> Entry:
    """Open a session for an account whose owner has just proved to be it."""
    secret, now = new_secret(), clock.now()
    opened = SignedInSession(
        account_id=account_id,
        token_hash=fingerprint(secret),
        user_agent=caller.user_agent[:MAX_USER_AGENT],
        last_used_at=now,
        expires_at=now + LASTS,
    )
    session.add(opened)
    usable = caller.device and len(caller.device) <= MAX_SECRET and caller.device.isascii()
    device = str(caller.device) if usable else new_secret()
    until = now + DEVICE_LASTS
    await session.execute(
        insert(KnownDevice)
        .values(
            id=new_id(),
            account_id=account_id,
            token_hash=_print(device, account_id),
            expires_at=until,
        )
        .on_conflict_do_update(index_elements=["token_hash"], set_={"expires_at": until})
    )
    emit(session, SignedIn(account_id=account_id, session_id=opened.id))
    await session.flush()
    await session.refresh(opened, ["created_at"])
    return Entry(opened, secret, device)


def _print(device: str, account_id: UUID) -> bytes:
    """One cookie serves every account of a browser, and tells nothing of the others."""
    return fingerprint(f"{device}:{account_id}")


async def _known_device(
    session: Session, account: Account | None, caller: Caller
) -> KnownDevice | None:
    if account is None or not caller.device or len(caller.device) > MAX_SECRET:
        return None
    found: KnownDevice | None = await session.scalar(
        select(KnownDevice).where(
            KnownDevice.token_hash == _print(caller.device, account.id),
            KnownDevice.expires_at > clock.now(),
        )
    )
    return found


async def _warn(session: Session, account: Account) -> None:
    base = settings().base_url.rstrip("/")
    await send_mail(
        session,
        account.email,
        subject=N_("Viele Anmeldeversuche an Ihrem Konto bei %(site)s"),
        text=_WARNING,
        locale=as_locale(account.locale),
        dedup_key=f"sign_in_blocked:{account.id}:{clock.now():%Y%m%d}",
        site=settings().site.name,
        reset=f"{base}/reset-password",
    )


_WARNING = N_(
    "Guten Tag,\n\n"
    "jemand hat mehrmals ein falsches Passwort für Ihr Konto bei %(site)s eingegeben. Wir lassen "
    "für eine Weile keine weiteren Versuche zu. In Browsern, in denen Sie schon angemeldet waren, "
    "können Sie sich weiter anmelden.\n\n"
    "Haben Sie Ihr Passwort vergessen, wählen Sie hier ein neues: %(reset)s\n\n"
    "Wir schreiben Ihnen das höchstens einmal am Tag.\n"
)


async def sign_out(session: Session, actor: Actor) -> None:
    """End the session in which ``actor`` acts; for nobody, nothing happens."""
    if actor.session_id and actor.account_id:
        await _end(session, actor.account_id, SignedInSession.id == actor.session_id)


async def end_session(session: Session, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's sessions; those of others are not found."""
    account_id = owner_of_account(actor)
    if not await _end(session, account_id, SignedInSession.id == session_id):
        raise NotFound


async def end_other_sessions(session: Session, actor: Actor) -> int:
    """End every session of the actor but the present one; return how many there were."""
    account_id = owner_of_account(actor)
    return await end_sessions(session, account_id, but=actor.session_id)


async def end_sessions(session: Session, account_id: UUID, *, but: UUID | None = None) -> int:
    """End the sessions of an account, except ``but``; return how many there were."""
    return await _end(session, account_id, *([SignedInSession.id != but] if but else []))


async def _end(session: Session, account_id: UUID, *which: Any) -> int:
    ended = await session.scalars(
        delete(SignedInSession)
        .where(SignedInSession.account_id == account_id, *which)
        .returning(SignedInSession.id)
        .execution_options(synchronize_session=False)
    )
    found = ended.all()
    for session_id in found:
        emit(session, SignedOut(account_id=account_id, session_id=session_id))
    await announce_end(session, account_id)
    return len(found)


async def announce_end(session: Session, account_id: UUID) -> None:
    """Have open streams of an account ask anew whether they may go on."""
    people = await session.scalars(select(Person.id).where(Person.account_id == account_id))
    await announce(session, people, Said.ENDED)


def _own_sessions() -> Select[Any]:
    now = bound("now", DateTime(timezone=True))
    idle_since = bound("idle_since", DateTime(timezone=True))
    columns: tuple[Any, ...] = (
        SignedInSession.id,
        SignedInSession.user_agent,
        SignedInSession.created_at,
        SignedInSession.last_used_at,
        SignedInSession.expires_at,
        (SignedInSession.id == bound("present", Uuid())).label("is_present"),
    )
    return select(*columns).where(
        SignedInSession.account_id == bound("account", Uuid()),
        SignedInSession.expires_at > now,
        SignedInSession.last_used_at > idle_since,
    )


@prepared
def _session_list(*, after: bool) -> Select[Any]:
    return NEWEST.page(_own_sessions(), after=after)


@prepared
def _one_session() -> Select[Any]:
    return _own_sessions().where(SignedInSession.id == bound("session", Uuid()))


def _given(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    return {
        "account": owner_of_account(actor),
        "present": actor.session_id,
        "now": now,
        "idle_since": now - IDLE,
    }


async def list_sessions(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return where the actor is signed in."""
    read = _session_list(after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, _given(actor))


async def find_session(reader: Reader, actor: Actor, session_id: UUID) -> Any:
    """Return one of the actor's sessions."""
    found = await reader.first(_one_session(), {**_given(actor), "session": session_id})
    if found is None:
        raise NotFound
    return found
