"""What is due to be told, to whom, and when: at once, every day, or every week."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, every
from app.core.settings import settings
from app.features.posts import policy
from app.features.searches.finding import READER
from app.models.posts import Post
from app.models.searches import Frequency, SavedSearch, SearchHit

HOUR: Final = 6  # of the local morning
_MONDAY: Final = 0


class DigestDue(Event):
    """There are hits from before a moment to tell one person of, in one mail for all searches."""

    name: ClassVar[str] = "search.digest_due"
    person_id: UUID
    frequency: Frequency
    before: datetime


@every("*/15 * * * *")
async def announce_digests(session: Session) -> None:
    """Announce a digest to everybody for whom something was found before the last morning.

    Mornings are those of the region, whatever the clock is changed to. What the worker missed
    while it was away is announced when it is back; where nothing is new, nothing is said.
    """
    for frequency in (Frequency.DAILY, Frequency.WEEKLY):
        before = last_morning(clock.now(), frequency)
        people = await session.scalars(
            _due(SavedSearch.person_id, frequency)
            .where(SearchHit.found_at < before)
            .group_by(SavedSearch.person_id)
            .order_by(SavedSearch.person_id)
        )
        for person_id in people:
            emit(session, DigestDue(person_id=person_id, frequency=frequency, before=before))


def last_morning(now: datetime, frequency: Frequency) -> datetime:
    """Return the last 6 o'clock, or with a weekly frequency the last on a Monday, local time."""
    local = now.astimezone(settings().zone)
    day = local.date() if local.time() >= time(HOUR) else local.date() - timedelta(days=1)
    if frequency == Frequency.WEEKLY:
        day -= timedelta(days=(day.weekday() - _MONDAY) % 7)
    return datetime.combine(day, time(HOUR), settings().zone)


def next_morning(now: datetime, frequency: Frequency) -> datetime:
    """Return the next such morning."""
    days = 7 if frequency == Frequency.WEEKLY else 1
    last = last_morning(now, frequency)
    return datetime.combine(last.date() + timedelta(days=days), time(HOUR), settings().zone)


def _due(columns: Any, frequency: Frequency) -> Select[Any]:
    """Select from the hits that are due and that whoever keeps the search may see."""
    chosen = columns if isinstance(columns, Sequence) else [columns]
    return (
        select(*chosen)
        .select_from(SearchHit)
        .join(SavedSearch, SavedSearch.id == SearchHit.search_id)
        .join(Post, Post.id == SearchHit.post_id)
        .where(
            SearchHit.is_due,
            SavedSearch.frequency == frequency,
            policy.current(),
            policy.stands_open_to(READER),
        )
    )


async def take_due_hits(
    session: Session, person_id: UUID, frequency: Frequency, *, before: datetime | None = None
) -> list[Any]:
    """Return what is due to be told to a person, and have it told: it is not due any more.

    Rows have the search (``search_id``, ``label``), the post (``post_id``, ``kind``, ``title``,
    ``reference``, ``is_concealed``, ``due_at``, ``details``) and ``reasons``. What the person may
    not see stays due.
    """
    columns: list[Any] = [
        SearchHit.id,
        SearchHit.reasons,
        SavedSearch.id.label("search_id"),
        SavedSearch.label,
        Post.id.label("post_id"),
        Post.kind,
        Post.title,
        Post.reference,
        Post.is_concealed,
        Post.due_at,
        Post.details,
    ]
    query = _due(columns, frequency).where(SavedSearch.person_id == person_id)
    if before is not None:
        query = query.where(SearchHit.found_at < before)
    query = query.order_by(SavedSearch.created_at, SavedSearch.id, SearchHit.found_at, SearchHit.id)
    rows = list(await session.execute(query.with_for_update(of=SearchHit)))
    taken = update(SearchHit).where(SearchHit.id.in_([row.id for row in rows]))
    await session.execute(taken.values(is_due=False))
    return rows
