"""What feeds are read from, and how far somebody has read theirs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row
from app.models.follows import FollowTarget


class About(StrEnum):
    """What there is to hear of a post."""

    POST = "post"
    ANSWER = "answer"  # one was accepted


class FeedEntry(Base):
    """Under what followers hear of a post: a row for each thing that it can be followed by.

    There are some for posts that readers meet, and none for others. The key is in the order in
    which a feed is read.
    """

    __tablename__ = "feed_entries"
    __table_args__ = (
        Index("ix_feed_entries_kind", "target", "key", "kind", "at", "post_id", "about"),
        Index(
            "ix_feed_entries_newest",
            "at",
            "post_id",
            "about",
            postgresql_where=text("target = 'kind'"),
        ),
    )

    target: Mapped[FollowTarget] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    about: Mapped[About] = mapped_column(primary_key=True)
    kind: Mapped[str]


class FeedPosition(Base):
    """How far somebody has read their feed; it only moves forward."""

    __tablename__ = "feed_positions"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
    post_id: Mapped[UUID]  # of an entry that may be gone by now
    about: Mapped[About]


class Mute(Row):
    """A wish to hear nothing of something, by target and key as of a follow."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("person_id", "target", "key"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    target: Mapped[FollowTarget]
    key: Mapped[str]
