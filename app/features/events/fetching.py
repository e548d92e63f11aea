"""Reading subscribed calendars, one after another: over the one way out, with its limits."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Refusal
from app.core.events import Event, Run, emit, errand
from app.core.i18n import as_locale, translate
from app.core.outgoing import USUAL, Answer, Declined, Failed, Way, send
from app.core.outgoing_targets import Blocked
from app.features.events.calendar_files import Announced, CalendarUnreadable, read_calendar
from app.features.events.calendar_import import Fate, Taken, bring_in
from app.features.events.subscribing import EVERY
from app.models.accounts import Account
from app.models.calendars import CalendarState, SubscribedCalendar
from app.models.people import Person

AT_ONCE: Final = 50  # calendars in one round; the next round goes on
_TOLD: Final = 20  # reasons that are kept of one reading
_LONGEST: Final = timedelta(days=2)  # between two tries where nobody answers
_NOT_MODIFIED: Final = 304
# After how many times in a row somebody is told; servers are away for a while now and then.
_PATIENCE: Final = {CalendarState.UNREACHABLE: 3, CalendarState.UNREADABLE: 1}

_log = structlog.get_logger()


class CalendarNotRead(Event):
    """A calendar cannot be read, or nothing of it may be published; whoever entered it is told."""

    name: ClassVar[str] = "calendar.not_read"
    calendar_id: UUID
    state: CalendarState


@errand("*/5 * * * *")
async def read_calendars(run: Run) -> None:
    """Read the calendars whose time has come."""
    await read_due(run)


async def read_due(run: Run, way: Way = USUAL) -> None:
    """Read them by a way out; each is taken in a transaction of its own, or not at all."""
    due: list[tuple[UUID, str, str]] = []

    async def claim(session: Session) -> None:
        found = await session.scalars(
            select(SubscribedCalendar)
            .where(SubscribedCalendar.next_at <= clock.now())
            .order_by(SubscribedCalendar.next_at, SubscribedCalendar.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for calendar in found.all():
            calendar.next_at = clock.now() + EVERY
            due.append((calendar.id, calendar.url, calendar.tag))

    await run(claim)
    for calendar_id, url, tag in due:
        try:
            await _read(run, calendar_id, url, tag, way)
        except Exception:  # noqa: BLE001 - whatever is wrong with one, the next is read
            _log.exception("calendar.not_read", calendar_id=str(calendar_id))


async def _read(run: Run, calendar_id: UUID, url: str, tag: str, way: Way) -> None:
    found: list[Announced] = []
    state, answer = CalendarState.READ, None
    try:
        answer = await send("GET", url, headers=_asking(tag), way=way)
        found = await asyncio.to_thread(read_calendar, answer.body)
    except Declined as declined:
        if declined.status == _NOT_MODIFIED:
            await run(lambda session: _note_unchanged(session, calendar_id))
            return
        state = CalendarState.UNREACHABLE
    except (Failed, Blocked):
        state = CalendarState.UNREACHABLE
    except CalendarUnreadable:
        state = CalendarState.UNREADABLE
    if state == CalendarState.READ:
        await run(lambda session: _take(session, calendar_id, found, answer))
    else:
        await run(lambda session: _note_failure(session, calendar_id, state))


def _asking(tag: str) -> dict[str, str]:
    return {"accept": "text/calendar", **({"if-none-match": tag} if tag else {})}


async def _locked(session: Session, calendar_id: UUID) -> SubscribedCalendar | None:
    """Load a calendar until commit; None where it was removed meanwhile."""
    return await session.get(SubscribedCalendar, calendar_id, with_for_update=True)


async def _take(
    session: Session, calendar_id: UUID, found: list[Announced], answer: Answer | None
) -> None:
    calendar = await _locked(session, calendar_id)
    if calendar is None:
        return
    locale = await session.scalar(
        select(Account.locale)
        .join(Person, Person.account_id == Account.id)
        .where(Person.id == calendar.person_id)
    )
    actor = Actor(person_id=calendar.person_id, locale=as_locale(locale))
    try:
        taken = await bring_in(
            session, actor, found, company_id=calendar.company_id, calendar_id=calendar_id
        )
    except Refusal as refusal:  # such as no longer to speak for the company
        if calendar.state != CalendarState.REFUSED:
            emit(session, CalendarNotRead(calendar_id=calendar_id, state=CalendarState.REFUSED))
        _note(calendar, CalendarState.REFUSED, [])
        calendar.refusals = [translate(refusal.text, actor.locale, **refusal.params)]
        return
    _note(calendar, CalendarState.READ, taken)
    calendar.refusals = [
        f"{one.title}: {translate(text, actor.locale, **params)}"
        for one in taken
        for text, params in one.reasons
    ][:_TOLD]
    calendar.tag = _tag(answer.headers if answer else {})


def _note(calendar: SubscribedCalendar, state: CalendarState, taken: list[Taken]) -> None:
    counts = Counter(one.fate for one in taken)
    for fate in (Fate.CREATED, Fate.CHANGED, Fate.UNCHANGED, Fate.WITHDRAWN, Fate.LEFT_OUT):
        setattr(calendar, fate.value, counts[fate])
    calendar.state, calendar.failures, calendar.read_at = state, 0, clock.now()


def _tag(headers: Any) -> str:
    tag = str(headers.get("etag", ""))
    return tag if len(tag) <= 200 and tag.isascii() else ""  # noqa: PLR2004 - tags are short


async def _note_unchanged(session: Session, calendar_id: UUID) -> None:
    if calendar := await _locked(session, calendar_id):
        calendar.state, calendar.failures = CalendarState.READ, 0
        calendar.read_at = clock.now()


async def _note_failure(session: Session, calendar_id: UUID, state: CalendarState) -> None:
    """Say that nothing was brought, change nothing else, and ask less often where it goes on."""
    if calendar := await _locked(session, calendar_id):
        calendar.state, calendar.tag = state, ""
        calendar.failures += 1
        if calendar.failures == _PATIENCE[state]:
            emit(session, CalendarNotRead(calendar_id=calendar_id, state=state))
        calendar.next_at = clock.now() + min(EVERY * calendar.failures, _LONGEST)
