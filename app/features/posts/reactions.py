"""Saying that a post or a reply was helpful. It moves nothing in any list."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.ids import new_id
from app.features.posts.access import post_for, reply_for
from app.features.posts.policy import Act, ReplyAct
from app.models.posts import Reaction


async def find_post_helpful(session: Session, actor: Actor, post_id: UUID) -> None:
    """Say that a post of somebody else was helpful. Twice changes nothing."""
    await post_for(session, actor, post_id, Act.REACT)
    await _keep(session, person_id=actor.person_id, post_id=post_id)


async def unfind_post_helpful(session: Session, actor: Actor, post_id: UUID) -> None:
    """Take that back. Twice changes nothing."""
    await post_for(session, actor, post_id, Act.VIEW)
    await session.execute(
        delete(Reaction).where(Reaction.person_id == actor.person_id, Reaction.post_id == post_id)
    )


async def find_reply_helpful(session: Session, actor: Actor, reply_id: UUID) -> UUID:
    """Say that a reply of somebody else was helpful; return its post. Twice changes nothing."""
    post, _ = await reply_for(session, actor, reply_id, ReplyAct.REACT)
    await _keep(session, person_id=actor.person_id, reply_id=reply_id)
    return post.id


async def unfind_reply_helpful(session: Session, actor: Actor, reply_id: UUID) -> UUID:
    """Take that back; return the reply's post. Twice changes nothing."""
    post, _ = await reply_for(session, actor, reply_id, ReplyAct.REACT)
    await session.execute(
        delete(Reaction).where(Reaction.person_id == actor.person_id, Reaction.reply_id == reply_id)
    )
    return post.id


async def _keep(session: Session, **target: UUID | None) -> None:
    await session.execute(insert(Reaction).values(id=new_id(), **target).on_conflict_do_nothing())
