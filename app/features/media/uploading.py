"""Uploading pictures and PDFs."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import images
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import FieldError, Invalid, Refusal, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.markup import find_invisible
from app.core.storage import Storage, digest_of
from app.core.text import Line
from app.models.media import Medium, MediumType, ReleasedFile
from app.models.people import Person

MAX_FILES: Final = 200  # a person
MAX_BYTES: Final = 500 * 1024 * 1024  # a person, all sizes of all files together
MAX_FILE_NAME: Final = 120  # characters
ORIGINAL: Final = "original"
PICTURES: Final = "image/jpeg,image/png,image/webp"  # what browsers offer to choose from
FILES: Final = f"{PICTURES},application/pdf"
_PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '60s'")


class MediumUploaded(Event):
    name: ClassVar[str] = "medium.uploaded"
    medium_id: UUID
    person_id: UUID


class QuotaReached(Refusal):
    code: ClassVar[str] = "quota"
    text: ClassVar[str] = N_(
        "Sie haben 200 Dateien oder 500 MB erreicht. Bitte löschen Sie zuerst Dateien, die Sie "
        "nicht mehr brauchen."
    )


class AltDraft(BaseModel):
    """What a picture shows, for those who do not see it; what a document is about."""

    model_config = ConfigDict(extra="forbid")

    alt: Annotated[
        str,
        Line(300, 0),
        Asked(
            N_("Bildbeschreibung"),
            hint=N_("Was ist zu sehen? Dieser Text wird Menschen vorgelesen, die nicht sehen."),
        ),
    ] = ""


class FileDraft(AltDraft):
    """A file that a form brings, and what it shows."""

    content: Annotated[bytes, Field(max_length=2 * images.MAX_FILE)]
    file_name: Annotated[str, Field(max_length=1_000)]


async def upload_all(
    session: Session, actor: Actor, storage: Storage, files: Sequence[FileDraft], *, field: str
) -> list[Medium]:
    """Keep the files of a form, in their order; what is wrong with one is said at ``field``."""
    media = []
    for number, file in enumerate(files):
        try:
            medium = await upload(session, actor, storage, file.content, file.file_name, file.alt)
        except Invalid as refusal:
            errors = (replace(one, path=(field, number, *one.path)) for one in refusal.errors)
            raise Invalid(*errors) from refusal
        media.append(medium)
    return media


async def upload(
    session: Session, actor: Actor, storage: Storage, content: bytes, file_name: str, alt: str
) -> Medium:
    """Keep a picture (JPEG, PNG, WebP) or a PDF, cleaned of all metadata.

    A picture needs a description (``alt``). Uploading the same file twice makes two media that
    share their bytes. Refuses other and broken files, files over 10 MB, and more than 200 files
    or 500 MB a person; the person's row is locked while that is counted.
    """
    if actor.person_id is None:
        raise SignInRequired
    is_pdf = content.startswith(b"%PDF-")
    if not is_pdf:
        check_alt(MediumType.PICTURE, alt)
    await limiter().hit("upload", str(actor.person_id))
    if session.in_transaction():
        await session.execute(_PATIENCE)  # a decoder may take longer than an idle connection
    files = await (_read_pdf(content) if is_pdf else _read_picture(content))
    size = sum(len(kept) for _, kept in files.items)
    await _check_quota(session, actor.person_id, size)
    digests = {name: digest_of(kept) for name, kept in files.items}
    # Before they are stored: what is being dropped right now is waited for, then written anew.
    await session.execute(delete(ReleasedFile).where(ReleasedFile.digest.in_(digests.values())))
    for _, kept in files.items:
        await storage.put(kept)
    medium = Medium(
        owner_id=actor.person_id,
        type=MediumType.PDF if is_pdf else MediumType.PICTURE,
        file_name=neutral_name(file_name, files.suffix),
        alt=alt,
        content_type=files.content_type,
        size_bytes=size,
        width=files.width,
        height=files.height,
        renditions=digests,
    )
    session.add(medium)
    await session.flush()
    emit(session, MediumUploaded(medium_id=medium.id, person_id=actor.person_id))
    return medium


@dataclass(frozen=True, slots=True)
class _Files:
    """What of an upload is kept: each rendition by its name, and what they have in common."""

    items: list[tuple[str, bytes]]
    suffix: str
    content_type: str
    width: int | None = None
    height: int | None = None


async def _read_picture(content: bytes) -> _Files:
    renditions = await images.read_picture(content)
    largest = renditions[-1]
    return _Files(
        [(str(one.edge), one.content) for one in renditions],
        ".webp",
        "image/webp",
        largest.width,
        largest.height,
    )


async def _read_pdf(content: bytes) -> _Files:
    document = await images.read_pdf(content)
    return _Files([(ORIGINAL, document.content)], ".pdf", "application/pdf")


def check_alt(type_: MediumType, alt: str) -> None:
    """Refuse a picture without a description."""
    if type_ == MediumType.PICTURE and not alt.strip():
        raise Invalid(
            FieldError(("alt",), "missing", N_("Bitte beschreiben Sie, was auf dem Bild ist."))
        )


async def _check_quota(session: Session, person_id: UUID, size: int) -> None:
    # Not FOR UPDATE: that would make everyone wait who refers to this person.
    await session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    )
    count, used = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(Medium.size_bytes), 0)).where(
                Medium.owner_id == person_id
            )
        )
    ).one()
    if count >= MAX_FILES or used + size > MAX_BYTES:
        raise QuotaReached


def neutral_name(given: str, suffix: str) -> str:
    """Return a file name that is only a name: no path, nothing unseen, the suffix of its content.

    At most 120 characters. It is shown and offered for saving; no file of ours is called so.
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "ignore").decode())
    name = re.split(r"[/\\]", name)[-1]
    name = find_invisible.sub("", name)
    name = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in name)
    name = re.sub(r'[<>:"|?*\s]+', " ", name.rpartition(".")[0] or name).strip(" .")
    name = name[: MAX_FILE_NAME - len(suffix)].strip(" .")
    return f"{name or 'datei'}{suffix}"
