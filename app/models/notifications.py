"""What people are told, and how they wish to be told: here, by mail, in their browsers."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row
from app.models.searches import Frequency


class Channel(StrEnum):
    """By which way somebody is told."""

    INBOX = "inbox"
    MAIL = "mail"
    PUSH = "push"


class Volume(StrEnum):
    """How much of the life of one group somebody wants to hear; without a row: as usual."""

    LOUDER = "louder"
    QUIETER = "quieter"
    MUTED = "muted"


class Notification(Row):
    """One thing told to one person; ``dedup_key`` keeps a repeated job from telling it twice.

    What is unread and about the same ``matter`` is one line: the newest stands for the others,
    which are folded, and counts them. ``mail_due_at`` and ``push_due_at`` are set while a mail or a
    push about it is still to come; ``mailed_at`` says when a mail of its own went out.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index(
            "ix_notifications_lines",
            "person_id",
            "created_at",
            "id",
            postgresql_where=text("in_inbox AND NOT is_folded"),
        ),
        Index(
            "ix_notifications_unread",
            "person_id",
            "matter",
            postgresql_where=text("read_at IS NULL AND in_inbox AND NOT is_folded"),
        ),
        Index(
            "ix_notifications_mail_due",
            "mail_due_at",
            "person_id",
            postgresql_where=text("mail_due_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_mailed",
            "person_id",
            "matter",
            "mailed_at",
            postgresql_where=text("mailed_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_push_due",
            "push_due_at",
            postgresql_where=text("push_due_at IS NOT NULL"),
        ),
        Index("ix_notifications_post", "post_id", "person_id"),
        Index("uq_notifications_dedup", "person_id", "dedup_key", unique=True),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    params: Mapped[dict[str, Any]]
    path: Mapped[str]
    dedup_key: Mapped[str]
    matter: Mapped[str] = mapped_column(default="", server_default="")
    post_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), default=None
    )
    group_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), index=True, default=None
    )
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    is_folded: Mapped[bool] = mapped_column(default=False, server_default="false")
    in_inbox: Mapped[bool] = mapped_column(default=True, server_default="true")
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    mail_due_at: Mapped[datetime | None] = mapped_column(default=None)
    mailed_at: Mapped[datetime | None] = mapped_column(default=None)
    push_due_at: Mapped[datetime | None] = mapped_column(default=None)


class NotificationSetting(Base):
    """A wish that differs from what is usual for a topic on a channel."""

    __tablename__ = "notification_settings"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    topic: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    frequency: Mapped[Frequency]


class GroupVolume(Base):
    """A group of which somebody wants to hear more or less than usual."""

    __tablename__ = "group_volumes"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    volume: Mapped[Volume]


class QuietHours(Base):
    """When somebody wants to be left alone, in local time; the end may lie on the next day."""

    __tablename__ = "quiet_hours"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    begins: Mapped[time]
    ends: Mapped[time]


class FollowNews(Base):
    """Up to when somebody has been told what is new of all they follow, and when that is due.

    Nothing is due where they wish never to be told, or follow nothing.
    """

    __tablename__ = "follow_news"
    __table_args__ = (
        Index(
            "ix_follow_news_due",
            "due_at",
            "person_id",
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    told_to: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(default=None)


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
