"""Who is behind a concealed post: the one place that reads it.

Everybody else asks here, and learns no more than yes or no about the actor who asks. A concealed
post has no author and no company in its row, so no list, card, feed or export can show one.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.models.posts import ConcealedAuthor, Post

_author = aliased(ConcealedAuthor)


def conceal(session: Session, post_id: UUID, person_id: UUID, company_id: UUID | None) -> None:
    """Keep who is behind a post, apart from it."""
    session.add(ConcealedAuthor(post_id=post_id, person_id=person_id, company_id=company_id))


def concealed_by(
    actor: Actor, speaks_for: Callable[[Any], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Whether ``actor`` is behind ``Post``: themselves, or a company they speak for."""
    return exists().where(
        _author.post_id == Post.id,
        or_(
            and_(_author.person_id == actor.person_id, _author.company_id.is_(None)),
            speaks_for(_author.company_id),
        ),
    )


async def behind(session: Session, post_id: UUID) -> tuple[UUID, UUID | None] | None:
    """Return person and company behind a post, for telling them what concerns it."""
    row = (
        await session.execute(
            select(ConcealedAuthor.person_id, ConcealedAuthor.company_id).where(
                ConcealedAuthor.post_id == post_id
            )
        )
    ).first()
    return (row.person_id, row.company_id) if row else None


async def speakers_of(session: Session, post: Post) -> tuple[UUID | None, UUID | None]:
    """Return person and company that a post speaks for, of a concealed one those behind it."""
    if not post.is_concealed:
        return post.author_id, post.company_id
    return await behind(session, post.id) or (None, None)


def person_behind() -> ColumnElement[UUID]:
    """Return who is behind ``Post``, for a query that may tell them: both sides have released."""
    return select(_author.person_id).where(_author.post_id == Post.id).scalar_subquery()


def company_behind() -> ColumnElement[UUID | None]:
    """Return which company is behind ``Post``, for a query that may tell it."""
    return select(_author.company_id).where(_author.post_id == Post.id).scalar_subquery()


def hidden_by(person_id: UUID) -> ColumnElement[bool]:
    """Keep concealed posts behind which a person stands alone, so that they can be withdrawn."""
    return exists().where(
        _author.post_id == Post.id, _author.person_id == person_id, _author.company_id.is_(None)
    )
