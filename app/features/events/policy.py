"""Who may do what with the dates of events and with registrations, decided here and nowhere else.

How many places are taken, everybody reads who reads the event; who takes part, only who keeps it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from app.core import clock
from app.core.actor import Actor
from app.features.posts.events.room import SEATED
from app.features.posts.events.terms import Participation
from app.features.posts.policy import current, kept_by, stands_open_to
from app.models.occurrences import OccurrenceState, Registration, RegistrationState

# Who comes, or has come.
COMING: Final = (RegistrationState.CONFIRMED, RegistrationState.ATTENDED)
# Who may be let in at the door; whoever waits there, if there is room or the keeper makes it.
ADMITTED: Final = frozenset(
    {RegistrationState.CONFIRMED, RegistrationState.OFFERED, RegistrationState.WAITING}
)
# What stands in line, or has stood there with success; one person is in it once.
IN_LINE: Final = (RegistrationState.REQUESTED, RegistrationState.WAITING, *SEATED)

_ADMITS_BEFORE: Final = timedelta(hours=24)


class Act(StrEnum):
    """What can be done to one date of an event."""

    REGISTER = "register"
    DECIDE = "decide"
    SEE_REGISTRATIONS = "see_registrations"
    CHECK_IN = "check_in"


class RegistrationAct(StrEnum):
    """What can be done to a registration."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    APPROVE = "approve"
    DECLINE = "decline"
    CHECK_IN = "check_in"
    UNDO_CHECK_IN = "undo_check_in"
    CERTIFY = "certify"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the actor stands to a date whose event it sees.

    ``is_current`` while readers meet the event; ``may_edit`` where the actor may change it;
    ``is_open`` while the date takes registrations; ``is_admitting`` once people may be let in;
    ``is_registered`` where the actor has a registration.
    """

    is_current: bool
    keeps: bool
    may_edit: bool
    is_banned: bool
    is_open: bool
    is_admitting: bool
    is_over: bool
    is_registered: bool


def takes_registrations(details: dict[str, Any]) -> bool:
    """Whether one takes part in an event by registering."""
    return details["participation"] in {Participation.REGISTRATION, Participation.SLOTS}


def closes_at(details: dict[str, Any], starts_at: datetime) -> datetime:
    """Return when registration for a date closes."""
    return starts_at - timedelta(hours=details.get("closes_hours_before", 0))


def is_open(
    details: dict[str, Any], state: OccurrenceState, starts_at: datetime, now: datetime
) -> bool:
    """Whether a date takes registrations now."""
    is_held = state != OccurrenceState.CANCELLED
    return takes_registrations(details) and is_held and now < closes_at(details, starts_at)


def is_admitting(state: OccurrenceState, starts_at: datetime, now: datetime) -> bool:
    """Whether people may be let in to a date: from the day before, and also afterwards."""
    return state != OccurrenceState.CANCELLED and now >= starts_at - _ADMITS_BEFORE


def acts(actor: Actor, here: Standing) -> frozenset[Act]:
    """Everything ``actor`` may do with a date; who is not signed in registers as a guest."""
    granted = set[Act]()
    if here.is_current and here.is_open and not here.is_banned and not here.is_registered:
        granted.add(Act.REGISTER)
    if actor.is_signed_in and here.keeps:
        granted.add(Act.SEE_REGISTRATIONS)
        if here.is_admitting:
            granted.add(Act.CHECK_IN)
        if here.may_edit and not here.is_over:
            granted.add(Act.DECIDE)
    return frozenset(granted)


@dataclass(frozen=True, slots=True)
class RegistrationStanding:
    """How somebody stands to a registration, and where its date is."""

    is_mine: bool
    keeps: bool
    is_over: bool
    is_cancelled: bool
    is_admitting: bool


def registration_acts(
    state: RegistrationState, here: RegistrationStanding
) -> frozenset[RegistrationAct]:
    """Everything that can be done to a registration by its holder, or by who keeps the event.

    Once the date is over, only who was there can still be noted and certified.
    """
    granted = set[RegistrationAct]()
    if here.keeps and here.is_admitting and state in ADMITTED:
        granted.add(RegistrationAct.CHECK_IN)
    if state == RegistrationState.ATTENDED:
        if here.keeps:
            granted.add(RegistrationAct.UNDO_CHECK_IN)
        if here.keeps or here.is_mine:
            granted.add(RegistrationAct.CERTIFY)
    if here.is_over:
        return frozenset(granted)
    leaves = set(IN_LINE) - {RegistrationState.ATTENDED}
    if here.is_mine and state in {*leaves, RegistrationState.UNCONFIRMED}:
        granted.add(RegistrationAct.CANCEL)
    confirms = {RegistrationState.OFFERED, RegistrationState.UNCONFIRMED}
    if here.is_mine and state in confirms and not here.is_cancelled:
        granted.add(RegistrationAct.CONFIRM)
    if here.keeps and state in leaves:
        granted.add(RegistrationAct.DECLINE)
        if state == RegistrationState.REQUESTED and not here.is_cancelled:
            granted.add(RegistrationAct.APPROVE)
    return frozenset(granted)


def registration_standing(
    state: OccurrenceState, starts_at: datetime, ends_at: datetime, *, is_mine: bool, keeps: bool
) -> RegistrationStanding:
    """Return how somebody stands now to a registration for a date."""
    now = clock.now()
    return RegistrationStanding(
        is_mine=is_mine,
        keeps=keeps,
        is_over=ends_at <= now,
        is_cancelled=state == OccurrenceState.CANCELLED,
        is_admitting=is_admitting(state, starts_at, now),
    )


def met_by(actor: Actor) -> ColumnElement[bool]:
    """Keep events that readers meet in lists of dates, for queries that join ``Post``."""
    return current() & stands_open_to(actor)


def sees_registration(actor: Actor) -> ColumnElement[bool]:
    """Keep registrations of a signed-in ``actor``, and those for events it keeps.

    For queries that join ``Post``; one that a guest has not confirmed by mail is nobody's yet.
    """
    kept = kept_by(actor) & (Registration.state != RegistrationState.UNCONFIRMED)
    return or_(Registration.person_id == actor.person_id, kept)
