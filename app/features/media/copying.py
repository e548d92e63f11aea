"""Copies of media that tell nothing of where they come from, for threads under aliases."""

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.i18n import N_, translate
from app.features.media.uploading import neutral_name
from app.models.media import Medium


async def nameless_copy(session: Session, medium: Medium) -> Medium:
    """Return a medium with the same bytes, another id, and a file name that names nobody.

    By the id of a file that also hangs at a public post, or by its name, somebody could tell who
    sent it. The bytes are kept once, and were cleaned of metadata when they came.
    """
    suffix = f".{medium.file_name.rpartition('.')[2]}"
    copy = Medium(
        owner_id=medium.owner_id,
        type=medium.type,
        file_name=neutral_name(translate(N_("Anlage"), "de"), suffix),
        alt=medium.alt,
        content_type=medium.content_type,
        size_bytes=medium.size_bytes,
        width=medium.width,
        height=medium.height,
        renditions=dict(medium.renditions),
    )
    session.add(copy)
    await session.flush()
    return copy
