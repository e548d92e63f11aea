"""Reading media: what is known of them, and the bytes."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, select

from app.core.actor import ANONYMOUS, Actor
from app.core.errors import NotFound, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.storage import Storage
from app.features.media import policy
from app.features.media.uploading import ORIGINAL
from app.models.media import Medium

NEWEST: Final = Order(
    "media.newest",
    N_("Ihre Dateien: die zuletzt hochgeladene zuerst."),
    Medium.created_at,
    Medium.id,
    descending=True,
)
_FIELDS: Final[tuple[Any, ...]] = (
    Medium.id,
    Medium.owner_id,
    Medium.type,
    Medium.file_name,
    Medium.alt,
    Medium.content_type,
    Medium.size_bytes,
    Medium.width,
    Medium.height,
    Medium.renditions,
    Medium.version,
    Medium.created_at,
)


@dataclass(frozen=True, slots=True)
class File:
    """One rendition of a medium; ``is_public`` if everybody may see it now."""

    content: bytes
    digest: str
    content_type: str
    file_name: str
    is_public: bool


def _wanted() -> Any:
    return bound("medium_id", Uuid())


@prepared
def _one(shape: Actor) -> Select[Any]:
    return select(
        *_FIELDS,
        policy.is_used().label("is_used"),
        policy.seen_in_use_by(shape).label("seen_in_use"),
    ).where(Medium.id == _wanted(), policy.visible_to(shape))


@prepared
def _own(*, after: bool) -> Select[Any]:
    me = bound("me", Uuid())
    described = select(*_FIELDS, policy.is_used().label("is_used")).where(Medium.owner_id == me)
    return NEWEST.page(described, after=after)


@prepared
def _file(shape: Actor) -> Select[Any]:
    wanted: tuple[Any, ...] = (Medium.renditions, Medium.content_type, Medium.file_name)
    is_public = policy.seen_in_use_by(ANONYMOUS).label("is_public")
    return select(*wanted, is_public).where(Medium.id == _wanted(), policy.visible_to(shape))


async def medium(reader: Reader, actor: Actor, medium_id: UUID) -> Any:
    """Return what is known of a medium that ``actor`` may see."""
    row = await reader.first(_one(actor.shape), {"medium_id": medium_id, "me": actor.person_id})
    if row is None:
        raise NotFound
    return row


async def own_media_page(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the actor's own media, newest first."""
    if actor.person_id is None:
        raise SignInRequired
    read = _own(after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {"me": actor.person_id})


async def file(
    reader: Reader, storage: Storage, actor: Actor, medium_id: UUID, rendition: str
) -> File:
    """Return the bytes of a rendition: ``original`` of a PDF, or a picture by its longest edge.

    A picture that was never as large comes as large as it is.
    """
    row = await reader.first(_file(actor.shape), {"medium_id": medium_id, "me": actor.person_id})
    digest = _digest(row.renditions, rendition) if row else None
    content = await storage.get(digest) if digest else None
    if row is None or digest is None or content is None:
        raise NotFound
    return File(content, digest, row.content_type, row.file_name, is_public=row.is_public)


def _digest(renditions: dict[str, str], wanted: str) -> str | None:
    if wanted in renditions or wanted == ORIGINAL:
        return renditions.get(wanted)
    if wanted not in {"256", "1024", "2048"} or ORIGINAL in renditions:
        return None
    return renditions[max((edge for edge in renditions if int(edge) < int(wanted)), key=int)]
