"""Registering for a date: signed in, or as a guest whose address is confirmed by mail."""

import hashlib
import hmac
import secrets
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.errors import FieldError, Forbidden, Invalid, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.secret import signing_key
from app.core.text import Line, Name, sort_key
from app.features.events.loading import (
    AlreadyRegistered,
    OpenedDate,
    RegistrationClosed,
    open_date,
    require_act,
)
from app.features.events.policy import IN_LINE, Act, is_open
from app.features.events.seating import (
    change_state,
    check_company,
    give_number,
    lock_line,
    slots_of,
    take_place,
)
from app.features.messages.blocking import is_blocked
from app.features.posts.events.terms import Participation
from app.models.companies import Company, CompanyState, Staff
from app.models.occurrences import Occurrence, Registration, RegistrationState
from app.models.posts import Post

_CODE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE_LENGTH: Final = 8


class GuestRegistered(Event):
    """Somebody without an account asks to take part, and must answer a mail first."""

    name: ClassVar[str] = "registration.guest_asked"
    registration_id: UUID


SlotNumber = Annotated[
    Annotated[int, Field(ge=0, le=2_000)] | None,
    Field(description="The number of a time slot; null: any that is free."),
    Asked(N_("Zeitfenster"), widget="select", nothing=N_("das erste freie")),
]
FromCompany = Annotated[
    UUID | None,
    Field(description="The company you come from; you belong to its staff."),
    Asked(N_("Für welches Unternehmen"), widget="select"),
]
GuestName = Annotated[str, Name(120), Asked(N_("Ihr Name"), autocomplete="name")]
GuestEmail = Annotated[
    EmailAddress, Asked(N_("Ihre E-Mail-Adresse"), widget="email", autocomplete="email")
]
GuestCompany = Annotated[
    str, Line(160, 0), Asked(N_("Ihr Unternehmen"), autocomplete="organization")
]
Answers = Annotated[
    list[Annotated[str, Line(500, 0)]],
    Field(max_length=5, description="To the `questions` of the event, in their order."),
    Asked(N_("Ihre Antworten"), widget="lines"),
]


class RegistrationDraft(BaseModel):
    """How somebody takes part in one date."""

    model_config = ConfigDict(extra="forbid")

    slot: SlotNumber = None
    company_id: FromCompany = None
    answers: Answers = []


class GuestDraft(BaseModel):
    """How somebody without an account takes part in one date."""

    model_config = ConfigDict(extra="forbid")

    name: GuestName
    email: GuestEmail
    company: GuestCompany = ""
    slot: SlotNumber = None
    answers: Answers = []


class CompanyNeeded(Invalid):
    """Where companies have only so many places, a guest says which one they come from."""

    code: ClassVar[str] = "company_needed"
    text: ClassVar[str] = N_("Bitte geben Sie an, von welchem Unternehmen Sie kommen.")


async def register(
    session: Session, actor: Actor, occurrence_id: UUID, draft: RegistrationDraft
) -> Registration:
    """Take part in a date, have it approved, or wait for a place.

    Refuses what takes no registrations, who is registered already, a company that has all the
    places it may have, and what is full where nobody waits.
    """
    opened = await open_date(session, actor, occurrence_id)
    if actor.person_id is None:
        raise SignInRequired
    require_act(actor, opened, Act.REGISTER)
    details = opened.post.details
    check_wanted(details, opened.occurrence, draft.slot, draft.answers)
    await _refuse_if_blocked(session, actor.person_id, opened.post)
    company = await _company(session, actor.person_id, draft.company_id)
    registration = Registration(
        occurrence_id=occurrence_id,
        state=RegistrationState.REQUESTED,
        code=new_code(),
        slot=draft.slot,
        person_id=actor.person_id,
        company_id=draft.company_id,
        company_key=key_of_equals(sort_key(company.name)) if company else None,
        answers=_answered(details, draft.answers),
        registered_at=clock.now(),
        locale=actor.locale,
    )
    registration.number = await give_number(session, occurrence_id)
    held = select(Registration.id).where(
        Registration.occurrence_id == occurrence_id,
        Registration.person_id == actor.person_id,
        Registration.state.in_(IN_LINE),
    )
    if await session.scalar(held):
        raise AlreadyRegistered
    await enter(session, opened, registration)
    session.add(registration)
    await session.flush()
    return registration


