"""Places: who gets one, who waits, and who moves up. All of it under the lock of the date."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.errors import Conflict
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.settings import settings
from app.features.events.policy import IN_LINE, closes_at
from app.features.posts.events.room import SEATED, note_room
from app.features.posts.events.terms import Participation
from app.models.occurrences import Occurrence, OccurrenceState, Registration, RegistrationState
from app.models.posts import Post


class RegistrationChanged(Event):
    """A registration came to another state; ``by_organiser`` says that who takes part did not."""

    name: ClassVar[str] = "registration.changed"
    registration_id: UUID
    state: RegistrationState
    by_organiser: bool = False


class DateFull(Conflict):
    code: ClassVar[str] = "date_full"
    text: ClassVar[str] = N_("Alle Plätze sind vergeben.")


class SlotTaken(Conflict):
    code: ClassVar[str] = "slot_taken"
    text: ClassVar[str] = N_("Dieses Zeitfenster ist schon vergeben.")


class CompanyLimitReached(Conflict):
    code: ClassVar[str] = "company_limit_reached"
    text: ClassVar[str] = N_(
        "Ihr Unternehmen hat für diesen Termin schon alle Plätze, die es gibt."
    )


def slots_of(details: dict[str, Any], starts_at: datetime, ends_at: datetime) -> int:
    """Return how many time slots a date has; 0 where there are none."""
    minutes = details.get("slot_minutes")
    if details["participation"] != Participation.SLOTS or not minutes:
        return 0
    return (ends_at - starts_at) // timedelta(minutes=minutes)


def slot_start(starts_at: datetime, slot: int, minutes: int) -> datetime:
    """Return when a time slot of a date begins."""
    return starts_at + timedelta(minutes=slot * minutes)


def own_times(
    details: dict[str, Any], slot: int | None, starts_at: datetime, ends_at: datetime
) -> tuple[datetime, datetime]:
    """Return when somebody is expected: in their slot of a date, or for all of it."""
    minutes = details.get("slot_minutes")
    if slot is None or not minutes:
        return starts_at, ends_at
    return slot_start(starts_at, slot, minutes), slot_start(starts_at, slot + 1, minutes)


def day_of(moment: datetime, zone: str) -> str:
    """Return when a date is, in figures that both languages read."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%d.%m.%Y, %H:%M")


def capacity_of(details: dict[str, Any], occurrence: Any) -> int | None:
    """Return how many places a date has, or each of its slots; None for as many as come.

    What nobody takes part in has no places.
    """
    if details["participation"] == Participation.NONE:
        return None
    own: int | None = occurrence.capacity or details.get("capacity")
    return own or (1 if details["participation"] == Participation.SLOTS else None)


def change_state(
    session: Session,
    registration: Registration,
    state: RegistrationState,
    *,
    by_organiser: bool = False,
) -> None:
    """Bring a registration to a state, and say so."""
    now = clock.now()
    registration.state = state
    if state == RegistrationState.CONFIRMED:
        registration.confirmed_at = now
    if state not in {*IN_LINE, RegistrationState.UNCONFIRMED}:
        registration.ended_at = now
    if state != RegistrationState.OFFERED:
        registration.offered_until = None
    emit(
        session,
        RegistrationChanged(
            registration_id=registration.id, state=state, by_organiser=by_organiser
        ),
    )


async def lock_line(session: Session, occurrence_id: UUID) -> None:
    """Lock a date until commit, and give no place in its line away yet.

    Its row is read anew: what it says now holds until then.
    """
    line = select(Occurrence).where(Occurrence.id == occurrence_id)
    line = line.with_for_update(key_share=True)  # as strong as counting
    await session.execute(line.execution_options(populate_existing=True))


