"""Loading a date of an event or a registration, with what the actor may do; locks where asked."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, Gone, NotFound, SignInRequired
from app.core.i18n import N_
from app.features.events import policy
from app.features.events.policy import Act, RegistrationAct
from app.features.posts.access import Opened as OpenedPost, open_post
from app.features.posts.policy import Act as PostAct, kept_by
from app.models.groups import Standing as GroupStanding
from app.models.occurrences import Occurrence, Registration
from app.models.posts import Post


class RegistrationClosed(Conflict):
    code: ClassVar[str] = "registration_closed"
    text: ClassVar[str] = N_("Für diesen Termin ist keine Anmeldung möglich.")


class AlreadyRegistered(Conflict):
    code: ClassVar[str] = "already_registered"
    text: ClassVar[str] = N_("Sie sind für diesen Termin schon angemeldet.")


class DateOver(Conflict):
    code: ClassVar[str] = "date_over"
    text: ClassVar[str] = N_("Dieser Termin ist vorbei.")


class CheckInClosed(Conflict):
    """People are let in from the day before a date on, and to none that is cancelled."""

    code: ClassVar[str] = "check_in_closed"
    text: ClassVar[str] = N_(
        "Der Einlass beginnt 24 Stunden vor dem Termin; zu einem abgesagten gibt es keinen."
    )


class RegistrationStepNotPossible(Conflict):
    code: ClassVar[str] = "registration_step_not_possible"
    text: ClassVar[str] = N_("Im jetzigen Stand der Anmeldung geht das nicht.")


@dataclass(frozen=True, slots=True)
class OpenedDate:
    """A date, its event, and what the actor may do with it."""

    occurrence: Occurrence
    post: Post
    acts: frozenset[Act]
    here: policy.Standing


@dataclass(frozen=True, slots=True)
class OpenedRegistration:
    """A registration, its date and event, and what the actor may do with it."""

    registration: Registration
    occurrence: Occurrence
    post: Post
    acts: frozenset[RegistrationAct]
    here: policy.RegistrationStanding


async def open_date(
    session: Session, actor: Actor, occurrence_id: UUID, *, lock: bool = False
) -> OpenedDate:
    """Load a date whose event ``actor`` may see; refuse as the event does.

    With ``lock`` event and date, in this order, stay locked until commit.
    """
    occurrence = await session.get(Occurrence, occurrence_id)
    if occurrence is None:
        raise NotFound
    opened = await open_post(session, actor, occurrence.post_id, lock=lock)
    if lock:
        await session.refresh(occurrence, with_for_update=True)
    here = await _standing(session, actor, opened, occurrence)
    return OpenedDate(occurrence, opened.post, policy.acts(actor, here), here)


async def _standing(
    session: Session, actor: Actor, opened: OpenedPost, occurrence: Occurrence
) -> policy.Standing:
    now, details = clock.now(), opened.post.details
    registered = None
    if actor.is_signed_in:
        registered = await session.scalar(
            select(Registration.id).where(
                Registration.occurrence_id == occurrence.id,
                Registration.person_id == actor.person_id,
                Registration.state.in_(policy.IN_LINE),
            )
        )
    return policy.Standing(
        is_current=opened.here.is_current,
        keeps=opened.here.is_kept_by_me,
        may_edit=PostAct.EDIT in opened.acts,
        is_banned=opened.here.standing == GroupStanding.BANNED,
        is_open=policy.is_open(details, occurrence.state, occurrence.starts_at, now),
        is_admitting=policy.is_admitting(occurrence.state, occurrence.starts_at, now),
        is_over=occurrence.ends_at <= now,
        is_registered=registered is not None,
    )


def require_act(actor: Actor, opened: OpenedDate, act: Act) -> None:
    """Refuse what ``actor`` may not do with a date that is open before them."""
    if act in opened.acts:
        return
    if act == Act.REGISTER:
        if opened.here.is_registered:
            raise AlreadyRegistered
        raise Forbidden if opened.here.is_banned else RegistrationClosed
    if not actor.is_signed_in:
        raise SignInRequired
    if act == Act.CHECK_IN and opened.here.keeps:
        raise CheckInClosed
    if act == Act.DECIDE and opened.here.keeps and opened.here.is_over:
        raise DateOver
    raise Forbidden


async def open_registration(
    session: Session, actor: Actor, registration_id: UUID
) -> OpenedRegistration:
    """Load a registration of ``actor``, or for an event it keeps; its date is locked first."""
    if not actor.is_signed_in:
        raise SignInRequired
    found = await session.scalar(
        select(Registration.id)
        .join(Occurrence, Occurrence.id == Registration.occurrence_id)
        .join(Post, Post.id == Occurrence.post_id)
        .where(Registration.id == registration_id, policy.sees_registration(actor))
    )
    if found is None:
        raise NotFound
    keeper = (
        select(Post.id)
        .join(Occurrence, Occurrence.post_id == Post.id)
        .join(Registration, Registration.occurrence_id == Occurrence.id)
        .where(Registration.id == registration_id, kept_by(actor))
    )
    keeps = await session.scalar(keeper) is not None
    registration, occurrence, post = await locked_registration(session, registration_id)
    mine = registration.person_id == actor.person_id
    return _opened(registration, occurrence, post, is_mine=mine, keeps=keeps)


async def registration_of_guest(session: Session, registration_id: UUID) -> OpenedRegistration:
    """Load a registration for the guest who holds the key to it; its date is locked first."""
    found = await locked_registration(session, registration_id)
    return _opened(*found, is_mine=True, keeps=False)


def _opened(
    registration: Registration, occurrence: Occurrence, post: Post, *, is_mine: bool, keeps: bool
) -> OpenedRegistration:
    here = policy.registration_standing(
        occurrence.state, occurrence.starts_at, occurrence.ends_at, is_mine=is_mine, keeps=keeps
    )
    granted = policy.registration_acts(registration.state, here)
    return OpenedRegistration(registration, occurrence, post, granted, here)


class RegistrationGone(Gone):
    code: ClassVar[str] = "registration_gone"
    text: ClassVar[str] = N_("Diese Anmeldung gibt es nicht mehr.")


async def locked_registration(
    session: Session, registration_id: UUID
) -> tuple[Registration, Occurrence, Post]:
    """Load a registration with its date locked until commit, so that its place is decided once."""
    registration = await session.get(Registration, registration_id)
    if registration is None:
        raise RegistrationGone
    occurrence: Any = await session.get(
        Occurrence, registration.occurrence_id, with_for_update=True, populate_existing=True
    )
    await session.refresh(registration)
    post: Any = await session.get(Post, occurrence.post_id)
    return registration, occurrence, post


def require_step(opened: OpenedRegistration, act: RegistrationAct) -> None:
    """Refuse a step that a registration does not allow now."""
    if act not in opened.acts:
        raise RegistrationStepNotPossible
