"""Noting what was shown: in memory while a page is made, in the database a while later.

What is noted is how often a company, people, or posts of a company, of people without one, or of
nobody who is told were shown, on what day and where. What is written is only the sum for each form
of company. Nobody can tell from either who saw what.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.settings import settings
from app.models.companies import Company
from app.models.posts import Post
from app.models.statistics import Appearance, Surface

PERSON: Final = "person"
CONCEALED: Final = "concealed"
Author = UUID | str  # a company, or one of the two above
Noted = Counter[tuple[date, Surface, Author]]


@dataclass(slots=True)
class Notebook:
    """What was shown since the last writing."""

    noted: Noted = field(default_factory=Counter)

    def note(self, surface: Surface, authors: Iterable[Author]) -> None:
        """Note that something of each of these was shown once."""
        today = clock.today(settings().zone)
        self.noted.update((today, surface, author) for author in authors)

    def taken(self) -> Noted:
        """Return what was noted, and forget it."""
        taken, self.noted = self.noted, Counter()
        return taken


@cache
def notebook() -> Notebook:
    """Return the notebook of this process."""
    return Notebook()


def note_posts(surface: Surface, actor: Actor, rows: Iterable[Any]) -> None:
    """Note the posts (cards) of a list that ``actor`` gets, but for their own."""
    notebook().note(
        surface,
        [
            _author(row.company_id, is_concealed=row.is_concealed)
            for row in rows
            if row.author_id is None or row.author_id != actor.person_id
        ],
    )


def note_companies(surface: Surface, companies: Iterable[UUID]) -> None:
    """Note organisations that a reader gets to see."""
    notebook().note(surface, companies)


def note_people(surface: Surface, actor: Actor, people: Iterable[UUID]) -> None:
    """Note people that ``actor`` gets to see, but for themselves."""
    notebook().note(surface, (PERSON for one in people if one != actor.person_id))


def _author(company_id: UUID | None, *, is_concealed: bool) -> Author:
    return company_id or (CONCEALED if is_concealed else PERSON)


async def add_up(session: Session, noted: Mapping[tuple[date, Surface, Author], int]) -> None:
    """Add what was noted to the sums of its day; companies count under their form."""
    companies = {author for _, _, author in noted if isinstance(author, UUID)}
    rows = await session.execute(select(Company.id, Company.form).where(Company.id.in_(companies)))
    forms = {row.id: row.form for row in rows}
    sums: Counter[tuple[date, Surface, str]] = Counter()
    for (day, surface, author), times in noted.items():
        form = forms.get(author) if isinstance(author, UUID) else author
        if form:
            sums[day, surface, str(form)] += times
    if not sums:
        return
    # In one order, so that two processes that write at once never wait for each other.
    added = insert(Appearance).values(
        [
            {"day": day, "surface": surface, "author": author, "times": times}
            for (day, surface, author), times in sorted(sums.items())
        ]
    )
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["day", "surface", "author"],
            set_={"times": Appearance.times + added.excluded.times},
        )
    )


async def add_told(session: Session, surface: Surface, post_ids: Sequence[UUID]) -> None:
    """Count posts of which somebody is told now, in the same transaction."""
    rows = await session.execute(
        select(Post.id, Post.company_id, Post.is_concealed).where(Post.id.in_(post_ids))
    )
    authors = {row.id: _author(row.company_id, is_concealed=row.is_concealed) for row in rows}
    today = clock.today(settings().zone)
    told = Counter((today, surface, authors[one]) for one in post_ids if one in authors)
    await add_up(session, told)
