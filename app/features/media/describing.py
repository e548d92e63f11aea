"""Describing media, and loading them for what their owner does with them."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.media import policy
from app.features.media.uploading import check_alt
from app.models.media import Medium, MediumType


class MediumDescribed(Event):
    name: ClassVar[str] = "medium.described"
    medium_id: UUID
    person_id: UUID


async def describe_medium(
    session: Session, actor: Actor, medium_id: UUID, alt: str, *, expected: int | None = None
) -> Medium:
    """Change the description of one's own medium; a picture cannot be left without one."""
    medium = await _visible(session, actor, medium_id)
    if actor.person_id is None:
        raise SignInRequired
    if medium.owner_id != actor.person_id:
        raise Forbidden
    if expected is not None and expected != medium.version:
        raise Stale
    check_alt(medium.type, alt)
    if alt != medium.alt:
        medium.alt = alt
        emit(session, MediumDescribed(medium_id=medium.id, person_id=actor.person_id))
        await session.flush()
    return medium


async def _visible(session: Session, actor: Actor, medium_id: UUID) -> Medium:
    medium = await session.scalar(
        select(Medium)
        .where(Medium.id == medium_id, policy.visible_to(actor))
        .with_for_update(of=Medium)
    )
    if medium is None:
        raise NotFound
    return medium


async def own_media(
    session: Session, actor: Actor, wanted: Sequence[UUID], *, field: str
) -> list[Medium]:
    """Return the actor's media with these ids, each once and in this order, to be used.

    They cannot be removed before this transaction ends. What is not the actor's is refused as
    unknown, at ``field``.
    """
    ids = list(dict.fromkeys(wanted))
    found = {
        medium.id: medium
        for medium in await session.scalars(
            select(Medium)
            .where(Medium.id.in_(ids), Medium.owner_id == actor.person_id)
            .with_for_update(read=True, key_share=True)
        )
    }
    if len(found) != len(ids):
        text = N_("Diese Datei kennen wir nicht. Bitte laden Sie sie zuerst hoch.")
        raise Invalid.one(field, "unknown_medium", text)
    return [found[one] for one in ids]


async def own_picture(session: Session, actor: Actor, medium_id: UUID, *, field: str) -> Medium:
    """Return one of the actor's pictures, to be used; a PDF is refused at ``field``."""
    medium = (await own_media(session, actor, [medium_id], field=field))[0]
    if medium.type != MediumType.PICTURE:
        raise Invalid.one(field, "not_a_picture", N_("Bitte wählen Sie hier ein Bild."))
    return medium
