"""Bringing single dates of an event to what an imported calendar says of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.features.events.calendar_files import OtherDate
from app.features.events.deciding import (
    MoveDraft,
    OccurrencePatch,
    cancel_occurrence,
    change_occurrence,
    move_occurrence,
    restore_occurrence,
)
from app.features.posts.events.rules import local_of, moment_of
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.posts import Post


@dataclass(frozen=True, slots=True)
class Fitted:
    """Whether a date has changed, and whether all are there already that the calendar speaks of."""

    has_changed: bool
    is_whole: bool


async def fit_dates(
    session: Session,
    actor: Actor,
    post: Post,
    others: Iterable[OtherDate],
    earlier: Collection[str],
) -> Fitted:
    """Move, cancel or note what differs from the rule; restore what did on days ``earlier``.

    Dates of which the calendar says and said nothing are left as they were decided here.
    """
    zone, now = post.details["time_zone"], clock.now()
    rows = await session.scalars(
        select(Occurrence)
        .where(Occurrence.post_id == post.id)
        .order_by(Occurrence.original_starts_at)
    )
    kept = {local_of(row.original_starts_at, zone): row for row in rows}
    before = {row.id: row.sequence for row in kept.values()}
    wanted = {one.original: one for one in others}
    is_whole = not wanted or (bool(kept) and max(wanted) <= max(kept))
    apart = {original.date() for original in wanted}
    for original in kept:
        if original.date().isoformat() in set(earlier) and original.date() not in apart:
            wanted[original] = OtherDate(original, original, original)
    for original, one in wanted.items():
        row = kept.get(original)
        if row is not None and row.starts_at > now and not row.is_off_rule:
            await _fit(session, actor, row, one, zone)
    return Fitted(
        any(row.sequence != before[row.id] for row in kept.values()),
        is_whole,
    )


async def _fit(session: Session, actor: Actor, row: Occurrence, one: OtherDate, zone: str) -> None:
    if one.starts is None or one.ends is None:
        await cancel_occurrence(session, actor, row.id)
        return
    starts, ends = moment_of(one.starts, zone), moment_of(one.ends, zone)
    if starts <= clock.now():
        return
    as_ruled = starts == row.original_starts_at
    is_back = one.ends == one.starts == one.original
    if row.state == OccurrenceState.CANCELLED or (as_ruled and row.starts_at != starts):
        await restore_occurrence(session, actor, row.id)
    if not is_back and (row.starts_at, row.ends_at) != (starts, max(starts, ends)):
        draft = MoveDraft(starts_at=one.starts, ends_at=max(one.starts, one.ends))
        await move_occurrence(session, actor, row.id, draft)
    await change_occurrence(session, actor, row.id, OccurrencePatch(venue=one.venue, note=one.note))
