"""The public faces of accounts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, false, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row


class Visibility(StrEnum):
    """Who sees a field of contact data."""

    NOBODY = "nobody"
    SIGNED_IN = "signed_in"
    PUBLIC = "public"


class Person(Editable):
    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_sort_name", "sort_name", "id"),
        Index("ix_people_topics", "topics", postgresql_using="gin"),
        Index("ix_people_languages", "languages", postgresql_using="gin"),
        Index(
            "ix_people_name_trgm",
            "sort_name",
            postgresql_using="gin",
            postgresql_ops={"sort_name": "gin_trgm_ops"},
        ),
    )

    account_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accounts.id", ondelete="SET NULL"), unique=True
    )
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_name: Mapped[str]
    headline: Mapped[str] = mapped_column(default="")
    function: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="")
    about_html: Mapped[str] = mapped_column(default="")
    topics: Mapped[list[str]] = mapped_column(default_factory=list)
    languages: Mapped[list[str]] = mapped_column(default_factory=list)
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"), index=True, default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    phone_visibility: Mapped[Visibility] = mapped_column(default=Visibility.SIGNED_IN)
    contact_email: Mapped[str | None] = mapped_column(default=None)
    contact_email_visibility: Mapped[Visibility] = mapped_column(default=Visibility.SIGNED_IN)
    website: Mapped[str | None] = mapped_column(default=None)
    website_visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    picture_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("media.id"), index=True, default=None
    )
    found_by_search_engines: Mapped[bool] = mapped_column(default=False)
    is_minor: Mapped[bool] = mapped_column(default=False, server_default=false())
    accepts_messages: Mapped[bool] = mapped_column(default=True, server_default=true())
    left_at: Mapped[datetime | None] = mapped_column(default=None)


class OldSlug(Row):
    """A slug that something had before it was renamed; its address redirects."""

    __tablename__ = "old_slugs"
    __table_args__ = (Index("uq_old_slugs_kind_slug", "kind", "slug", unique=True),)

    kind: Mapped[str]  # person, company, group
    slug: Mapped[str]
    target_id: Mapped[UUID]
