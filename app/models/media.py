"""Uploaded pictures and PDFs: what is known of them; the bytes lie in the storage."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Editable
from app.models.sealed import SealedText


class MediumType(StrEnum):
    PICTURE = "picture"
    PDF = "pdf"


class Medium(Editable):
    """A file, cleaned of metadata. Seen by its owner, and by who may see what it is used in.

    ``renditions`` maps the longest edge in pixels (pictures) or ``"original"`` (PDFs) to the
    SHA-256 under which the storage keeps the bytes.
    """

    __tablename__ = "media"
    __table_args__ = (Index("ix_media_owner_newest", "owner_id", "created_at", "id"),)

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", use_alter=True))
    type: Mapped[MediumType]
    file_name: Mapped[str] = mapped_column(SealedText)
    alt: Mapped[str] = mapped_column(SealedText, default="")
    content_type: Mapped[str]
    size_bytes: Mapped[int]
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    renditions: Mapped[dict[str, str]]


class ReleasedFile(Base):
    """A file in the storage that a removed medium named; it is dropped some days later."""

    __tablename__ = "released_files"

    digest: Mapped[str] = mapped_column(primary_key=True)
    released_at: Mapped[datetime] = mapped_column(index=True)
