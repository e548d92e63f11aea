"""Pictures and PDFs of posts: who may attach them, and who sees them then."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.i18n import N_
from app.features.media.copying import is_shown_elsewhere, nameless_copy
from app.features.media.describing import own_media
from app.features.media.policy import used_in
from app.features.posts import policy
from app.features.posts.composing import names_of
from app.features.posts.concealing import speakers_of
from app.features.posts.telltales import gives_away
from app.models.media import Medium, MediumType
from app.models.posts import Attachment, Post

_FIELD = "attachments"


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
    media = await own_media(session, actor, wanted, field=_FIELD) if wanted else []
    if post.is_concealed:
        media = [await _nameless(session, post, medium) for medium in media]
    session.add_all(
        Attachment(post_id=post.id, medium_id=medium.id, position=position)
        for position, medium in enumerate(media)
    )
    await session.flush()


async def _nameless(session: Session, post: Post, medium: Medium) -> Medium:
    """Return a copy that a concealed post can show: it is found at no other post, and names nobody.

    What its description gives away is refused; so is a picture that is shown elsewhere already.
    """
    names = await names_of(session, *await speakers_of(session, post))
    is_pdf = medium.type == MediumType.PDF
    if not is_pdf and gives_away(medium.alt, names):
        text = N_("Die Bildbeschreibung verrät, wer Sie sind. Bitte beschreiben Sie es anders.")
        raise Invalid.one(_FIELD, "telltale_description", text)
    if await is_shown_elsewhere(session, medium):
        text = N_("Diese Datei zeigen Sie schon an anderer Stelle. Daran wären Sie zu erkennen.")
        raise Invalid.one(_FIELD, "shown_elsewhere", text)
    called, alt = (N_("expose"), "") if is_pdf else (N_("bild"), medium.alt)
    return await nameless_copy(session, medium, called, alt)


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
        media = await own_media(session, actor, new, field=_FIELD)
        if post.is_concealed:
            named = {one.id: (await _nameless(session, post, one)).id for one in media}
            order = [named.get(medium_id, medium_id) for medium_id in order]
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
