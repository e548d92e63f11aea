"""Who may do what in a group, decided here and nowhere else."""

from enum import StrEnum

from sqlalchemy import ColumnElement, or_

from app.core.actor import Actor
from app.models.groups import Admission, Group, Membership, Standing

INSIDE = frozenset({Standing.MEMBER, Standing.MODERATOR, Standing.OWNER})
RUNNING = frozenset({Standing.MODERATOR, Standing.OWNER})
KNOWING = INSIDE | {Standing.INVITED}  # those who may know that a hidden group exists
WAITING = frozenset({Standing.REQUESTED, Standing.INVITED})


class Act(StrEnum):
    """What can be done to a group."""

    VIEW = "view"
    READ = "read"  # its posts and members
    JOIN = "join"
    LEAVE = "leave"
    POST = "post"
    MODERATE = "moderate"  # admit, refuse, invite, ban
    EDIT = "edit"  # name, charter, admission, standings, archive


class MemberAct(StrEnum):
    """What those who run a group can do about one person."""

    INVITE = "invite"
    ADMIT = "admit"
    REFUSE = "refuse"
    REMOVE = "remove"
    SET_STANDING = "set_standing"  # member, moderator, owner
    BAN = "ban"
    LIFT_BAN = "lift_ban"


_FITTING: dict[Standing | None, frozenset[MemberAct]] = {
    None: frozenset({MemberAct.INVITE, MemberAct.BAN}),
    Standing.REFUSED: frozenset({MemberAct.INVITE, MemberAct.BAN}),
    Standing.REQUESTED: frozenset({MemberAct.ADMIT, MemberAct.REFUSE, MemberAct.BAN}),
    Standing.INVITED: frozenset({MemberAct.REMOVE, MemberAct.BAN}),
    Standing.BANNED: frozenset({MemberAct.LIFT_BAN}),
}
_FITTING |= dict.fromkeys(
    INSIDE, frozenset({MemberAct.REMOVE, MemberAct.SET_STANDING, MemberAct.BAN})
)

_OF_TOKENS = {
    "groups:write": frozenset({Act.JOIN, Act.LEAVE, Act.MODERATE, Act.EDIT}),
    "posts:write": frozenset({Act.POST}),
}


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    listed = Group.admission != Admission.HIDDEN
    if not actor.is_signed_in:
        return listed
    knows = Group.memberships.any(
        (Membership.person_id == actor.person_id) & Membership.standing.in_(KNOWING)
    )
    return or_(listed, knows)


def readable_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.READ`` for queries: open groups by everybody, the others by their members."""
    public = Group.admission == Admission.OPEN
    if not actor.is_signed_in:
        return public
    inside = Group.memberships.any(
        (Membership.person_id == actor.person_id) & Membership.standing.in_(INSIDE)
    )
    return or_(public, inside)


def acts(
    actor: Actor, admission: Admission, standing: Standing | None, *, archived: bool
) -> frozenset[Act]:
    """Everything ``actor`` may do here: enforcement, buttons and the API all ask this."""
    standing = standing if actor.is_signed_in else None
    granted: set[Act] = set()
    if admission != Admission.HIDDEN or standing in KNOWING:
        granted.add(Act.VIEW)
    if admission == Admission.OPEN or standing in INSIDE:
        granted.add(Act.READ)
    may_ask = standing in {None, Standing.INVITED, Standing.REFUSED}
    if actor.is_signed_in and Act.VIEW in granted and may_ask and not archived:
        granted.add(Act.JOIN)
    if standing in INSIDE | WAITING:
        granted.add(Act.LEAVE)
    if standing in INSIDE and not archived:
        granted.add(Act.POST)
    if standing in RUNNING and not archived:
        granted.add(Act.MODERATE)
    if standing == Standing.OWNER:
        granted.add(Act.EDIT)
    return _within_scopes(actor, granted)


def acts_that_fit(other: Standing | None) -> frozenset[MemberAct]:
    """Return what can be done at all about somebody of this standing."""
    return _FITTING[other]


def member_acts(
    actor: Actor, own: Standing | None, other: Standing | None, *, archived: bool, is_self: bool
) -> frozenset[MemberAct]:
    """Everything ``actor``, of standing ``own``, may do about a person of standing ``other``.

    Owners decide about everybody, moderators about all but owners and moderators. About oneself
    there is only the own standing to set; for the rest there is leaving.
    """
    if own not in RUNNING or archived or not actor.has_scope("groups:write"):
        return frozenset()
    if own != Standing.OWNER:
        barred = other in RUNNING
        return frozenset() if barred else _FITTING[other] - {MemberAct.SET_STANDING}
    return _FITTING[other] & {MemberAct.SET_STANDING} if is_self else _FITTING[other]


def _within_scopes(actor: Actor, granted: set[Act]) -> frozenset[Act]:
    for scope, covered in _OF_TOKENS.items():
        if not actor.has_scope(scope):
            granted -= covered
    return frozenset(granted)
