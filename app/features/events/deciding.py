"""Deciding on single dates: moved, cancelled, restored, changed, and what holidays propose."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, FieldError, Invalid, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.local_time import LocalTime
from app.core.text import Line
from app.features.events.loading import OpenedDate, open_date, require_act
from app.features.events.policy import Act
from app.features.events.seating import move_up
from app.features.posts.events.dates import (
    HORIZON,
    OccurrenceCancelled,
    OccurrenceMoved,
    name_holiday,
    turn_to_next_dates,
)
from app.features.posts.events.room import note_room
from app.features.posts.events.rules import Series, local_of, moment_of
from app.models.occurrences import Occurrence, OccurrenceState, Proposal
from app.models.posts import Post

_LONGEST = timedelta(days=31)


class OccurrenceRestored(Event):
    name: ClassVar[str] = "occurrence.restored"
    occurrence_id: UUID
    sequence: int


class OccurrenceChanged(Event):
    """The place of a date, its number of places or its note has changed."""

    name: ClassVar[str] = "occurrence.changed"
    occurrence_id: UUID
    sequence: int


class NothingProposed(Conflict):
    code: ClassVar[str] = "nothing_proposed"
    text: ClassVar[str] = N_("Für diesen Termin ist nichts vorgeschlagen.")


class DateOffRule(Conflict):
    code: ClassVar[str] = "date_off_rule"
    text: ClassVar[str] = N_("Diesen Termin gibt es nach der Regel der Veranstaltung nicht mehr.")


class MoveDraft(BaseModel):
    """To when a date is moved, in the local time of the event."""

    model_config = ConfigDict(extra="forbid")

    starts_at: Annotated[LocalTime, Asked(N_("Neuer Beginn"))]
    ends_at: Annotated[
        LocalTime | None,
        Field(description="By default the date takes as long as before."),
        Asked(N_("Neues Ende"), hint=N_("Ohne Angabe dauert der Termin so lange wie bisher.")),
    ] = None


class OccurrencePatch(BaseModel):
    """What is different about one date; what is left out or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    venue: Annotated[
        Annotated[str, Line(200, 0)] | None,
        Field(description="Empty: that of the event."),
        Asked(N_("Adresse und Raum nur dieses Termins")),
    ] = None
    note: Annotated[Annotated[str, Line(300, 0)] | None, Asked(N_("Hinweis zu diesem Termin"))] = (
        None
    )
    capacity: Annotated[
        Annotated[int, Field(ge=0, le=100_000)] | None,
        Field(description="0: as many as the event says."),
        Asked(N_("Plätze nur dieses Termins"), hint=N_("0 bedeutet: wie bei allen Terminen.")),
    ] = None


class ProposalDecision(BaseModel):
    """Whether a date on a holiday is moved or cancelled as proposed."""

    model_config = ConfigDict(extra="forbid")

    accept: bool


async def move_occurrence(
    session: Session,
    actor: Actor,
    occurrence_id: UUID,
    draft: MoveDraft,
    *,
    expected: int | None = None,
) -> Occurrence:
    """Hold one date at another time; who is registered stays so, and is told."""
    opened = await _decide(session, actor, occurrence_id, expected)
    zone = opened.post.details["time_zone"]
    starts = moment_of(draft.starts_at, zone)
    length = opened.occurrence.ends_at - opened.occurrence.starts_at
    ends = moment_of(draft.ends_at, zone) if draft.ends_at else starts + length
    if not timedelta() <= ends - starts <= _LONGEST:
        text = N_("Das Ende liegt nach dem Beginn, höchstens 31 Tage.")
        raise Invalid(FieldError(("ends_at",), "end_before_start", text))
    if not clock.now() <= starts <= clock.now() + HORIZON:
        text = N_("Der neue Beginn liegt in den nächsten 25 Monaten.")
        raise Invalid(FieldError(("starts_at",), "start_out_of_reach", text))
    if opened.occurrence.is_off_rule:
        raise DateOffRule
    await _move(session, opened.occurrence, opened.post, starts, ends)
    _settle(opened.occurrence, Proposal.DECLINED)
    await note_room(session, Occurrence.id == opened.occurrence.id)
    await turn_to_next_dates(session, Post.id == opened.post.id)
    return opened.occurrence


async def _move(
    session: Session, occurrence: Occurrence, post: Post, starts: datetime, ends: datetime
) -> None:
    if occurrence.state == OccurrenceState.MOVED and (occurrence.starts_at, occurrence.ends_at) == (
        starts,
        ends,
    ):
        return
    occurrence.starts_at, occurrence.ends_at = starts, ends
    await name_holiday(session, occurrence, post)
    occurrence.state = OccurrenceState.MOVED
    occurrence.sequence += 1
    if post.expires_at:
        post.expires_at = max(post.expires_at, ends)
    emit(session, OccurrenceMoved(occurrence_id=occurrence.id, sequence=occurrence.sequence))


