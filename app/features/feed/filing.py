"""Filing posts under everything that they can be followed by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import on
from app.features.places.region import places_around
from app.features.posts.drafts import KINDS
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostEnded, PostRenewed
from app.features.posts.kinds import Disclosure
from app.features.posts.policy import MET
from app.features.posts.publishing import PostPublished
from app.features.posts.replying import AnswerAccepted, ReplyWithdrawn
from app.models.companies import CompanySector
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.people import Person
from app.models.posts import Post, Reply
from app.reference.sectors import WZ_2008, section_of

Heading = tuple[FollowTarget, str]


@on(PostPublished)
async def file_published(session: Session, event: PostPublished) -> None:
    """File a new post."""
    await file_post(session, event.post_id)


@on(PostEdited)
async def file_edited(session: Session, event: PostEdited) -> None:
    """File a post by what it says now."""
    await file_post(session, event.post_id)


@on(PostRenewed)
async def file_renewed(session: Session, event: PostRenewed) -> None:
    """File a post that may have been over; it keeps its place in time."""
    await file_post(session, event.post_id)


@on(PostEnded)
async def drop_ended(session: Session, event: PostEnded) -> None:
    """Take a post that has ended from every feed."""
    await file_post(session, event.post_id)


@on(AnswerAccepted)
async def file_answered(session: Session, event: AnswerAccepted) -> None:
    """File that a question has been answered."""
    await file_post(session, event.post_id)


@on(ReplyWithdrawn)
async def drop_answer(session: Session, event: ReplyWithdrawn) -> None:
    """Say no more that a question was answered, if it was by this reply."""
    post_id = await session.scalar(select(Reply.post_id).where(Reply.id == event.reply_id))
    if post_id:
        await file_post(session, post_id)


async def file_post(session: Session, post_id: UUID) -> None:
    """File a post by how it is now; a second time changes nothing.

    The post is locked, so that two jobs never file it at once. That an answer was accepted is
    filed when it is first seen, and stays there as long as one is.
    """
    post = await session.scalar(select(Post).where(Post.id == post_id).with_for_update())
    if post is None:
        return
    answered = await session.scalar(
        select(FeedEntry.at)
        .where(FeedEntry.post_id == post_id, FeedEntry.about == About.ANSWER)
        .limit(1)
    )
    await session.execute(delete(FeedEntry).where(FeedEntry.post_id == post_id))
    if post.status not in MET:
        return
    moments: list[tuple[About, datetime]] = [(About.POST, post.published_at)]
    if post.accepted_reply_id:
        moments.append((About.ANSWER, answered or clock.now()))
    rows: list[dict[str, Any]] = [
        {"target": target, "key": key, "at": at, "post_id": post_id, "about": about,
         "kind": post.kind}
        for target, key in sorted(await _headings(session, post))
        for about, at in moments
    ]  # fmt: skip
    await session.execute(insert(FeedEntry), rows)


async def _headings(session: Session, post: Post) -> set[Heading]:
    """Return all that a post can be followed by. What stands behind a concealed one is unknown."""
    found: set[Heading] = {(FollowTarget.KIND, post.kind)}
    found |= {(FollowTarget.TAG, tag) for tag in post.tags}
    found |= {(FollowTarget.SECTOR, key) for key in sectors_said(post.kind, post.details)}
    named = {
        FollowTarget.PERSON: await _present(session, post.author_id),
        FollowTarget.COMPANY: post.company_id,
        FollowTarget.GROUP: post.group_id,
    }
    found |= {(target, str(key)) for target, key in named.items() if key}
    if post.place_id:
        places = await session.scalars(places_around(post.place_id))
        found |= {(FollowTarget.PLACE, str(place_id)) for place_id in places}
    if post.company_id:
        found |= await _sectors_of(session, post.company_id)
    return found


async def _present(session: Session, person_id: UUID | None) -> UUID | None:
    """Return a person who can be followed; whoever has left cannot."""
    return await session.scalar(
        select(Person.id).where(Person.id == person_id, Person.left_at.is_(None))
    )


async def _sectors_of(session: Session, company_id: UUID) -> set[Heading]:
    rows = await session.execute(
        select(CompanySector.classification, CompanySector.section, CompanySector.division).where(
            CompanySector.company_id == company_id
        )
    )
    return {
        (FollowTarget.SECTOR, f"{row.classification}:{code}")
        for row in rows
        for code in (row.section, row.division)
        if code
    }


def sectors_said(kind: str, details: dict[str, Any]) -> set[str]:
    """Return the sectors that the details of a post name to every reader."""
    closed = KINDS[kind].kept_from(Disclosure.KEEPER, Disclosure.SIGNED_IN)
    codes: set[str] = set()
    for name, value in details.items():
        if name.startswith("wz2008_") and name not in closed and value:
            codes |= {value} if isinstance(value, str) else set(value)
    sections = {section_of(code, WZ_2008) for code in codes if code.isdigit()}
    return {f"{WZ_2008}:{code}" for code in codes | sections if code}
