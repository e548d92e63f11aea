"""Uploaded pictures and PDFs: what is known of them; the bytes lie in the storage."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable


class MediumType(StrEnum):
    PICTURE = "picture"
    PDF = "pdf"


class Medium(Editable):
    """A file, cleaned of metadata. Seen by its owner, and by who may see what it is used in.

    ``renditions`` maps the longest edge in pixels (pictures) or ``"original"`` (PDFs) to the
    SHA-256 under which the storage keeps the bytes.
    """

    __tablename__ = "media"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", use_alter=True), index=True)
    type: Mapped[MediumType]
    file_name: Mapped[str]
    alt: Mapped[str] = mapped_column(default="")
    content_type: Mapped[str]
    size_bytes: Mapped[int]
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    renditions: Mapped[dict[str, str]]
