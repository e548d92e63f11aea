"""The dates of an event as rows: kept in step with its rule, as far ahead as the horizon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit
from app.features.places.region import places_around
from app.features.posts.events.free_days import holiday_on, home_state, moved_off
from app.features.posts.events.room import note_room
from app.features.posts.events.rules import Series, last_end, local_of, local_starts, moment_of
from app.features.posts.events.terms import HolidayRule
from app.models.occurrences import (
    Occurrence,
    OccurrenceState,
    Proposal,
    Registration,
    RegistrationState,
)
from app.models.places import Place, PlaceKind
from app.models.posts import Post

HORIZON: Final = timedelta(days=762)  # 25 months
HOLDING: Final = (  # who still reckons with the date
    RegistrationState.UNCONFIRMED,
    RegistrationState.REQUESTED,
    RegistrationState.WAITING,
    RegistrationState.OFFERED,
    RegistrationState.CONFIRMED,
    RegistrationState.ATTENDED,
)


class OccurrenceMoved(Event):
    """A date is held at another time than those who reckon with it knew."""

    name: ClassVar[str] = "occurrence.moved"
    occurrence_id: UUID
    sequence: int


class OccurrenceCancelled(Event):
    name: ClassVar[str] = "occurrence.cancelled"
    occurrence_id: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A date as the rule has it."""

    local: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates that a rule makes, each with its row if it has one, and the rows left over."""

    wanted: list[_Wanted]
    pairs: list[tuple[_Wanted, Occurrence | None]]
    left_over: list[Occurrence]
    kept: list[Occurrence]


async def keep_dates(session: Session, post: Post, details: Any) -> None:
    """Bring the dates to come in step with the details of an event, up to the horizon.

    A date stays the same one while its rule makes one at that moment, or on that day; one that was
    moved also where the rule makes one then to when it was moved. What is past, and what began by
    the rule before now, is left alone. One that the rule no longer makes is deleted, or cancelled
    where somebody reckons with it. A post that ends with its last date lives until the last of them
    is over, also if that one was moved.
    """
    series = Series.of(details)
    plan = await plan_dates(session, post, details)
    state = await _state_of(session, post.place_id)
    taken = {one.local.date() for one in plan.wanted}
    for one, row in plan.pairs:
        fresh = row or Occurrence(
            post_id=post.id,
            original_starts_at=one.starts_at,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
        )
        if row is None:
            session.add(fresh)
        else:
            _follow_rule(session, fresh, one)
        _propose(fresh, one, details.holiday_rule, state, taken, series)
    await _drop(session, plan.left_over)
    await note_room(session, Occurrence.post_id == post.id)
    await turn_to_next_dates(session, Post.id == post.id)
    _live_until_the_last(post, series, plan.kept)


async def plan_dates(session: Session, post: Post, details: Any) -> Plan:
    """Return what becomes of the dates of an event with these details; they are locked."""
    series, now = Series.of(details), clock.now()
    kept = await _locked(session, post.id)
    wanted = _wanted(series, now, is_new=not kept)
    coming = [one for one in kept if one.original_starts_at >= now and one.ends_at > now]
    settled = {one.original_starts_at for one in kept if one not in coming}
    pairs, left_over = _paired(
        [one for one in wanted if one.starts_at not in settled], coming, series.zone
    )
    return Plan(wanted, pairs, left_over, kept)


async def _locked(session: Session, post_id: UUID) -> list[Occurrence]:
    rows = await session.scalars(
        select(Occurrence)
        .where(Occurrence.post_id == post_id)
        .order_by(Occurrence.original_starts_at)
        .with_for_update()
    )
    return list(rows)


def _wanted(series: Series, now: datetime, *, is_new: bool) -> list[_Wanted]:
    """Return the dates from now to the horizon; of a new event the one that runs now, too."""
    found: list[_Wanted] = []
    for local in local_starts(series):
        starts = moment_of(local, series.zone)
        if found and starts > now + HORIZON:
            break
        ends = moment_of(local + series.length, series.zone)
        if starts >= now or (is_new and ends > now):
            found.append(_Wanted(local, starts, max(starts, ends)))
    return found


def _paired(
    wanted: list[_Wanted], rows: list[Occurrence], zone: str
) -> tuple[list[tuple[_Wanted, Occurrence | None]], list[Occurrence]]:
    """Give each date its row: of the same moment, else of the same day; and what is left over.

    Last come those that were moved to that very day: who takes part reckons with it already.
    """
    by_moment = {row.original_starts_at: row for row in rows}
    found = {one.starts_at: by_moment.pop(one.starts_at, None) for one in wanted}
    moved = [row for row in by_moment.values() if row.state == OccurrenceState.MOVED]
    for left, begins in ((list(by_moment.values()), "original_starts_at"), (moved, "starts_at")):
        used = {id(row) for row in found.values()}
        by_day: dict[date, Occurrence] = {}
        for row in left:
            if id(row) not in used:
                by_day.setdefault(local_of(getattr(row, begins), zone).date(), row)
        for one in wanted:
            if found[one.starts_at] is None:
                found[one.starts_at] = by_day.pop(one.local.date(), None)
    used = {id(row) for row in found.values()}
    return [(one, found[one.starts_at]) for one in wanted], [
        row for row in rows if id(row) not in used
    ]


def _follow_rule(session: Session, row: Occurrence, one: _Wanted) -> None:
    """Take over what the rule says now; a date that its organiser has moved stays where it is."""
    if row.is_off_rule:
        row.is_off_rule, row.state = False, OccurrenceState.PLANNED
        row.sequence += 1
    row.original_starts_at = one.starts_at
    is_on_rule = (row.starts_at, row.ends_at) == (one.starts_at, one.ends_at)
    if row.state == OccurrenceState.MOVED and is_on_rule:
        row.state = OccurrenceState.PLANNED
        row.sequence += 1
    if row.state != OccurrenceState.PLANNED:
        if row.state == OccurrenceState.CANCELLED:
            row.starts_at, row.ends_at = one.starts_at, one.ends_at
        return
    if (row.starts_at, row.ends_at) != (one.starts_at, one.ends_at):
        row.starts_at, row.ends_at = one.starts_at, one.ends_at
        row.sequence += 1
        emit(session, OccurrenceMoved(occurrence_id=row.id, sequence=row.sequence))


def _propose(
    row: Occurrence,
    one: _Wanted,
    rule: HolidayRule,
    state: str | None,
    taken: Iterable[date],
    series: Series,
) -> None:
    """Name the holiday that a date falls on, and what its event would have done about it."""
    row.holiday = holiday_on(local_of(row.starts_at, series.zone).date(), state)
    if row.proposal not in {None, Proposal.OPEN}:
        return
    if row.holiday is None or rule == HolidayRule.KEEP or row.state != OccurrenceState.PLANNED:
        row.proposal, row.proposed_starts_at = None, None
        return
    row.proposal = Proposal.OPEN
    moved = moved_off(one.local, state, set(taken)) if rule == HolidayRule.MOVE else None
    row.proposed_starts_at = moment_of(moved, series.zone) if moved else None


async def name_holiday(session: Session, row: Occurrence, post: Post) -> None:
    """Name the holiday of the day to which a date was brought, if it is one; no other."""
    day = local_of(row.starts_at, post.details["time_zone"]).date()
    row.holiday = holiday_on(day, await _state_of(session, post.place_id))


async def _drop(session: Session, rows: list[Occurrence]) -> None:
    ids = [row.id for row in rows]
    reckoned_with = set(
        await session.scalars(
            select(Registration.occurrence_id).where(
                Registration.occurrence_id.in_(ids), Registration.state.in_(HOLDING)
            )
        )
        if ids
        else ()
    )
    for row in rows:
        if row.id not in reckoned_with:
            await session.delete(row)
        elif row.state != OccurrenceState.CANCELLED:
            row.state, row.is_off_rule = OccurrenceState.CANCELLED, True
            row.proposal, row.proposed_starts_at = None, None
            row.sequence += 1
            emit(session, OccurrenceCancelled(occurrence_id=row.id, sequence=row.sequence))


def _live_until_the_last(post: Post, series: Series, kept: list[Occurrence]) -> None:
    """Let a post that ends by itself live until the last of its dates is over."""
    if post.expires_at and post.expires_at == last_end(series):
        moved = [one.ends_at for one in kept if one.state == OccurrenceState.MOVED]
        post.expires_at = max([post.expires_at, *moved])


async def turn_to_next_dates(session: Session, *which: ColumnElement[bool]) -> None:
    """Have lists and mails go by the next date that is held; where there is none, by the last."""
    await session.flush()
    coming = (
        select(func.min(Occurrence.starts_at))
        .where(
            Occurrence.post_id == Post.id,
            Occurrence.ends_at > clock.now(),
            Occurrence.state != OccurrenceState.CANCELLED,
        )
        .scalar_subquery()
    )
    await session.execute(
        update(Post)
        .where(
            Post.kind == "event",
            *which,
            coming.is_not(None),
            Post.due_at.is_distinct_from(coming),
        )
        .values(due_at=coming, updated_at=Post.updated_at)
        .execution_options(synchronize_session=False)
    )


async def _state_of(session: Session, place_id: UUID | None) -> str | None:
    """Return the state a place lies in, such as ``NW``; without one, where this site is."""
    if place_id:
        around = places_around(place_id)
        found = select(Place.code).where(Place.id.in_(around), Place.kind == PlaceKind.STATE)
        if code := await session.scalar(found):
            return code.removeprefix("DE-")
    return home_state()
