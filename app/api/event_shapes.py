"""Dates of events and registrations as the JSON contract has them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract import Out
from app.features.events.policy import Act, RegistrationAct
from app.features.events.reading import DateView
from app.features.events.registrations import RegistrationView
from app.features.posts.events.terms import EventType, Participation
from app.models.occurrences import OccurrenceState, Proposal, RegistrationState


class SlotOut(Out):
    """A time slot of a date."""

    number: int
    starts_at: datetime
    ends_at: datetime
    free: int = Field(description="How many places are free.")


class OccurrenceOut(Out):
    """One date of an event. Moments are in UTC; `time_zone` is that of the event."""

    id: UUID
    event_id: UUID = Field(description="The post of the kind `event`.")
    title: str
    event_type: EventType
    participation: Participation
    organizer: str
    place: str | None
    venue: str
    note: str
    original_starts_at: datetime = Field(description="When the rule has it begin (RECURRENCE-ID).")
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: OccurrenceState
    sequence: int = Field(description="Grows with every change that calendars must learn of.")
    holiday: str | None = Field(description="The public holiday that it falls on, in German.")
    proposal: Proposal | None = Field(
        description="Whether it is proposed to be moved to `proposed_starts_at`, or cancelled."
    )
    proposed_starts_at: datetime | None
    capacity: int | None = Field(description="Places of the date, or of each slot; null: any.")
    taken: int = Field(
        description="Places that are taken or offered; more than there are where who keeps the "
        "event let more people in."
    )
    free: int | None = Field(description="Places that are free; null: as many as come.")
    waiting: int = Field(description="How many wait for a place.")
    slots: list[SlotOut]
    registration_id: UUID | None = Field(description="Your own registration.")
    viewer_can: list[Act]


class AnswerOut(Out):
    """What somebody answered to a question of the event."""

    question: str
    answer: str


class RegistrationOut(Out):
    """Somebody takes part in a date, or wants to."""

    id: UUID
    occurrence_id: UUID
    event_id: UUID
    title: str
    state: RegistrationState
    number: int | None = Field(description="The place in line, in the order of registering.")
    waiting_number: int | None = Field(
        description="The place on the waiting list: 1 is next. Null for who does not wait, and in "
        "the list of all registrations of a date."
    )
    slot: int | None
    starts_at: datetime = Field(description="Of the slot, else of the date.")
    ends_at: datetime
    occurrence_state: OccurrenceState
    name: str
    email: str | None = Field(description="Of a guest.")
    company: str | None
    company_id: UUID | None
    person: str | None = Field(description="The slug of a person with an account.")
    answers: list[AnswerOut]
    code: str = Field(description="Shown at the door.")
    registered_at: datetime
    offered_until: datetime | None = Field(description="Until when an offered place is kept.")
    confirmed_at: datetime | None
    attended_at: datetime | None
    ended_at: datetime | None
    is_walk_in: bool = Field(description="Entered at the door, without having registered.")
    check_in_url: str | None = Field(
        description="What a QR code at the door holds: opened by who keeps the event."
    )
    online_link: str | None = Field(description="For who takes part, once it is confirmed.")
    viewer_can: list[RegistrationAct]


class CheckInOut(Out):
    """Somebody was let in."""

    was_there: bool = Field(description="They were let in before; nothing has changed.")
    registration: RegistrationOut


_DATE = (
    "id", "title", "note", "original_starts_at", "starts_at", "ends_at", "state", "sequence",
    "holiday", "proposal", "proposed_starts_at", "waiting", "registration_id",
)  # fmt: skip


def occurrence_shape(view: DateView) -> dict[str, Any]:
    """Return a date as the contract has it."""
    row, details = view.row, view.row.details
    return {
        **{name: getattr(row, name) for name in _DATE},
        "event_id": row.post_id,
        "event_type": details["event_type"],
        "participation": details["participation"],
        "organizer": row.company_name or row.author_name or "",
        "place": row.place_name,
        "venue": row.venue or details.get("venue", ""),
        "time_zone": details["time_zone"],
        "capacity": view.capacity,
        "taken": view.taken,
        "free": view.free,
        "slots": view.slots,
        "viewer_can": sorted(view.acts),
    }


_REGISTRATION = (
    "id", "occurrence_id", "title", "state", "number", "waiting_number", "slot",
    "occurrence_state", "company_id", "code", "registered_at", "offered_until", "confirmed_at",
    "attended_at", "ended_at", "is_walk_in",
)  # fmt: skip


def registration_shape(view: RegistrationView) -> dict[str, Any]:
    """Return a registration as the contract has it."""
    row = view.row
    return {
        **{name: getattr(row, name) for name in _REGISTRATION},
        "event_id": row.post_id,
        "starts_at": view.starts_at,
        "ends_at": view.ends_at,
        "name": view.name,
        "email": row.guest_email,
        "company": row.company_name or row.guest_company,
        "person": None if row.person_has_left else row.person_slug,
        "answers": [{"question": q, "answer": a} for q, a in (row.answers or {}).items()],
        "check_in_url": view.check_in_url,
        "online_link": view.online_link,
        "viewer_can": sorted(view.acts),
    }
