"""Who may do what with a purchasing pool, decided here and nowhere else.

How much there is and how many take part, everybody reads who reads the post; who they are, only
those who keep the post or take part themselves.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.features.companies.policy import speaks_for
from app.features.posts import policy as posts_policy
from app.models.pools import PoolShare
from app.models.posts import Post

_own = aliased(PoolShare)


class Act(StrEnum):
    """What can be done with a pool."""

    JOIN = "join"
    LEAVE = "leave"
    CLOSE = "close"
    SEE_WHO = "see_who"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the actor stands to a pool whose post it sees.

    ``is_open`` while it is not closed and readers meet its post; ``may_answer`` where the post
    takes private answers of the actor.
    """

    is_open: bool
    keeps: bool
    takes_part: bool
    may_answer: bool


def held_by(actor: Actor, share: Any = PoolShare) -> ColumnElement[bool]:
    """Keep shares of a signed-in ``actor``, and of companies it speaks for."""
    return or_(
        and_(share.person_id == actor.person_id, share.company_id.is_(None)),
        speaks_for(actor, share.company_id),
    )


def takes_part(actor: Actor) -> ColumnElement[bool]:
    """Whether ``actor`` has a share in the pool of ``Post``."""
    if not actor.is_signed_in:
        return false()
    return exists().where(_own.post_id == Post.id, held_by(actor, _own))


def sees_who(actor: Actor) -> ColumnElement[bool]:
    """``Act.SEE_WHO`` for queries that join ``Post``; a test holds it to the answer of ``acts``."""
    if not actor.is_signed_in:
        return false()
    return or_(posts_policy.kept_by(actor), takes_part(actor))


def acts(actor: Actor, here: Standing) -> frozenset[Act]:
    """Everything ``actor`` may do with a pool: enforcement, buttons and the API ask this."""
    if not actor.is_signed_in:
        return frozenset()
    granted = set[Act]()
    if here.is_open and (here.keeps or here.may_answer):
        granted.add(Act.JOIN)
    if here.is_open and here.takes_part:
        granted.add(Act.LEAVE)
    if here.is_open and here.keeps:
        granted.add(Act.CLOSE)
    if here.keeps or here.takes_part:
        granted.add(Act.SEE_WHO)
    return frozenset(granted)
