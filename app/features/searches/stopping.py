"""Telling no more of searches by mail; ``features.notifications`` gives out the keys for it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.features.searches.saving import settle
from app.models.searches import Frequency, SavedSearch


@dataclass(frozen=True, slots=True)
class SearchList:
    """What one mail tells of: one search, or all of a person's with one frequency."""

    person_id: UUID
    search_id: UUID | None = None
    frequency: Frequency | None = None

    @property
    def _searches(self) -> list[ColumnElement[bool]]:
        chosen = [SavedSearch.person_id == self.person_id]
        if self.search_id:
            chosen.append(SavedSearch.id == self.search_id)
        if self.frequency:
            chosen.append(SavedSearch.frequency == self.frequency)
        return chosen


async def searches_of(session: Session, about: SearchList) -> list[SavedSearch]:
    """Return the searches that still are on a list."""
    return list(
        await session.scalars(
            select(SavedSearch)
            .where(*about._searches, SavedSearch.frequency != Frequency.NEVER)  # noqa: SLF001
            .order_by(SavedSearch.created_at, SavedSearch.id)
        )
    )


async def stop_mails(session: Session, about: SearchList) -> None:
    """Tell no more of the searches on a list; their hits can still be looked at. Twice is once."""
    stopped = await searches_of(session, about)
    for search in stopped:
        search.frequency = Frequency.NEVER
    await settle(session, [search.id for search in stopped])
    await session.flush()
