"""Who may do what with posts and replies, decided here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.core import clock
from app.core.actor import Actor
from app.core.asking import label
from app.core.i18n import N_
from app.features.companies.policy import speaks_for
from app.features.groups import policy as groups_policy
from app.features.groups.policy import INSIDE
from app.features.posts.concealing import concealed_by
from app.models.groups import Admission, Group, Standing
from app.models.posts import Audience, Post, PostStatus

STEPS = frozenset({"publish", "reserve", "release", "conclude", "renew"})
MET = (PostStatus.ACTIVE, PostStatus.RESERVED)  # readers meet these, until they expire


label(
    {
        PostStatus.DRAFT: N_("Entwurf"),
        PostStatus.ACTIVE: N_("veröffentlicht"),
        PostStatus.RESERVED: N_("reserviert"),
        PostStatus.DONE: N_("erledigt"),
        PostStatus.EXPIRED: N_("abgelaufen"),
        PostStatus.WITHDRAWN: N_("zurückgezogen"),
        PostStatus.BLOCKED: N_("gesperrt"),
    }
)


class Act(StrEnum):
    """What can be done to a post."""

    VIEW = "view"
    REPLY = "reply"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    ACCEPT_ANSWER = "accept_answer"
    REACT = "react"
    BOOKMARK = "bookmark"
    PUBLISH = "publish"
    RESERVE = "reserve"
    RELEASE = "release"
    CONCLUDE = "conclude"
    RENEW = "renew"
    INQUIRE = "inquire"


class ReplyAct(StrEnum):
    """What can be done to a reply."""

    EDIT = "edit"
    WITHDRAW = "withdraw"
    REACT = "react"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a post stands, as far as its reader's rights depend on it.

    ``is_current`` is true while it is active or reserved and has not expired. ``admission`` is
    None for a post on its own. ``is_mine`` means: written by the actor; ``is_kept_by_me``: spoken
    for, that is written by the actor, or in the name of a company that the actor speaks for now.
    ``lives`` says that posts of this kind end, and may be concluded, renewed and, unless it is for
    several, ``may_be_reserved``; that no longer than until ``latest_end``, which only who keeps
    the post needs to know.
    """

    status: PostStatus = PostStatus.ACTIVE
    is_current: bool = True
    admission: Admission | None = None
    is_archived: bool = False
    is_for_all: bool = True
    standing: Standing | None = None
    is_mine: bool = False
    is_kept_by_me: bool = False
    may_accept_answer: bool = False
    lives: bool = False
    may_be_reserved: bool = True
    is_concealed: bool = False
    takes_inquiries: bool = False
    latest_end: datetime | None = None
    expires_at: datetime | None = None

    @property
    def is_renewable(self) -> bool:
        """Whether a renewal would gain a day at least."""
        return self.latest_end is None or gains_time(self.latest_end, self.expires_at)


def gains_time(latest_end: datetime, expires_at: datetime | None) -> bool:
    """Whether a post that never lives beyond ``latest_end`` has a day left to be renewed for."""
    now = clock.now()
    return latest_end - max(expires_at or now, now) >= timedelta(days=1)


def current() -> ColumnElement[bool]:
    """Keep posts that readers meet: active or reserved, and not expired."""
    return and_(
        Post.status.in_(MET),
        or_(Post.expires_at.is_(None), Post.expires_at > func.now()),
    )


def once_met() -> ColumnElement[bool]:
    """Keep posts that readers meet or have met: all but drafts."""
    return Post.status != PostStatus.DRAFT


def stands_open_to(actor: Actor) -> ColumnElement[bool]:
    """Keep posts for everybody, or for the signed-in, on their own or in readable groups."""
    readable = select(Group.id).where(groups_policy.readable_to(actor))
    placed = or_(Post.group_id.is_(None), Post.group_id.in_(readable))
    return placed if actor.is_signed_in else and_(placed, Post.audience == Audience.PUBLIC)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    if not actor.is_signed_in:
        return and_(current(), stands_open_to(actor))
    return and_(or_(current(), kept_by(actor)), stands_open_to(actor))


def written_by(actor: Actor) -> ColumnElement[bool]:
    """Keep posts that a signed-in ``actor`` wrote, concealed ones too."""
    return or_(
        Post.author_id == actor.person_id,
        and_(Post.is_concealed, concealed_by(actor, lambda _: false())),
    )


def ways_to_keep(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Return the ways in which ``kept_by`` holds; alone each can be answered by an index."""
    return (
        and_(Post.author_id == actor.person_id, Post.company_id.is_(None)),
        speaks_for(actor, Post.company_id),
        and_(Post.is_concealed, concealed_by(actor, lambda company: speaks_for(actor, company))),
    )


def kept_by(actor: Actor) -> ColumnElement[bool]:
    """Keep posts that a signed-in ``actor`` speaks for: own, their companies', concealed ones."""
    return or_(*ways_to_keep(actor))


def acts(actor: Actor, here: Surroundings) -> frozenset[Act]:
    """Everything ``actor`` may do with a post: enforcement, buttons and the API ask this."""
    standing = here.standing if actor.is_signed_in else None
    is_inside = here.admission is None or standing in INSIDE
    if not (here.admission == Admission.OPEN or is_inside):
        return frozenset()
    if not actor.is_signed_in:
        return frozenset({Act.VIEW} if here.is_current and here.is_for_all else ())
    if not here.is_current:
        return _of_its_keeper(here, is_inside=is_inside) if here.is_kept_by_me else frozenset()
    granted = {Act.VIEW, Act.BOOKMARK}
    if here.is_kept_by_me:
        granted.add(Act.WITHDRAW)
        if here.lives:
            granted.add(Act.CONCLUDE)
    if here.is_archived:
        return frozenset(granted)
    granted |= _answers(here, standing, is_inside=is_inside)
    if is_inside and here.is_kept_by_me:
        granted |= _changes(here)
    return frozenset(granted)


def _answers(here: Surroundings, standing: Standing | None, *, is_inside: bool) -> set[Act]:
    """Return how one may answer a post that readers meet: by a sign, in public, in private."""
    granted = set[Act]()
    if standing != Standing.BANNED:
        if not here.is_mine:
            granted.add(Act.REACT)
        if here.takes_inquiries and not here.is_kept_by_me:
            granted.add(Act.INQUIRE)
    if is_inside and not here.is_concealed:  # a reply would bear its author's name
        granted.add(Act.REPLY)
    return granted


def _changes(here: Surroundings) -> set[Act]:
    """Return what its keeper may change in a post that readers meet."""
    granted = {Act.EDIT}
    if here.may_accept_answer:
        granted.add(Act.ACCEPT_ANSWER)
    if here.lives:
        reserved = here.status == PostStatus.RESERVED
        if reserved or here.may_be_reserved:
            granted.add(Act.RELEASE if reserved else Act.RESERVE)
        if here.is_renewable:
            granted.add(Act.RENEW)
    return granted


def _of_its_keeper(here: Surroundings, *, is_inside: bool) -> frozenset[Act]:
    """Return what its keeper may do with a post that nobody else meets: not yet, or no more."""
    granted = {Act.VIEW}
    may_write = is_inside and not here.is_archived
    if here.status == PostStatus.DRAFT:
        granted |= {Act.EDIT, Act.PUBLISH, Act.WITHDRAW} if may_write else {Act.WITHDRAW}
    elif here.status in {PostStatus.WITHDRAWN, PostStatus.BLOCKED, PostStatus.DONE}:
        pass
    elif may_write:  # it has expired
        granted |= {Act.RENEW, Act.CONCLUDE} if here.is_renewable else {Act.CONCLUDE}
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
