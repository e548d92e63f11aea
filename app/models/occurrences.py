"""The dates of posts of the kind ``event``, and who takes part in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row
from app.models.sealed import SealedJson, SealedText


class OccurrenceState(StrEnum):
    """What became of one date."""

    PLANNED = "planned"
    MOVED = "moved"
    CANCELLED = "cancelled"


class Proposal(StrEnum):
    """What became of the wish not to meet on a public holiday."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Occurrence(Editable):
    """One date of an event. ``original_starts_at`` is when its rule has it begin.

    A date that begins on a public holiday has the name of the day as ``holiday`` and, where the
    event is not to be held then, a proposal: to move it to ``proposed_starts_at``, or without that
    to cancel it. ``capacity``, ``venue`` and ``note`` are what is different about this date alone.
    ``sequence`` counts what calendars must learn of it. ``last_number`` is the last place in line
    that was given away. One that ``is_off_rule`` was cancelled because the rule has changed.
    One that ``has_room`` is open to all, or a place of it is free.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("post_id", "original_starts_at"),
        Index("ix_occurrences_of_post", "post_id", "starts_at", "id"),
        Index("ix_occurrences_soonest", "starts_at", "id"),
        Index("ix_occurrences_with_room", "starts_at", "id", postgresql_where=text("has_room")),
        CheckConstraint("ends_at >= starts_at", name="runs_forward"),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    original_starts_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[OccurrenceState] = mapped_column(default=OccurrenceState.PLANNED)
    sequence: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    holiday: Mapped[str | None] = mapped_column(default=None)
    proposal: Mapped[Proposal | None] = mapped_column(default=None)
    proposed_starts_at: Mapped[datetime | None] = mapped_column(default=None)
    capacity: Mapped[int | None] = mapped_column(default=None)
    venue: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    is_off_rule: Mapped[bool] = mapped_column(default=False, server_default=false())
    last_number: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    has_room: Mapped[bool] = mapped_column(default=True, server_default=true())


class RegistrationState(StrEnum):
    """Where a registration is; a guest's begins ``unconfirmed``, until a mail was answered."""

    UNCONFIRMED = "unconfirmed"
    REQUESTED = "requested"
    WAITING = "waiting"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    LAPSED = "lapsed"


# What one person may have only once for a date, and what takes a place of it.
STANDING = "state IN ('unconfirmed', 'requested', 'waiting', 'offered', 'confirmed', 'attended')"


class Registration(Editable):
    """A person, or a guest without an account, takes part in one date or wants to.

    ``number`` is the place in line, in the order in which registrations were committed; an
    unconfirmed one has none. ``slot`` counts the time slots of the date from 0; one that waits
    without a slot takes any. ``guest_key`` and ``company_key`` tell equal addresses and equal
    companies without telling which. ``code`` is shown at the door. ``reminded_for`` is the
    beginning of the date of which somebody was reminded. One that ``is_walk_in`` was entered at
    the door for somebody who came without having registered.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "number"),
        UniqueConstraint("occurrence_id", "code"),
        Index("ix_registrations_of_person", "person_id", "created_at", "id"),
        Index("ix_registrations_of_company", "company_id"),
        Index(
            "uq_registrations_one_of_a_person",
            "occurrence_id",
            "person_id",
            unique=True,
            postgresql_where=text(STANDING),
        ),
        Index(
            "uq_registrations_one_of_a_guest",
            "occurrence_id",
            "guest_key",
            unique=True,
            postgresql_where=text(STANDING),
        ),
        Index(
            "ix_registrations_offered",
            "offered_until",
            postgresql_where=text("state = 'offered'"),
        ),
        CheckConstraint("num_nonnulls(person_id, guest_key) = 1", name="person_or_guest"),
    )

    occurrence_id: Mapped[UUID] = mapped_column(ForeignKey("occurrences.id", ondelete="CASCADE"))
    state: Mapped[RegistrationState]
    code: Mapped[str]
    number: Mapped[int | None] = mapped_column(default=None)
    slot: Mapped[int | None] = mapped_column(default=None)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), default=None)
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.id"), default=None)
    guest_key: Mapped[bytes | None] = mapped_column(default=None)
    guest_name: Mapped[str | None] = mapped_column(SealedText, default=None)
    guest_email: Mapped[str | None] = mapped_column(SealedText, default=None)
    guest_company: Mapped[str | None] = mapped_column(SealedText, default=None)
    locale: Mapped[str] = mapped_column(default="de", server_default="de")
    company_key: Mapped[bytes | None] = mapped_column(default=None)
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson, default_factory=dict)
    registered_at: Mapped[datetime]
    offered_until: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    attended_at: Mapped[datetime | None] = mapped_column(default=None)
    reminded_for: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    is_walk_in: Mapped[bool] = mapped_column(default=False, server_default=false())


class Certificate(Row):
    """What was certified to somebody who took part: all of it but their name.

    Whoever holds the paper finds it by its ``code``; ``holder_key`` tells whether a name is the one
    on it, and nobody can read the name from it. It outlives its registration.
    """

    __tablename__ = "certificates"

    code: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="SET NULL"), index=True, default=None
    )
    holder_key: Mapped[bytes]
    title: Mapped[str]
    organizer: Mapped[str]
    venue: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_zone: Mapped[str]
    locale: Mapped[str]
    issued_at: Mapped[datetime] = mapped_column(index=True)
