"""What people are told: in their inbox here, and by mail."""

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
