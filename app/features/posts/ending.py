"""The later life of a post: reserved, released, done, renewed, withdrawn, expired, forgotten."""

from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import Conflict, Stale
from app.core.events import Event, emit, every
from app.core.i18n import N_
from app.core.settings import settings
from app.features.posts.access import open_post, post_for, require_act
from app.features.posts.composing import day_in_words, end_of, kind_of, moment_of
from app.features.posts.drafts import PostChange, ValidUntil, restored
from app.features.posts.policy import MET, Act
from app.models.inquiries import Inquiry
from app.models.posts import Conclusion, Post, PostStatus

AT_ONCE = 500  # posts in one tick

label(
    {
        Conclusion.HERE: N_("über diese Plattform"),
        Conclusion.ELSEWHERE: N_("auf anderem Weg"),
        Conclusion.NO_LONGER_NEEDED: N_("kein Bedarf mehr"),
        Conclusion.OTHER: N_("sonstiges"),
    }
)


class PostReserved(Event):
    name: ClassVar[str] = "post.reserved"
    post_id: UUID


class PostReleased(Event):
    name: ClassVar[str] = "post.released"
    post_id: UUID


class PostRenewed(Event):
    name: ClassVar[str] = "post.renewed"
    post_id: UUID


class PostEnded(Event):
    """A post is done, has expired or was withdrawn."""

    name: ClassVar[str] = "post.ended"
    post_id: UUID
    status: PostStatus


class LongestReached(Conflict):
    code: ClassVar[str] = "longest_reached"
    text: ClassVar[str] = N_(
        "Dieser Beitrag gilt längstens bis %(day)s und lässt sich nicht weiter verlängern. Wird er "
        "danach noch gebraucht, veröffentlichen Sie ihn bitte neu."
    )


class ConclusionDraft(BaseModel):
    """How a post came to be done."""

    model_config = ConfigDict(extra="forbid")

    conclusion: Annotated[Conclusion, Asked(N_("Wie hat es sich erledigt?"), widget="radios")]


class RenewalDraft(BaseModel):
    """Until when a post is to live on."""

    model_config = ConfigDict(extra="forbid")

    valid_until: ValidUntil = None


async def reserve_post(
    session: Session, actor: Actor, post_id: UUID, *, expected: int | None = None
) -> Post:
    """Say that somebody is interested in earnest: it stays readable, and is matched no more."""
    post = await _keep(session, actor, post_id, Act.RESERVE, PostStatus.RESERVED, expected)
    if post.status != PostStatus.RESERVED:
        post.status, post.reserved_at = PostStatus.RESERVED, clock.now()
        emit(session, PostReserved(post_id=post.id))
        await session.flush()
    return post


async def release_post(
    session: Session, actor: Actor, post_id: UUID, *, expected: int | None = None
) -> Post:
    """Say that a reserved post is on offer again."""
    post = await _keep(session, actor, post_id, Act.RELEASE, PostStatus.ACTIVE, expected)
    if post.status != PostStatus.ACTIVE:
        post.status, post.reserved_at = PostStatus.ACTIVE, None
        emit(session, PostReleased(post_id=post.id))
        await session.flush()
    return post


async def conclude_post(
    session: Session,
    actor: Actor,
    post_id: UUID,
    draft: ConclusionDraft,
    *,
    expected: int | None = None,
) -> Post:
    """Say that a post is done, and how. A second time changes nothing."""
    post = await _keep(session, actor, post_id, Act.CONCLUDE, PostStatus.DONE, expected)
    if post.status != PostStatus.DONE:
        post.conclusion = draft.conclusion
        end_post(session, post, PostStatus.DONE)
        await session.flush()
    return post


async def withdraw_post(
    session: Session, actor: Actor, post_id: UUID, *, expected: int | None = None
) -> Post:
    """Take a post from every list and page; who keeps it still finds it. Twice it is gone."""
    post = await post_for(session, actor, post_id, Act.WITHDRAW, lock=True)
    _check(post, expected)
    end_post(session, post, PostStatus.WITHDRAWN)
    await session.flush()
    return post


async def renew_post(
    session: Session,
    actor: Actor,
    post_id: UUID,
    draft: RenewalDraft,
    *,
    expected: int | None = None,
) -> Post:
    """Let a post live on from today, for the time of its kind or until the day given.

    One that had expired is published again. Refuses what is over by itself, and what has reached
    the longest time of its kind, which counts from its first publication.
    """
    opened = await open_post(session, actor, post_id, lock=True)
    post = opened.post
    if opened.here.is_kept_by_me and opened.here.latest_end and not opened.here.is_renewable:
        raise LongestReached(day=day_in_words(opened.here.latest_end))
    require_act(actor, opened, Act.RENEW)
    _check(post, expected)
    details = restored(post.kind, post.details)
    now = moment_of(kind_of(post), details, clock.now())
    change = PostChange(details=details, valid_until=draft.valid_until)
    post.expires_at = end_of(kind_of(post), change, now, published_at=post.published_at)
    post.renewed_at, post.reminders = now, 0
    if post.status == PostStatus.EXPIRED:
        post.status, post.ended_at = PostStatus.ACTIVE, None
    emit(session, PostRenewed(post_id=post.id))
    await session.flush()
    return post


def end_post(session: Session, post: Post, status: PostStatus) -> None:
    """End a post that the caller has locked."""
    post.status, post.ended_at = status, clock.now()
    emit(session, PostEnded(post_id=post.id, status=status))


async def _keep(
    session: Session,
    actor: Actor,
    post_id: UUID,
    act: Act,
    already: PostStatus,
    expected: int | None,
) -> Post:
    """Load a post for a step; who keeps it may take the same step twice."""
    opened = await open_post(session, actor, post_id, lock=True)
    if not (opened.here.is_kept_by_me and opened.post.status == already):
        require_act(actor, opened, act)
        _check(opened.post, expected)
    return opened.post


def _check(post: Post, expected: int | None) -> None:
    if expected is not None and expected != post.version:
        raise Stale


@every("*/5 * * * *")
async def expire_posts(session: Session) -> None:
    """End posts whose time is over."""
    over = await session.scalars(
        select(Post)
        .where(Post.status.in_(MET), Post.expires_at <= clock.now())
        .order_by(Post.expires_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for post in over:
        end_post(session, post, PostStatus.EXPIRED)


@every("17 3 * * *")
async def forget_ended_posts(session: Session) -> None:
    """Delete posts that ended longer ago than they are kept for their authors.

    A post about which a private thread is kept stays as long as that.
    """
    before = clock.now() - timedelta(days=settings().retention.ended_posts_days)
    asked_about = exists().where(Inquiry.post_id == Post.id)
    old = (
        select(Post.id)
        .where(Post.ended_at < before, ~asked_about)
        .order_by(Post.ended_at)
        .limit(AT_ONCE)
    )
    ids = list(await session.scalars(old))
    await session.execute(update(Post).where(Post.id.in_(ids)).values(accepted_reply_id=None))
    await session.execute(delete(Post).where(Post.id.in_(ids)))
