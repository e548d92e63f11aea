"""Who may do what with posts and replies, decided here and nowhere else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.features.companies.policy import SPEAKING
from app.features.groups import policy as groups_policy
from app.features.groups.policy import INSIDE
from app.models.companies import Company, CompanyState, Staff
from app.models.groups import Admission, Group, Standing
from app.models.posts import Post, PostStatus

# Made once: to make an alias costs more than to run the query it is in.
_staff, _company = aliased(Staff), aliased(Company)


class Act(StrEnum):
    """What can be done to a post."""

    VIEW = "view"
    REPLY = "reply"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    ACCEPT_ANSWER = "accept_answer"
    REACT = "react"
    BOOKMARK = "bookmark"


class ReplyAct(StrEnum):
    """What can be done to a reply."""

    EDIT = "edit"
    WITHDRAW = "withdraw"
    REACT = "react"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a post stands, as far as its reader's rights depend on it.

    ``is_current`` is false once it is withdrawn or has expired. ``admission`` is None for a post
    on its own. ``is_mine`` means: written by the actor; ``is_kept_by_me``: spoken for, that is
    written by the actor, or in the name of a company that the actor speaks for now.
    """

    is_current: bool = True
    admission: Admission | None = None
    is_archived: bool = False
    standing: Standing | None = None
    is_mine: bool = False
    is_kept_by_me: bool = False
    may_accept_answer: bool = False


def current() -> ColumnElement[bool]:
    """Keep posts that are neither withdrawn nor expired."""
    return and_(
        Post.status == PostStatus.ACTIVE,
        or_(Post.expires_at.is_(None), Post.expires_at > func.now()),
    )


def stands_open_to(actor: Actor) -> ColumnElement[bool]:
    """Keep posts on their own, and posts in groups that ``actor`` may read."""
    readable = select(Group.id).where(groups_policy.readable_to(actor))
    return or_(Post.group_id.is_(None), Post.group_id.in_(readable))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    if not actor.is_signed_in:
        return and_(current(), stands_open_to(actor))
    return and_(or_(current(), Post.author_id == actor.person_id), stands_open_to(actor))


def speaks_for(actor: Actor, company_id: Any) -> ColumnElement[bool]:
    """Whether ``actor`` is an owner or editor of an active company."""
    return exists().where(
        _staff.company_id == company_id,
        _staff.person_id == actor.person_id,
        _staff.ended_at.is_(None),
        _staff.role.in_(SPEAKING),
        _company.id == _staff.company_id,
        _company.state == CompanyState.ACTIVE,
    )


def acts(actor: Actor, here: Surroundings) -> frozenset[Act]:
    """Everything ``actor`` may do with a post: enforcement, buttons and the API ask this."""
    standing = here.standing if actor.is_signed_in else None
    is_inside = here.admission is None or standing in INSIDE
    if not (here.admission == Admission.OPEN or is_inside):
        return frozenset()
    if not actor.is_signed_in:
        return frozenset({Act.VIEW} if here.is_current else ())
    if not here.is_current:
        return frozenset({Act.VIEW} if here.is_mine else ())
    granted = {Act.VIEW, Act.BOOKMARK}
    if here.is_kept_by_me:
        granted.add(Act.WITHDRAW)
    if here.is_archived:
        return frozenset(granted)
    if not here.is_mine and standing != Standing.BANNED:
        granted.add(Act.REACT)
    if is_inside:
        granted.add(Act.REPLY)
        if here.is_kept_by_me:
            granted.add(Act.EDIT)
        if here.is_kept_by_me and here.may_accept_answer:
            granted.add(Act.ACCEPT_ANSWER)
    return frozenset(granted)


def reply_acts(
    actor: Actor, here: frozenset[Act], *, is_mine: bool, is_kept_by_me: bool, is_withdrawn: bool
) -> frozenset[ReplyAct]:
    """Everything ``actor`` may do with a reply under a post that grants ``here``."""
    if not actor.is_signed_in or Act.VIEW not in here or is_withdrawn:
        return frozenset()
    granted = set[ReplyAct]()
    if is_kept_by_me:
        granted.add(ReplyAct.WITHDRAW)
        if Act.REPLY in here:
            granted.add(ReplyAct.EDIT)
    elif not is_mine and (Act.REACT in here or Act.REPLY in here):
        granted.add(ReplyAct.REACT)
    return frozenset(granted)
