"""Whether a date has room for one more: counted, and kept in its row, so that lists need not count.

Whatever seats somebody, frees a place or changes how many there are holds the lock of the date
then, and calls ``note_room`` before it lets go.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, cast, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.features.posts.events.terms import Participation
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.models.posts import Post

# What takes a place of a date.
SEATED: Final = (
    RegistrationState.OFFERED,
    RegistrationState.CONFIRMED,
    RegistrationState.ATTENDED,
)
_PLACES: Final[ColumnElement[Any]] = func.coalesce(
    Occurrence.capacity, cast(Post.details["capacity"].astext, Integer())
)
_SECONDS_OF_MINUTE: Final = 60


def counted_room() -> ColumnElement[bool]:
    """Tell dates to which all may come, or for which a place is free, open or closed by now.

    Counts for each date; for queries that join ``Post``. Says the same as ``DateView.free``.
    """
    way = Post.details["participation"].astext
    has_any = or_(
        way == Participation.OPEN,
        and_(way == Participation.REGISTRATION, _has_place()),
        and_(way == Participation.SLOTS, _has_slot()),
    )
    return func.coalesce(has_any, false())


async def note_room(session: Session, *which: ColumnElement[bool]) -> None:
    """Note whether there is room on some dates, which are locked until commit."""
    await session.flush()
    noted = (
        update(Occurrence)
        .where(
            Post.id == Occurrence.post_id,
            *which,
            Occurrence.has_room.is_distinct_from(counted_room()),
        )
        .values(has_room=~Occurrence.has_room, updated_at=Occurrence.updated_at)
        .execution_options(synchronize_session=False)
    )
    await session.execute(noted)


def _has_place() -> ColumnElement[bool]:
    other = aliased(Registration)
    taken = select(func.count()).where(
        other.occurrence_id == Occurrence.id, other.state.in_(SEATED)
    )
    return or_(_PLACES.is_(None), taken.correlate(Occurrence).scalar_subquery() < _PLACES)


def _has_slot() -> ColumnElement[bool]:
    """Whether one of the slots has a place; a slot has one place unless it says otherwise."""
    other = aliased(Registration)
    minutes = cast(Post.details["slot_minutes"].astext, Integer())
    length = func.extract("epoch", Occurrence.ends_at - Occurrence.starts_at)
    slots = (
        func.generate_series(
            0, cast(func.floor(length / (minutes * _SECONDS_OF_MINUTE)), Integer()) - 1
        )
        .table_valued("slot")
        .render_derived(name="slots")
    )
    taken = (
        select(func.count())
        .where(
            other.occurrence_id == Occurrence.id,
            other.state.in_(SEATED),
            other.slot == slots.c.slot,
        )
        .correlate(Occurrence, slots)
        .scalar_subquery()
    )
    free = select(slots.c.slot).where(taken < func.coalesce(_PLACES, 1))
    return free.correlate(Occurrence, Post).exists()
