"""Mentions: people and companies named in a text as ``@slug``."""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from sqlalchemy import delete, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import Event, emit
from app.core.text import find_mentions
from app.models.companies import Company, CompanyState
from app.models.people import Person
from app.models.posts import Mention

MAX_MENTIONS = 20


class Mentioned(Event):
    name: ClassVar[str] = "post.mentioned"
    mention_id: UUID


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a text mentions: the paths of their pages by slug, and their ids."""

    paths: dict[str, str] = field(default_factory=dict)
    people: frozenset[UUID] = frozenset()
    companies: frozenset[UUID] = frozenset()


async def mentioned_in(session: Session, source: str) -> Found:
    """Look up whom ``source`` mentions, the first 20; a slug of both means the person."""
    slugs = find_mentions(source)[:MAX_MENTIONS]
    if not slugs:
        return Found()
    rows = await session.execute(
        union_all(
            select(Company.slug, Company.id, literal("companies").label("under")).where(
                Company.slug.in_(slugs), Company.state == CompanyState.ACTIVE
            ),
            select(Person.slug, Person.id, literal("people")).where(
                Person.slug.in_(slugs), Person.left_at.is_(None)
            ),
        )
    )
    by_slug = {slug: (key, under) for slug, key, under in rows}
    return Found(
        {slug: f"/{under}/{slug}" for slug, (_, under) in by_slug.items()},
        frozenset(key for key, under in by_slug.values() if under == "people"),
        frozenset(key for key, under in by_slug.values() if under == "companies"),
    )


async def record_mentions(
    session: Session, found: Found, *, post_id: UUID, reply_id: UUID | None = None
) -> None:
    """Keep whom a post or reply mentions now, and emit what is new."""
    here = (Mention.post_id == post_id, Mention.reply_id.is_not_distinct_from(reply_id))
    known = (
        await session.execute(select(Mention.person_id, Mention.company_id).where(*here))
    ).all()
    people = {row.person_id for row in known if row.person_id}
    companies = {row.company_id for row in known if row.company_id}
    for gone, column in (
        (people - found.people, Mention.person_id),
        (companies - found.companies, Mention.company_id),
    ):
        if gone:
            await session.execute(delete(Mention).where(*here, column.in_(gone)))
    new = [
        Mention(post_id=post_id, reply_id=reply_id, person_id=key)
        for key in sorted(found.people - people)
    ] + [
        Mention(post_id=post_id, reply_id=reply_id, company_id=key)
        for key in sorted(found.companies - companies)
    ]
    session.add_all(new)
    for mention in new:
        emit(session, Mentioned(mention_id=mention.id))