async def register_guest(
    session: Session, actor: Actor, occurrence_id: UUID, draft: GuestDraft, *, address: str
) -> None:
    """Keep what a guest asks for, and mail them a link that confirms it.

    Nothing is taken until then. Who is registered already gets another mail, and nobody else
    learns of it. ``address`` is where the request came from.
    """
    opened = await open_date(session, actor, occurrence_id)
    require_act(actor, opened, Act.REGISTER)
    details = opened.post.details
    check_wanted(details, opened.occurrence, draft.slot, draft.answers)
    if details.get("places_per_company") and not draft.company:
        raise CompanyNeeded(FieldError(("company",), "company_needed", CompanyNeeded.text))
    email = canonical_email(draft.email)
    await limiter().hit("mail_from", address)
    await limiter().hit("mail_to", f"registration:{occurrence_id}:{email}")
    key = key_of_equals(email)
    await lock_line(session, occurrence_id)  # two at once are one after the other
    registration = await session.scalar(
        select(Registration).where(
            Registration.occurrence_id == occurrence_id,
            Registration.guest_key == key,
            Registration.state.in_((*IN_LINE, RegistrationState.UNCONFIRMED)),
        )
    )
    if registration is None or registration.state == RegistrationState.UNCONFIRMED:
        if registration is None:
            registration = Registration(
                occurrence_id=occurrence_id,
                state=RegistrationState.UNCONFIRMED,
                code=new_code(),
                guest_key=key,
                registered_at=clock.now(),
            )
            session.add(registration)
        registration.slot, registration.guest_name = draft.slot, draft.name
        registration.guest_email, registration.guest_company = draft.email, draft.company or None
        registration.company_key = company_key_of(draft.company)
        registration.answers = _answered(details, draft.answers)
        registration.locale = actor.locale
    await session.flush()
    emit(session, GuestRegistered(registration_id=registration.id))


async def enter(session: Session, opened: OpenedDate, registration: Registration) -> None:
    """Bring somebody new into the line of a date that ``give_number`` has locked."""
    occurrence, details = opened.occurrence, opened.post.details
    if not is_open(details, occurrence.state, occurrence.starts_at, clock.now()):
        raise RegistrationClosed
    await check_company(session, details, occurrence.id, registration.company_key)
    if details.get("needs_approval"):
        change_state(session, registration, RegistrationState.REQUESTED)
    else:
        await take_place(session, registration, occurrence, opened.post)


def check_wanted(
    details: dict[str, Any], occurrence: Occurrence, slot: int | None, answers: list[str]
) -> None:
    """Refuse a slot that is none of the date's, and answers to questions nobody asked."""
    slots = slots_of(details, occurrence.starts_at, occurrence.ends_at)
    if slot is not None and (details["participation"] != Participation.SLOTS or slot >= slots):
        text = N_("Dieses Zeitfenster gibt es nicht.")
        raise Invalid(FieldError(("slot",), "slot_unknown", text))
    if len(answers) > len(details.get("questions") or ()):
        text = N_("So viele Fragen stellt die Veranstaltung nicht.")
        raise Invalid(FieldError(("answers",), "too_many_answers", text))


def _answered(details: dict[str, Any], answers: list[str]) -> dict[str, str]:
    """Return the answers by the questions as they read now."""
    pairs = zip(details.get("questions") or (), answers, strict=False)
    return {question: answer for question, answer in pairs if answer}


async def _company(session: Session, person_id: UUID, company_id: UUID | None) -> Company | None:
    """Return the company somebody comes from; refuse one to whose staff they do not belong."""
    if company_id is None:
        return None
    company = await session.scalar(
        select(Company)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Company.id == company_id,
            Company.state == CompanyState.ACTIVE,
            Staff.person_id == person_id,
            Staff.ended_at.is_(None),
        )
    )
    if company is None:
        raise Forbidden
    return company


async def _refuse_if_blocked(session: Session, person_id: UUID, post: Post) -> None:
    if await is_blocked(
        session, person_id, by_person_id=post.author_id, by_company_id=post.company_id
    ):
        raise RegistrationClosed


def company_key_of(name: str) -> bytes | None:
    """Return what a company that a guest names has in common with itself; None without one."""
    return key_of_equals(sort_key(name)) if name else None


def key_of_equals(text: str) -> bytes:
    """Return what equal texts have in common and nobody can read them from."""
    return hmac.digest(signing_key().encode(), f"registration:{text}".encode(), hashlib.sha256)


def new_code() -> str:
    """Return a code that somebody can read out at the door."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
