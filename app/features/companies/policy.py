"""Who may do what with a company, decided here and nowhere else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.settings import settings
from app.models.companies import Company, CompanyState, Staff, StaffRole

SPEAKING = frozenset({StaffRole.OWNER, StaffRole.EDITOR})
WRITE_SCOPE = "companies:write"  # of a token, for all but viewing and speaking
SPEAK_SCOPE = "posts:write"

# Made once: to make an alias costs more than to run the query it is in.
_staff, _company = aliased(Staff), aliased(Company)


class Act(StrEnum):
    """What can be done with a company."""

    VIEW = "view"
    EDIT = "edit"  # profile, sites, contact persons
    SPEAK = "speak"  # post and reply in its name
    MANAGE_STAFF = "manage_staff"
    CLOSE = "close"
    REOPEN = "reopen"
    CLAIM = "claim"
    LEAVE = "leave"


_SCOPES = {Act.SPEAK: SPEAK_SCOPE}


def stubs_are_public() -> bool:
    """Whether the operator has confirmed a legal basis for showing imported companies."""
    return settings().publish_imported_stubs


def public_states(*, stubs: bool) -> frozenset[CompanyState]:
    """Return the states in which everybody sees a company."""
    return frozenset({CompanyState.ACTIVE, *([CompanyState.STUB] if stubs else [])})


def visible_to(actor: Actor, *, stubs: bool) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    public = Company.state.in_(public_states(stubs=stubs))
    if not actor.is_signed_in:
        return public
    works_there = exists().where(
        Staff.company_id == Company.id,
        Staff.person_id == actor.person_id,
        Staff.ended_at.is_(None),
    )
    return or_(public, and_(Company.state != CompanyState.STUB, works_there))


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


def acts(
    actor: Actor, state: CompanyState, role: StaffRole | None, *, stubs: bool
) -> frozenset[Act]:
    """Everything ``actor``, whose present place on the staff is ``role``, may do here.

    ``stubs`` says whether imported companies are public. An imported company can be claimed by
    whoever is signed in, also where it cannot be viewed.
    """
    role = role if actor.is_signed_in else None
    granted: set[Act] = set()
    active, closed = state == CompanyState.ACTIVE, state == CompanyState.CLOSED
    viewed = state in public_states(stubs=stubs) or (closed and role is not None)
    if actor.is_signed_in and not closed and role != StaffRole.OWNER:
        granted.add(Act.CLAIM)
    if role and state != CompanyState.STUB:
        granted.add(Act.LEAVE)
    if active and role in SPEAKING:
        granted |= {Act.EDIT, Act.SPEAK}
    if active and role == StaffRole.OWNER:
        granted |= {Act.MANAGE_STAFF, Act.CLOSE}
    if closed and role == StaffRole.OWNER:
        granted.add(Act.REOPEN)
    granted = {act for act in granted if actor.has_scope(_SCOPES.get(act, WRITE_SCOPE))}
    return frozenset(granted | {Act.VIEW} if viewed else granted)