async def cancel_occurrence(
    session: Session, actor: Actor, occurrence_id: UUID, *, expected: int | None = None
) -> Occurrence:
    """Cancel one date; who is registered is told. Twice changes nothing."""
    opened = await _decide(session, actor, occurrence_id, expected)
    _cancel(session, opened.occurrence)
    _settle(opened.occurrence, Proposal.DECLINED)
    await turn_to_next_dates(session, Post.id == opened.post.id)
    return opened.occurrence


def _cancel(session: Session, occurrence: Occurrence) -> None:
    if occurrence.state == OccurrenceState.CANCELLED:
        return
    occurrence.state = OccurrenceState.CANCELLED
    occurrence.sequence += 1
    emit(session, OccurrenceCancelled(occurrence_id=occurrence.id, sequence=occurrence.sequence))


async def restore_occurrence(
    session: Session, actor: Actor, occurrence_id: UUID, *, expected: int | None = None
) -> Occurrence:
    """Hold a moved or cancelled date as its rule has it; who is registered is told."""
    opened = await _decide(session, actor, occurrence_id, expected)
    occurrence = opened.occurrence
    if occurrence.is_off_rule:
        raise DateOffRule
    if occurrence.state == OccurrenceState.PLANNED:
        return occurrence
    series = Series.stored(opened.post.details)
    local = local_of(occurrence.original_starts_at, series.zone)
    if occurrence.original_starts_at <= clock.now():
        text = N_("Dieser Termin ist vorbei.")
        raise Invalid(FieldError((), "original_is_over", text))
    occurrence.state = OccurrenceState.PLANNED
    occurrence.starts_at = occurrence.original_starts_at
    occurrence.ends_at = moment_of(local + series.length, series.zone)
    await name_holiday(session, occurrence, opened.post)
    occurrence.sequence += 1
    if occurrence.proposal:
        occurrence.proposal = Proposal.DECLINED
    emit(session, OccurrenceRestored(occurrence_id=occurrence.id, sequence=occurrence.sequence))
    await move_up(session, occurrence, opened.post)
    await turn_to_next_dates(session, Post.id == opened.post.id)
    return occurrence


async def change_occurrence(
    session: Session,
    actor: Actor,
    occurrence_id: UUID,
    patch: OccurrencePatch,
    *,
    expected: int | None = None,
) -> Occurrence:
    """Change the place, the number of places or the note of one date; who waits may move up."""
    opened = await _decide(session, actor, occurrence_id, expected)
    occurrence = opened.occurrence
    wanted = {
        "venue": occurrence.venue if patch.venue is None else patch.venue,
        "note": occurrence.note if patch.note is None else patch.note,
        "capacity": occurrence.capacity if patch.capacity is None else patch.capacity or None,
    }
    changes = {name: value for name, value in wanted.items() if getattr(occurrence, name) != value}
    if not changes:
        return occurrence
    for name, value in changes.items():
        setattr(occurrence, name, value)
    if set(changes) != {"capacity"}:
        occurrence.sequence += 1
        emit(session, OccurrenceChanged(occurrence_id=occurrence.id, sequence=occurrence.sequence))
    await move_up(session, occurrence, opened.post)
    return occurrence


async def decide_proposal(
    session: Session,
    actor: Actor,
    occurrence_id: UUID,
    decision: ProposalDecision,
    *,
    expected: int | None = None,
) -> Occurrence:
    """Move or cancel a date on a holiday as proposed, or hold it all the same."""
    opened = await _decide(session, actor, occurrence_id, expected)
    occurrence = opened.occurrence
    if occurrence.proposal != Proposal.OPEN:
        raise NothingProposed
    if decision.accept:
        proposed = occurrence.proposed_starts_at
        if proposed:
            length = occurrence.ends_at - occurrence.starts_at
            await _move(session, occurrence, opened.post, proposed, proposed + length)
        else:
            _cancel(session, occurrence)
    _settle(occurrence, Proposal.ACCEPTED if decision.accept else Proposal.DECLINED)
    await note_room(session, Occurrence.id == occurrence.id)
    await turn_to_next_dates(session, Post.id == opened.post.id)
    return occurrence


def _settle(occurrence: Occurrence, decision: Proposal) -> None:
    """Close what a holiday has proposed; who decided otherwise has decided."""
    if occurrence.proposal == Proposal.OPEN:
        occurrence.proposal = decision


async def _decide(
    session: Session, actor: Actor, occurrence_id: UUID, expected: int | None
) -> OpenedDate:
    opened = await open_date(session, actor, occurrence_id, lock=True)
    require_act(actor, opened, Act.DECIDE)
    if expected is not None and expected != opened.occurrence.version:
        raise Stale
    return opened
