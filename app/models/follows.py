"""Wishes to hear of something."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class FollowTarget(StrEnum):
    PERSON = "person"
    COMPANY = "company"
    GROUP = "group"
    PLACE = "place"
    SECTOR = "sector"
    TOPIC = "topic"
    KIND = "kind"
    TAG = "tag"


class Follow(Row):
    """``key`` is the id of a person, company, group or place, else the code or tag itself."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("person_id", "target", "key"),
        Index("ix_follows_target", "target", "key"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    target: Mapped[FollowTarget]
    key: Mapped[str]
