"""Calendars: the secret link to one's own dates, and calendars elsewhere that are read here."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Row
from app.models.sealed import SealedText


class CalendarLink(Row):
    """The link by which calendar programs read somebody's dates: only its SHA-256 is kept."""

    __tablename__ = "calendar_links"

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), unique=True
    )
    secret_hash: Mapped[bytes] = mapped_column(unique=True)


class CalendarState(StrEnum):
    """What came of reading a calendar the last time."""

    WAITING = "waiting"
    READ = "read"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class SubscribedCalendar(Row):
    """A calendar elsewhere whose events somebody publishes here, for themselves or a company.

    Its address may be a secret of its owner. What came of it the last time is counted by outcome;
    ``refusals`` says in a line each, in the language of its owner, what was not taken. ``tag`` is
    its ETag. ``next_at`` is when it is read again.
    """

    __tablename__ = "subscribed_calendars"
    __table_args__ = (Index("ix_subscribed_calendars_next", "next_at"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    company_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), index=True, default=None
    )
    url: Mapped[str] = mapped_column(SealedText)
    state: Mapped[CalendarState] = mapped_column(default=CalendarState.WAITING)
    created: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    changed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    unchanged: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    withdrawn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    left_out: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    refusals: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    tag: Mapped[str] = mapped_column(default="", server_default="")
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    read_at: Mapped[datetime | None] = mapped_column(default=None)
    next_at: Mapped[datetime]


class ImportedEvent(Base):
    """What an event here was made of: ``digest`` tells whether the calendar says anything new.

    ``others`` are the days (ISO 8601) on which dates were not as the rule has them.
    """

    __tablename__ = "imported_events"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[bytes]
    calendar_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscribed_calendars.id", ondelete="SET NULL"), index=True, default=None
    )
    others: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
