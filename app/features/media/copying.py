"""Copies of media that tell nothing of where they come from, for what stands under an alias."""

from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.i18n import N_, translate
from app.features.media import policy
from app.features.media.uploading import neutral_name
from app.models.media import Medium


async def nameless_copy(
    session: Session, medium: Medium, called: str = N_("Anlage"), alt: str | None = None
) -> Medium:
    """Return a medium with the same bytes, another id, and a file name that names nobody.

    By the id of a file that also hangs at a public post, or by its name, somebody could tell who
    sent it; so the id is random and not, as others are, made of the time. The bytes are kept
    once, and were cleaned of metadata when they came. ``called`` is German.
    """
    suffix = f".{medium.file_name.rpartition('.')[2]}"
    copy = Medium(
        owner_id=medium.owner_id,
        type=medium.type,
        file_name=neutral_name(translate(called, "de"), suffix),
        alt=medium.alt if alt is None else alt,
        content_type=medium.content_type,
        size_bytes=medium.size_bytes,
        width=medium.width,
        height=medium.height,
        renditions=dict(medium.renditions),
    )
    copy.id = uuid4()
    session.add(copy)
    await session.flush()
    return copy


async def is_shown_elsewhere(session: Session, medium: Medium) -> bool:
    """Whether the same bytes are used in anything by now: by their hash they could be joined."""
    same = select(Medium.id).where(
        Medium.renditions.contains(medium.renditions), policy.is_used(), Medium.id != medium.id
    )
    used = select(Medium.id).where(Medium.id == medium.id, policy.is_used())
    return await session.scalar(select(or_(same.exists(), used.exists()))) or False
