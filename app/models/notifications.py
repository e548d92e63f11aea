"""What people are told: in their inbox here, by mail, and in their browsers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Row


class Notification(Row):
    """One thing told to one person; ``dedup_key`` keeps a repeated job from telling it twice."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_newest", "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where=text("read_at IS NULL")),
        Index("uq_notifications_dedup", "person_id", "dedup_key", unique=True),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    params: Mapped[dict[str, Any]]
    path: Mapped[str]
    dedup_key: Mapped[str]
    read_at: Mapped[datetime | None] = mapped_column(default=None)


class PushSubscription(Row):
    """A browser to which a person has what they are told sent; gone when they sign out there.

    It belongs to the session, or the token, with which it was asked for. ``p256dh`` and ``auth``
    are the browser's: what is sent can be read there only (RFC 8291).
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index("ix_push_subscriptions_newest", "person_id", "created_at", "id"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    token_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("access_tokens.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
