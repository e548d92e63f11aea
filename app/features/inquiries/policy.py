"""Who sees an inquiry, and who may do what with it, decided here and nowhere else.

An inquiry has two sides: who opened it, and who keeps the post. Nobody else has any part in it,
operators and members of the post's group neither.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_

from app.core.actor import Actor
from app.features.companies.policy import speaks_for
from app.features.posts import policy as posts_policy
from app.models.inquiries import Inquiry, InquiryState
from app.models.messages import Side

UNDECIDED: Final = frozenset({InquiryState.SENT, InquiryState.SEEN, InquiryState.IN_TALKS})
ENDED: Final = frozenset({InquiryState.DECLINED, InquiryState.CLOSED, InquiryState.WITHDRAWN})


class Act(StrEnum):
    """What can be done with an inquiry."""

    VIEW = "view"
    WRITE = "write"
    TALK = "talk"
    ACCEPT = "accept"
    DECLINE = "decline"
    CLOSE = "close"
    WITHDRAW = "withdraw"


LEADS_TO: Final = {
    Act.TALK: InquiryState.IN_TALKS,
    Act.ACCEPT: InquiryState.ACCEPTED,
    Act.DECLINE: InquiryState.DECLINED,
    Act.CLOSE: InquiryState.CLOSED,
    Act.WITHDRAW: InquiryState.WITHDRAWN,
}
ACT_FOR: Final = {state: act for act, state in LEADS_TO.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """On which side the actor stands, how far it has come, and which states its kind has."""

    side: Side | None
    state: InquiryState
    states: frozenset[InquiryState] = frozenset(InquiryState)


def ways_to_open(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the ways in which ``opened_by`` holds; alone each can be answered by an index."""
    return (
        and_(Inquiry.person_id == actor.person_id, Inquiry.company_id.is_(None)),
        speaks_for(actor, Inquiry.company_id),
    )


def opened_by(actor: Actor) -> ColumnElement[bool]:
    """Keep inquiries that a signed-in ``actor`` made, or that a company it speaks for made."""
    return or_(*ways_to_open(actor))


def received_by(actor: Actor) -> ColumnElement[bool]:
    """Keep inquiries about posts that a signed-in ``actor`` keeps; join ``Post`` to them."""
    return and_(posts_policy.kept_by(actor), ~opened_by(actor))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries that join ``Post``; a test holds it to the answer of ``acts``."""
    if not actor.is_signed_in:
        return false()
    return or_(opened_by(actor), posts_policy.kept_by(actor))


def acts(actor: Actor, here: Standing) -> frozenset[Act]:
    """Everything ``actor`` may do with an inquiry: enforcement, buttons and the API ask this."""
    if not actor.is_signed_in or here.side is None:
        return frozenset()
    granted = {Act.VIEW}
    undecided = here.state in UNDECIDED
    if here.state not in ENDED:
        granted.add(Act.WRITE)
    if here.state in {InquiryState.IN_TALKS, InquiryState.ACCEPTED}:
        granted.add(Act.CLOSE)
    if here.side == Side.OPENER and here.state != InquiryState.WITHDRAWN:
        granted.add(Act.WITHDRAW)
    if here.side == Side.KEEPER and undecided:
        granted |= {Act.ACCEPT, Act.DECLINE}
        if here.state != InquiryState.IN_TALKS:
            granted.add(Act.TALK)
    return frozenset(act for act in granted if act not in LEADS_TO or LEADS_TO[act] in here.states)
