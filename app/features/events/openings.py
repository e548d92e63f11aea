"""Which dates one can still take part in, for queries."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_

from app.features.posts.events.terms import Participation
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.posts import Post


def has_room(now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep dates to which all may come, or for which a place is free and registration open.

    For queries that join ``Post``. Nothing is counted: each date knows whether it has room.
    """
    hours = func.coalesce(cast(Post.details["closes_hours_before"].astext, Integer()), 0)
    is_open = Occurrence.starts_at - func.make_interval(0, 0, 0, 0, hours) > now
    return and_(
        Occurrence.has_room,
        Occurrence.state != OccurrenceState.CANCELLED,
        or_(Post.details["participation"].astext == Participation.OPEN, is_open),
    )
