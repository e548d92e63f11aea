"""Filing posts under everything that they can be followed by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import on
from app.features.companies.profile import CompanyEdited
from app.features.places.region import places_around
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostEnded, PostRenewed
from app.features.posts.policy import MET
from app.features.posts.publishing import PostPublished
from app.features.posts.replying import AnswerAccepted, ReplyWithdrawn
from app.features.posts.sectors import sectors_of_company, sectors_of_post
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.people import Person
from app.models.posts import Post, Reply

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


@on(CompanyEdited)
async def file_of_company(session: Session, event: CompanyEdited) -> None:
    """File the posts of a company that has other sectors now."""
    sectors = await sectors_of_company(session, event.company_id)
    filed = (
        select(func.array_agg(FeedEntry.key))
        .where(
            FeedEntry.post_id == Post.id,
            FeedEntry.target == FollowTarget.SECTOR,
            FeedEntry.about == About.POST,
        )
        .scalar_subquery()
    )
    posts = await session.execute(
        select(Post.id, filed).where(Post.company_id == event.company_id, Post.status.in_(MET))
    )
    for post_id, keys in posts.all():
        if set(keys or ()) != sectors:
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
    named = {
        FollowTarget.PERSON: await _present(session, post.author_id),
        FollowTarget.COMPANY: post.company_id,
        FollowTarget.GROUP: post.group_id,
    }
    found |= {(target, str(key)) for target, key in named.items() if key}
    if post.place_id:
        places = await session.scalars(places_around(post.place_id))
        found |= {(FollowTarget.PLACE, str(place_id)) for place_id in places}
    sectors = await sectors_of_post(session, post.kind, post.details, post.company_id)
    return found | {(FollowTarget.SECTOR, key) for key in sectors}


async def _present(session: Session, person_id: UUID | None) -> UUID | None:
    """Return a person who can be followed; whoever has left cannot."""
    return await session.scalar(
        select(Person.id).where(Person.id == person_id, Person.left_at.is_(None))
    )
