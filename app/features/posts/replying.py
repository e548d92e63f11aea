"""Replies: answering a post, changing and withdrawing answers, and accepting one."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.text import Prose, render_markdown
from app.features.companies.speaking import require_voice
from app.features.posts.access import post_for, reply_for
from app.features.posts.mentions import Found, mentioned_in, record_mentions
from app.features.posts.policy import Act, ReplyAct
from app.models.posts import Post, Reply, ReplyRevision

MAX_REPLY = 5_000  # characters


class ReplyPosted(Event):
    name: ClassVar[str] = "reply.posted"
    reply_id: UUID


class ReplyEdited(Event):
    name: ClassVar[str] = "reply.edited"
    reply_id: UUID


class ReplyWithdrawn(Event):
    name: ClassVar[str] = "reply.withdrawn"
    reply_id: UUID


class AnswerAccepted(Event):
    name: ClassVar[str] = "post.answer_accepted"
    post_id: UUID
    reply_id: UUID


class ReplyChange(BaseModel):
    """What of a reply can be changed later."""

    model_config = ConfigDict(extra="forbid")

    body: Annotated[str, Prose(MAX_REPLY), Asked(N_("Ihre Antwort"), widget="markdown", rows=6)]


class ReplyDraft(ReplyChange):
    """What a person answers."""

    company_id: Annotated[
        UUID | None,
        Field(description="The company that the reply speaks for."),
        Asked(N_("Antworten als"), widget="select"),
    ] = None


async def reply_to(session: Session, actor: Actor, post_id: UUID, draft: ReplyDraft) -> Reply:
    """Answer a post, as oneself or as a company that the actor speaks for.

    In a group only its members answer. The post is locked against being withdrawn meanwhile.
    """
    post = await post_for(session, actor, post_id, Act.REPLY, lock=True)
    if actor.person_id is None:
        raise SignInRequired
    company = await require_voice(session, actor, draft.company_id) if draft.company_id else None
    found = await mentioned_in(session, draft.body)
    reply = Reply(
        post_id=post.id,
        body=draft.body,
        body_html=render_markdown(draft.body, found.paths),
        author_id=actor.person_id,
        company_id=company.id if company else None,
        published_at=clock.now(),
    )
    session.add(reply)
    await session.flush()
    await record_mentions(session, found, post_id=post.id, reply_id=reply.id)
    emit(session, ReplyPosted(reply_id=reply.id))
    await session.flush()
    return reply


async def edit_reply(
    session: Session,
    actor: Actor,
    reply_id: UUID,
    change: ReplyChange,
    *,
    expected: int | None = None,
) -> Reply:
    """Change a reply, and keep how it read before."""
    post, reply = await reply_for(session, actor, reply_id, ReplyAct.EDIT)
    if expected is not None and expected != reply.version:
        raise Stale
    if change.body == reply.body:
        return reply
    counted = select(func.count()).where(ReplyRevision.reply_id == reply.id)
    number = 1 + (await session.scalar(counted) or 0)
    session.add(ReplyRevision(reply_id=reply.id, number=number, body=reply.body))
    found = await mentioned_in(session, change.body)
    reply.body = change.body
    reply.body_html = render_markdown(change.body, found.paths)
    reply.edited_at = clock.now()
    await record_mentions(session, found, post_id=post.id, reply_id=reply.id)
    emit(session, ReplyEdited(reply_id=reply.id))
    await session.flush()
    return reply


async def withdraw_reply(
    session: Session, actor: Actor, reply_id: UUID, *, expected: int | None = None
) -> Reply:
    """Take a reply back: its place stays, its words go; an accepted one is accepted no more."""
    post, reply = await reply_for(session, actor, reply_id, ReplyAct.WITHDRAW)
    if expected is not None and expected != reply.version:
        raise Stale
    reply.withdrawn_at = clock.now()
    if post.accepted_reply_id == reply.id:
        post.accepted_reply_id = None
    await record_mentions(session, Found(), post_id=post.id, reply_id=reply.id)
    emit(session, ReplyWithdrawn(reply_id=reply.id))
    await session.flush()
    return reply


async def accept_answer(session: Session, actor: Actor, post_id: UUID, reply_id: UUID) -> Post:
    """Say which reply answered the question; another one takes its place. Twice changes nothing."""
    post = await post_for(session, actor, post_id, Act.ACCEPT_ANSWER, lock=True)
    reply = await session.scalar(
        select(Reply.id).where(
            Reply.id == reply_id, Reply.post_id == post_id, Reply.withdrawn_at.is_(None)
        )
    )
    if reply is None:
        raise NotFound
    if post.accepted_reply_id != reply_id:
        post.accepted_reply_id = reply_id
        emit(session, AnswerAccepted(post_id=post.id, reply_id=reply_id))
        await session.flush()
    return post


async def unaccept_answer(session: Session, actor: Actor, post_id: UUID) -> Post:
    """Say that the question is open again. Twice changes nothing."""
    post = await post_for(session, actor, post_id, Act.ACCEPT_ANSWER, lock=True)
    post.accepted_reply_id = None
    await session.flush()
    return post
