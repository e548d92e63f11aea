"""Searches that people keep, and what was found for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row


class Frequency(StrEnum):
    """How often somebody wants to be told."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


class SavedSearch(Editable):
    """A filter of the list of posts that somebody keeps.

    ``query`` is what was asked, ``wanted`` the same as conditions are made from it, but for what
    has columns of its own: the kind (empty for all of them), and the place with the rectangle in
    degrees in which a post must lie, the whole earth where there is no radius. By these columns
    the searches that a new post may fit are found with an index.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (
        Index("ix_saved_searches_narrow", "kind", "south", "north"),
        Index("ix_saved_searches_person", "person_id", "created_at", "id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    label: Mapped[str]
    frequency: Mapped[Frequency]
    query: Mapped[dict[str, Any]]
    wanted: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(default="")
    place_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("places.id", ondelete="CASCADE"), index=True, default=None
    )
    radius_km: Mapped[float | None] = mapped_column(default=None)
    south: Mapped[float] = mapped_column(default=-90.0)
    north: Mapped[float] = mapped_column(default=90.0)
    west: Mapped[float] = mapped_column(default=-180.0)
    east: Mapped[float] = mapped_column(default=180.0)


class SearchHit(Row):
    """A post that fitted a search; it is told of once, and until then it is due."""

    __tablename__ = "search_hits"
    __table_args__ = (
        UniqueConstraint("search_id", "post_id"),
        Index("ix_search_hits_newest", "search_id", "found_at", "id"),
        Index("ix_search_hits_due", "search_id", postgresql_where=text("is_due")),
    )

    search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    found_at: Mapped[datetime]
    is_due: Mapped[bool] = mapped_column(default=False)