async def give_number(session: Session, occurrence_id: UUID) -> int:
    """Lock a date until commit, and return the next place in its line: the order of commits.

    Its row is read anew, as by ``lock_line``.
    """
    counted = (
        update(Occurrence)
        .where(Occurrence.id == occurrence_id)
        .values(last_number=Occurrence.last_number + 1, updated_at=Occurrence.updated_at)
        .returning(Occurrence)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return (await session.execute(counted)).scalar_one().last_number


async def take_place(
    session: Session,
    registration: Registration,
    occurrence: Occurrence,
    post: Post,
    *,
    by_organiser: bool = False,
) -> None:
    """Seat somebody new on a locked date, or have them wait; who waits is never overtaken.

    Without a slot the first free one is taken. Refuses a full date or slot without a waiting list.
    """
    details = post.details
    slots = slots_of(details, occurrence.starts_at, occurrence.ends_at)
    taken, waiting = await _taken(session, occurrence.id)
    free = _free_slots(registration, slots, capacity_of(details, occurrence), taken, waiting)
    if free:
        registration.slot = free[0]
        change_state(session, registration, RegistrationState.CONFIRMED, by_organiser=by_organiser)
        session.add(registration)
        await note_room(session, Occurrence.id == occurrence.id)
        return
    if not details.get("has_waiting_list"):
        raise SlotTaken if slots and registration.slot is not None else DateFull
    change_state(session, registration, RegistrationState.WAITING, by_organiser=by_organiser)


def _free_slots(
    registration: Registration,
    slots: int,
    capacity: int | None,
    taken: Counter[int | None],
    waiting: list[int | None],
) -> list[int | None]:
    """Return the slots that somebody may take now; of a date without slots, [None] or nothing."""
    if slots:
        wanted: list[int | None] = (
            list(range(slots)) if registration.slot is None else [registration.slot]
        )
        anybody_waits = None in waiting
    else:
        wanted, anybody_waits = [None], bool(waiting)
        taken = Counter({None: taken.total()})
    if capacity is None:
        return wanted
    return [
        slot
        for slot in wanted
        if taken[slot] < capacity and not anybody_waits and slot not in waiting
    ]


async def _taken(session: Session, occurrence_id: UUID) -> tuple[Counter[int | None], list[Any]]:
    """Return how many places of each slot are taken, and the slots for which somebody waits."""
    rows = await session.execute(
        select(Registration.state, Registration.slot, func.count())
        .where(
            Registration.occurrence_id == occurrence_id,
            Registration.state.in_((*SEATED, RegistrationState.WAITING)),
        )
        .group_by(Registration.state, Registration.slot)
    )
    taken, waiting = Counter[int | None](), list[Any]()
    for state, slot, count in rows:
        if state == RegistrationState.WAITING:
            waiting.append(slot)
        else:
            taken[slot] += count
    return taken, waiting


async def free_at_the_door(
    session: Session, registration: Registration, occurrence: Occurrence, post: Post
) -> list[int | None]:
    """Return the slots that somebody who is there may take on a locked date; [None] without slots.

    Those who wait are not asked: they are there, too, or they are not. What is over is not taken
    while the date goes on.
    """
    details, now = post.details, clock.now()
    slots = slots_of(details, occurrence.starts_at, occurrence.ends_at)
    taken, _ = await _taken(session, occurrence.id)
    free = _free_slots(registration, slots, capacity_of(details, occurrence), taken, [])
    if not slots or occurrence.ends_at <= now:
        return free
    minutes = details["slot_minutes"]
    return [
        slot
        for slot in free
        if slot is None or slot_start(occurrence.starts_at, slot + 1, minutes) > now
    ]


async def check_company(
    session: Session, details: dict[str, Any], occurrence_id: UUID, company_key: bytes | None
) -> None:
    """Refuse a company that has all the places of a locked date that it may have."""
    most = details.get("places_per_company")
    if not most or company_key is None:
        return
    held = await session.scalar(
        select(func.count()).where(
            Registration.occurrence_id == occurrence_id,
            Registration.company_key == company_key,
            Registration.state.in_(IN_LINE),
        )
    )
    if (held or 0) >= most:
        raise CompanyLimitReached


async def move_up(session: Session, occurrence: Occurrence, post: Post) -> None:
    """Offer the free places of a locked date to those who wait, the first in line first.

    An offer stands for a time, at most until registration closes; then the next one gets it. For
    whatever frees a place or changes how many there are; notes whether there is room left.
    """
    await _offer_places(session, occurrence, post)
    await note_room(session, Occurrence.id == occurrence.id)


async def _offer_places(session: Session, occurrence: Occurrence, post: Post) -> None:
    now = clock.now()
    closes = closes_at(post.details, occurrence.starts_at)
    if occurrence.state == OccurrenceState.CANCELLED or closes <= now:
        return
    await session.flush()
    slots = slots_of(post.details, occurrence.starts_at, occurrence.ends_at)
    capacity = capacity_of(post.details, occurrence)
    taken, _ = await _taken(session, occurrence.id)
    for one in await _first_in_line(session, occurrence.id, slots, capacity, taken):
        free = _free_slots(one, slots, capacity, taken, [])
        if not free:
            continue
        one.slot = free[0]
        taken[one.slot] += 1
        one.offered_until = min(now + timedelta(hours=settings().events.offer_hours), closes)
        change_state(session, one, RegistrationState.OFFERED)


async def _first_in_line(
    session: Session,
    occurrence_id: UUID,
    slots: int,
    capacity: int | None,
    taken: Counter[int | None],
) -> list[Registration]:
    """Return those who wait for what is free now, in order; not the many who wait for the rest."""
    waiting = (
        select(Registration)
        .where(
            Registration.occurrence_id == occurrence_id,
            Registration.state == RegistrationState.WAITING,
        )
        .order_by(Registration.number)
    )
    if slots and capacity is not None:
        free = [slot for slot in range(slots) if taken[slot] < capacity]
        if not free:
            return []
        waiting = waiting.where(or_(Registration.slot.is_(None), Registration.slot.in_(free)))
    elif capacity is not None:
        waiting = waiting.limit(max(0, capacity - taken.total()))
    return list(await session.scalars(waiting))
