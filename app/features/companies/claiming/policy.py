"""Who may do what with a claim, decided here and nowhere else."""

from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, or_

from app.core.actor import Actor
from app.features.companies.policy import WRITE_SCOPE
from app.models.companies import Claim, ClaimState, ClaimWay, Staff, StaffRole

BY_CODE = frozenset({ClaimWay.EMAIL_ON_FILE, ClaimWay.WEBSITE_DOMAIN})


class Act(StrEnum):
    """What can be done with a claim."""

    VIEW = "view"
    CONFIRM = "confirm"  # enter the code from the mail
    WITHDRAW = "withdraw"
    DECIDE = "decide"  # grant or refuse it


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """Whether the claimed company belongs to ``actor``, for queries."""
    return exists().where(
        Staff.company_id == Claim.company_id,
        Staff.person_id == actor.person_id,
        Staff.role == StaffRole.OWNER,
        Staff.ended_at.is_(None),
    )


def visible_to(actor: Actor, *, operator: bool) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries by who is signed in: one's own claims and those one decides on.

    ``operator`` stands beside the actor because a shape of actors does not know it.
    """
    for_owners = and_(Claim.way == ClaimWay.OWNERS, owned_by(actor))
    mine = Claim.person_id == actor.person_id
    if operator:
        return or_(mine, for_owners, Claim.way == ClaimWay.OPERATOR)
    return or_(mine, for_owners)


def acts(
    actor: Actor, way: ClaimWay, state: ClaimState, *, is_own: bool, is_owner: bool
) -> frozenset[Act]:
    """Everything ``actor`` may do with a claim, if it is their own, or they own the company.

    Operators decide on nothing but what was asked of them, and nobody decides on their own claim.
    """
    if not actor.is_signed_in:
        return frozenset()
    asked = (way == ClaimWay.OWNERS and is_owner) or (way == ClaimWay.OPERATOR and actor.operator)
    granted = {Act.VIEW} if is_own or asked else set()
    if state == ClaimState.OPEN and actor.has_scope(WRITE_SCOPE):
        if is_own:
            granted.add(Act.WITHDRAW)
        if is_own and way in BY_CODE:
            granted.add(Act.CONFIRM)
        if asked and not is_own:
            granted.add(Act.DECIDE)
    return frozenset(granted)
