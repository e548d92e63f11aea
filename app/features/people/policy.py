"""Who sees and who changes a person's profile, and each field of contact data."""

from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, case

from app.core.actor import Actor
from app.models.people import Person, Visibility

V = TypeVar("V")


class Act(StrEnum):
    """What can be done with a profile."""

    VIEW = "view"
    EDIT = "edit"


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    del actor  # who is here is seen by everybody, who has left by nobody
    return Person.left_at.is_(None)


def slug_seen(person: Any = Person) -> ColumnElement[str | None]:
    """Return the column that leads to a profile: null for who has left, as it is not seen."""
    return case((person.left_at.is_(None), person.slug), else_=None)


def acts(actor: Actor, person_id: UUID, *, left: bool) -> frozenset[Act]:
    """Everything ``actor`` may do with the profile of ``person_id``."""
    if left:
        return frozenset()
    own = actor.is_signed_in and actor.person_id == person_id
    return frozenset({Act.VIEW, *([Act.EDIT] if own else [])})


def contact_datum(
    value: V | None, visibility: Visibility, actor: Actor, *, own: bool = False
) -> V | None:
    """Return a field of contact data if ``actor`` may see it; ``own`` data are always seen."""
    seen = (
        own
        or visibility == Visibility.PUBLIC
        or (visibility == Visibility.SIGNED_IN and actor.is_signed_in)
    )
    return value if seen else None
