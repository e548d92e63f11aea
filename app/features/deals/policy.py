"""Who may rate whom after a transport, and who sees it, decided here and nowhere else."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.actor import Actor
from app.models.messages import Side


class Act(StrEnum):
    """What can be done with the ratings of a deal."""

    RATE = "rate"
    SEE = "see"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Standing:
    """On which side the actor stands, and how far rating has come.

    ``is_rateable`` from the delivery until the time is over; ``is_closed`` when both have rated
    or the time is over; ``rated_me`` and ``replied`` tell of the rating by the other side.
    """

    side: Side | None
    is_rateable: bool = False
    is_closed: bool = False
    rated: bool = False
    rated_me: bool = False
    replied: bool = False


def acts(actor: Actor, here: Standing) -> frozenset[Act]:
    """Everything ``actor`` may do: enforcement, buttons and the API ask this."""
    if not actor.is_signed_in or here.side is None:
        return frozenset()
    if here.is_closed:
        may_reply = here.rated_me and not here.replied
        return frozenset({Act.SEE, Act.REPLY} if may_reply else {Act.SEE})
    return frozenset({Act.RATE} if here.is_rateable and not here.rated else ())
