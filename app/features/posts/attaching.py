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
