"""Pictures and PDFs of posts: who may attach them, and who sees them then."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.features.media.describing import own_media
from app.features.media.policy import used_in
from app.features.posts import policy
from app.models.posts import Attachment, Post


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Whether ``actor`` may see the post of an attachment."""
    return (
        select(Post.id)
        .where(Post.id == Attachment.post_id, policy.visible_to(actor))
        .correlate(Attachment)
        .exists()
    )


used_in(Attachment.medium_id, _seen_by)


async def attach(session: Session, actor: Actor, post: Post, wanted: Sequence[UUID]) -> None:
    """Attach the actor's own media in this order, each once; others are refused as unknown."""
    media = await own_media(session, actor, wanted, field="attachments") if wanted else []
    session.add_all(
        Attachment(post_id=post.id, medium_id=medium.id, position=position)
        for position, medium in enumerate(media)
    )
    await session.flush()


async def reattach(session: Session, actor: Actor, post: Post, wanted: Sequence[UUID]) -> bool:
    """Have a post show exactly these media, in this order; return whether that is a change.

    What it shows already may stay, whoever uploaded it; what is new must be the actor's own.
    Media that nothing uses any more are cleared away by the clock (media/removing.py).
    """
    found = await session.scalars(
        select(Attachment).where(Attachment.post_id == post.id).order_by(Attachment.position)
    )
    present = {one.medium_id: one for one in found}
    order = list(dict.fromkeys(wanted))
    if order == list(present):
        return False
    new = [medium_id for medium_id in order if medium_id not in present]
    if new:
        await own_media(session, actor, new, field="attachments")
    for medium_id, attachment in present.items():
        if medium_id not in order:
            await session.delete(attachment)
    for position, medium_id in enumerate(order):
        if medium_id in present:
            present[medium_id].position = position
        else:
            session.add(Attachment(post_id=post.id, medium_id=medium_id, position=position))
    await session.flush()
    return True
