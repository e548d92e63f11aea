"""Which dates one can still take part in, for queries; says the same as ``DateView.free``."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from app.features.events.policy import SEATED
from app.features.posts.events.terms import Participation
from app.models.occurrences import Occurrence, OccurrenceState, Registration
from app.models.posts import Post

_PLACES: ColumnElement[Any] = func.coalesce(
    Occurrence.capacity, cast(Post.details["capacity"].astext, Integer())
)
_SECONDS_OF_MINUTE = 60


def has_room(now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep dates to which all may come, or for which a place is free and registration open.

    For queries that join ``Post``.
    """
    way = Post.details["participation"].astext
    hours = func.coalesce(cast(Post.details["closes_hours_before"].astext, Integer()), 0)
    is_open = Occurrence.starts_at - func.make_interval(0, 0, 0, 0, hours) > now
    return and_(
        Occurrence.state != OccurrenceState.CANCELLED,
        or_(
            way == Participation.OPEN,
            and_(is_open, way == Participation.REGISTRATION, _has_place()),
            and_(is_open, way == Participation.SLOTS, _has_slot()),
        ),
    )


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
