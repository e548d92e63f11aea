"""The secret link by which calendar programs read one's own dates: made, renewed, revoked."""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import LargeBinary, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.core.events import Event, emit, on
from app.core.i18n import as_locale
from app.core.ids import fingerprint, new_secret
from app.core.reads import Reader, bound, prepared
from app.features.accounts.account import AccountClosed
from app.models.accounts import Account
from app.models.calendars import CalendarLink, SubscribedCalendar
from app.models.people import Person


class CalendarLinkMade(Event):
    name: ClassVar[str] = "calendar.link_made"
    person_id: UUID


class CalendarLinkRevoked(Event):
    name: ClassVar[str] = "calendar.link_revoked"
    person_id: UUID


async def make_calendar_link(session: Session, actor: Actor) -> tuple[CalendarLink, str]:
    """Make the link to the actor's dates; its secret is returned this once.

    One that there was no longer leads anywhere.
    """
    if actor.person_id is None:
        raise SignInRequired
    await session.scalar(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    await session.execute(delete(CalendarLink).where(CalendarLink.person_id == actor.person_id))
    secret = new_secret()
    link = CalendarLink(person_id=actor.person_id, secret_hash=fingerprint(secret))
    session.add(link)
    await session.flush()
    await session.refresh(link, ["created_at"])
    emit(session, CalendarLinkMade(person_id=actor.person_id))
    return link, secret


async def revoke_calendar_link(session: Session, actor: Actor) -> None:
    """End the link to the actor's dates; doing so twice changes nothing."""
    if actor.person_id is None:
        raise SignInRequired
    gone = await session.scalar(
        delete(CalendarLink)
        .where(CalendarLink.person_id == actor.person_id)
        .returning(CalendarLink.id)
    )
    if gone:
        emit(session, CalendarLinkRevoked(person_id=actor.person_id))


@prepared
def _own(actor: Actor) -> Select[Any]:
    columns: tuple[Any, ...] = (CalendarLink.created_at,)
    return select(*columns).where(CalendarLink.person_id == actor.person_id)


async def own_calendar_link(reader: Reader, actor: Actor) -> Any | None:
    """Return since when there is a link to the actor's dates, or None."""
    if not actor.is_signed_in:
        raise SignInRequired
    return await reader.first(_own(actor.shape), {"me": actor.person_id})


@prepared
def _behind() -> Select[Any]:
    secret: Any = bound("secret", LargeBinary())
    columns: tuple[Any, ...] = (Person.id, Account.locale)
    return (
        select(*columns)
        .join(CalendarLink, CalendarLink.person_id == Person.id)
        .join(Account, Account.id == Person.account_id)
        .where(CalendarLink.secret_hash == secret, Account.closed_at.is_(None))
    )


async def who_is_behind(reader: Reader, secret: str) -> Actor:
    """Return the person whose dates a link leads to; one that is no link is unknown."""
    row = await reader.first(_behind(), {"secret": fingerprint(secret)})
    if row is None:
        raise NotFound
    return Actor(person_id=row.id, locale=as_locale(row.locale))


@on(AccountClosed)
async def forget_calendars(session: Session, event: AccountClosed) -> None:
    """End the link of somebody who leaves, and the reading of calendars that they entered."""
    for table in (CalendarLink, SubscribedCalendar):
        await session.execute(delete(table).where(table.person_id == event.person_id))
