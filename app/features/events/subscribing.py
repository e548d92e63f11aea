"""Calendars elsewhere that somebody has read regularly: entered, removed, and what came of them."""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict
from sqlalchemy import ColumnElement, Select, Uuid, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import Conflict, FieldError, Invalid, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.outgoing_targets import TargetUrl
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.companies.policy import speaks_for
from app.features.companies.speaking import require_voice
from app.models.calendars import CalendarState, SubscribedCalendar
from app.models.companies import Company
from app.models.people import Person

MANY: Final = 10  # calendars of one person
EVERY: Final = timedelta(hours=6)

NEWEST = Order(
    "calendars.newest",
    N_("Abonnierte Kalender: der neueste zuerst."),
    SubscribedCalendar.created_at,
    SubscribedCalendar.id,
    descending=True,
)
label(
    {
        CalendarState.WAITING: N_("wird in den nächsten Minuten gelesen"),
        CalendarState.READ: N_("gelesen"),
        CalendarState.UNREACHABLE: N_("nicht erreichbar"),
        CalendarState.UNREADABLE: N_("kein lesbarer Kalender"),
        CalendarState.REFUSED: N_("abgelehnt"),
    }
)


class CalendarAdded(Event):
    name: ClassVar[str] = "calendar.added"
    calendar_id: UUID


class CalendarRemoved(Event):
    name: ClassVar[str] = "calendar.removed"
    calendar_id: UUID


class CalendarKnown(Conflict):
    code: ClassVar[str] = "calendar_known"
    text: ClassVar[str] = N_("Dieser Kalender wird hier schon gelesen.")


def _over_https(given: Any) -> Any:
    """Read an address as calendar programs name it: webcal is https."""
    if isinstance(given, str):
        scheme, mark, rest = given.strip().partition("://")
        if mark and scheme.lower() in {"webcal", "webcals"}:
            return f"https://{rest}"
    return given


class CalendarDraft(BaseModel):
    """A calendar elsewhere, and for whom its events are published here."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[
        TargetUrl,
        BeforeValidator(_over_https),
        Asked(N_("Adresse des Kalenders"), hint=N_("Sie beginnt mit https:// oder webcal://.")),
    ]
    company_id: Annotated[UUID | None, Asked(N_("Veröffentlichen als"), widget="select")] = None


async def add_calendar(session: Session, actor: Actor, draft: CalendarDraft) -> SubscribedCalendar:
    """Have a calendar read from now on, its events published by the actor or for a company.

    Refuses companies that the actor does not speak for, an eleventh calendar, and one twice.
    """
    if actor.person_id is None:
        raise SignInRequired
    if draft.company_id:
        await require_voice(session, actor, draft.company_id)
    await session.scalar(select(Person.id).where(Person.id == actor.person_id).with_for_update())
    found = await session.scalars(
        select(SubscribedCalendar).where(SubscribedCalendar.person_id == actor.person_id)
    )
    kept = found.all()
    if any((one.url, one.company_id) == (draft.url, draft.company_id) for one in kept):
        raise CalendarKnown
    if len(kept) >= MANY:
        text = N_("Sie haben schon zehn Kalender eingetragen. Bitte entfernen Sie einen davon.")
        raise Invalid(FieldError((), "too_many_calendars", text))
    calendar = SubscribedCalendar(
        person_id=actor.person_id,
        company_id=draft.company_id,
        url=draft.url,
        next_at=clock.now(),
    )
    session.add(calendar)
    await session.flush()
    emit(session, CalendarAdded(calendar_id=calendar.id))
    return calendar


async def read_again(session: Session, actor: Actor, calendar_id: UUID) -> SubscribedCalendar:
    """Have a calendar read in the next minutes."""
    calendar = await _own(session, actor, calendar_id)
    calendar.next_at = clock.now()
    await session.flush()
    return calendar


async def remove_calendar(session: Session, actor: Actor, calendar_id: UUID) -> None:
    """Have a calendar read no more; the events that it brought stay as they are."""
    calendar = await _own(session, actor, calendar_id)
    await session.delete(calendar)
    await session.flush()
    emit(session, CalendarRemoved(calendar_id=calendar_id))


async def _own(session: Session, actor: Actor, calendar_id: UUID) -> SubscribedCalendar:
    if actor.person_id is None:
        raise SignInRequired
    found = await session.scalar(
        select(SubscribedCalendar)
        .where(SubscribedCalendar.id == calendar_id, _kept_by(actor))
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


def _kept_by(actor: Actor) -> ColumnElement[bool]:
    """Keep calendars that a signed-in actor entered, or that are read for their company."""
    return or_(
        SubscribedCalendar.person_id == actor.person_id,
        speaks_for(actor, SubscribedCalendar.company_id),
    )


def _calendars(actor: Actor) -> Select[Any]:
    one = SubscribedCalendar
    columns: tuple[Any, ...] = (
        one.id, one.url, one.company_id, one.state, one.created, one.changed, one.unchanged,
        one.withdrawn, one.left_out, one.refusals, one.created_at, one.read_at, one.next_at,
        Company.name.label("company_name"),
    )  # fmt: skip
    return select(*columns).outerjoin(Company, Company.id == one.company_id).where(_kept_by(actor))


@prepared
def _list(actor: Actor, *, after: bool) -> Select[Any]:
    return NEWEST.page(_calendars(actor), after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    wanted: Any = bound("calendar_id", Uuid())
    return _calendars(actor).where(SubscribedCalendar.id == wanted)


async def list_calendars(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the calendars that are read for the actor or their companies, the newest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _list(actor.shape, after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {"me": actor.person_id})


async def find_calendar(reader: Reader, actor: Actor, calendar_id: UUID) -> Any:
    """Return one of those calendars."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"me": actor.person_id, "calendar_id": calendar_id}
    row = await reader.first(_one(actor.shape), given)
    if row is None:
        raise NotFound
    return row
