"""Releasing who one is to the other side of an inquiry, and taking that back in time.

Nobody sees anything before both sides have released, and one of them looks. That look is a step
of its own, taken under the same lock as a withdrawal: whoever withdraws in time was never seen.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.inquiries.answering import Opened, move_inquiry, open_inquiry
from app.features.inquiries.drafts import StateDraft
from app.features.inquiries.policy import ENDED, UNDECIDED
from app.models.inquiries import InquiryState
from app.models.messages import Side
from app.models.succession import Disclosure, DisclosureAct, DisclosureStep


class IdentityReleased(Event):
    """One side has released who it is; ``opener`` asked, ``keeper`` keeps the post."""

    name: ClassVar[str] = "identity.released"
    inquiry_id: UUID
    side: Side


class IdentitiesOpened(Event):
    """Both sides know each other from now on; ``side`` looked first."""

    name: ClassVar[str] = "identity.opened"
    inquiry_id: UUID
    side: Side


class NothingConcealed(Conflict):
    code: ClassVar[str] = "nothing_concealed"
    text: ClassVar[str] = N_("In dieser Anfrage kennen sich beide Seiten schon.")


class ReleaseNotPossible(Conflict):
    code: ClassVar[str] = "release_not_possible"
    text: ClassVar[str] = N_("Im jetzigen Stand der Anfrage geht das nicht.")


class AlreadySeen(Conflict):
    code: ClassVar[str] = "release_already_seen"
    text: ClassVar[str] = N_("Die Kontaktdaten sind schon angesehen worden.")


class Act(StrEnum):
    """What can be done about a release."""

    RELEASE = "release"
    WITHDRAW = "withdraw"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a disclosure has come, as one side sees it."""

    state: InquiryState
    mine: datetime | None = None
    theirs: datetime | None = None
    opened: datetime | None = None


def acts(here: Standing) -> frozenset[Act]:
    """Everything a side may do about its release: enforcement, buttons and the API ask this."""
    if here.opened:
        return frozenset()
    granted = {Act.WITHDRAW} if here.mine else set[Act]()
    if here.state not in ENDED:
        if not here.mine:
            granted.add(Act.RELEASE)
        elif here.theirs and here.state == InquiryState.ACCEPTED:
            granted.add(Act.OPEN)
    return frozenset(granted)


async def release_identity(session: Session, actor: Actor, inquiry_id: UUID) -> Disclosure:
    """Release who one is, to be seen once the other side has done the same. Twice changes nothing.

    Whoever keeps the post and has not decided yet accepts the inquiry by that.
    """
    opened, disclosure = await _opened(session, actor, inquiry_id)
    here = _standing(opened, disclosure)
    if here.mine:
        return disclosure
    _require(Act.RELEASE, here)
    if opened.side == Side.KEEPER and opened.inquiry.state in UNDECIDED:
        await move_inquiry(session, actor, inquiry_id, StateDraft(state=InquiryState.ACCEPTED))
    _mark(disclosure, opened.side, clock.now())
    _log(session, opened, DisclosureAct.RELEASED)
    emit(session, IdentityReleased(inquiry_id=inquiry_id, side=opened.side))
    await session.flush()
    return disclosure


async def withdraw_release(session: Session, actor: Actor, inquiry_id: UUID) -> Disclosure:
    """Take one's release back; refused once the other side has looked. Twice changes nothing."""
    opened, disclosure = await _opened(session, actor, inquiry_id)
    here = _standing(opened, disclosure)
    if here.opened:
        raise AlreadySeen
    if here.mine:
        _mark(disclosure, opened.side, None)
        _log(session, opened, DisclosureAct.WITHDRAWN)
        await session.flush()
    return disclosure


async def open_identities(session: Session, actor: Actor, inquiry_id: UUID) -> Disclosure:
    """Look at who the other side is: both have released, and neither can take it back any more."""
    opened, disclosure = await _opened(session, actor, inquiry_id)
    if disclosure.opened_at is None:
        _require(Act.OPEN, _standing(opened, disclosure))
        disclosure.opened_at = clock.now()
        _log(session, opened, DisclosureAct.OPENED)
        emit(session, IdentitiesOpened(inquiry_id=inquiry_id, side=opened.side))
        await session.flush()
    return disclosure


async def _opened(session: Session, actor: Actor, inquiry_id: UUID) -> tuple[Opened, Disclosure]:
    """Load an inquiry under aliases, locked until commit, with how far its disclosure has come."""
    opened = await open_inquiry(session, actor, inquiry_id)
    if not opened.inquiry.is_concealed:
        raise NothingConcealed
    disclosure = await session.scalar(
        select(Disclosure)
        .where(Disclosure.inquiry_id == inquiry_id)
        .execution_options(populate_existing=True)
    )
    if disclosure is None:
        disclosure = Disclosure(inquiry_id=inquiry_id)
        session.add(disclosure)
        await session.flush()
    return opened, disclosure


def _standing(opened: Opened, disclosure: Disclosure) -> Standing:
    released = (disclosure.opener_released_at, disclosure.keeper_released_at)
    mine, theirs = released if opened.side == Side.OPENER else released[::-1]
    return Standing(opened.inquiry.state, mine, theirs, disclosure.opened_at)


def _require(act: Act, here: Standing) -> None:
    if act not in acts(here):
        raise ReleaseNotPossible


def _mark(disclosure: Disclosure, side: Side, at: datetime | None) -> None:
    if side == Side.OPENER:
        disclosure.opener_released_at = at
    else:
        disclosure.keeper_released_at = at


def _log(session: Session, opened: Opened, act: DisclosureAct) -> None:
    session.add(
        DisclosureStep(
            inquiry_id=opened.inquiry.id, side=opened.side, act=act, taken_at=clock.now()
        )
    )
