"""Who sees a conversation, and who may do what in it, decided here and nowhere else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, false, literal, null, or_

from app.core.actor import Actor
from app.features.companies.policy import speaks_for
from app.models.messages import Conversation, ConversationState, Message, Side


class Act(StrEnum):
    """What can be done in a conversation."""

    VIEW = "view"
    WRITE = "write"
    ACCEPT = "accept"
    REFUSE = "refuse"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Standing:
    """On which side the actor stands, and whether the first message was answered."""

    side: Side | None
    state: ConversationState
    is_with_company: bool = False


def opened_by(actor: Actor) -> ColumnElement[bool]:
    """Keep conversations that a signed-in ``actor`` began."""
    return Conversation.opener_id == actor.person_id


def ways_to_take_part(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the ways in which ``visible_to`` holds; alone each can be answered by an index."""
    return (
        opened_by(actor),
        Conversation.person_id == actor.person_id,
        speaks_for(actor, Conversation.company_id),
    )


def kept_by(actor: Actor) -> ColumnElement[bool]:
    """Keep conversations that somebody began with ``actor``, or with a company of theirs."""
    return or_(
        Conversation.person_id == actor.person_id, speaks_for(actor, Conversation.company_id)
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    if not actor.is_signed_in:
        return false()
    return or_(opened_by(actor), kept_by(actor))


def side_of(actor: Actor) -> Any:
    """Return, in a query, on which side ``actor`` stands."""
    if not actor.is_signed_in:
        return null()
    return case(
        (opened_by(actor), literal(Side.OPENER, Message.side.type)),
        (kept_by(actor), literal(Side.KEEPER, Message.side.type)),
        else_=null(),
    )


def acts(actor: Actor, here: Standing) -> frozenset[Act]:
    """Everything ``actor`` may do in a conversation.

    Whoever was refused learns nothing of it: for them it waits, as it did.
    """
    if not actor.is_signed_in or here.side is None:
        return frozenset()
    granted = {Act.VIEW}
    accepted = here.state == ConversationState.ACCEPTED
    if here.side == Side.KEEPER:
        granted |= {Act.WRITE, Act.BLOCK}
        if not accepted:
            granted.add(Act.ACCEPT)
        if here.state == ConversationState.REQUESTED:
            granted.add(Act.REFUSE)
    else:
        if accepted:
            granted.add(Act.WRITE)
        if not here.is_with_company:
            granted.add(Act.BLOCK)
    return frozenset(granted)


def shown_state(side: Side, state: ConversationState) -> ConversationState:
    """Return the state as a side sees it: a refusal is silent."""
    silent = side == Side.OPENER and state == ConversationState.REFUSED
    return ConversationState.REQUESTED if silent else state
