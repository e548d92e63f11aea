"""Who may see a medium, decided here and by those who use media.

A medium is seen by its owner, and by whoever may see one thing that it is used in. This package
stands below the features that use media, so they say so themselves::

    used_in(Person.picture_id, lambda actor: Person.left_at.is_(None))

The column names the medium; the predicate, over the table of that column, says to whom that row
is visible. What is named by no such column is used nowhere, and is cleared away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor
from app.models.media import Medium

Seen = Callable[[Actor], ColumnElement[bool]]


class Act(StrEnum):
    """What can be done with a medium."""

    VIEW = "view"
    DESCRIBE = "describe"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Use:
    """A column that names media, and to whom its rows are visible."""

    column: InstrumentedAttribute[Any]
    seen_by: Seen


USES: dict[str, Use] = {}


def used_in(column: InstrumentedAttribute[Any], seen_by: Seen) -> None:
    """Say that media are used in ``column``, in rows that ``seen_by`` an actor."""
    USES[str(column)] = Use(column, seen_by)


def is_used() -> ColumnElement[bool]:
    """Whether a medium is used in anything, whoever may see that."""
    return or_(
        false(),
        *(exists().where(use.column == Medium.id).correlate(Medium) for use in USES.values()),
    )


def seen_in_use_by(actor: Actor) -> ColumnElement[bool]:
    """Whether ``actor`` may see something that a medium is used in."""
    return or_(
        false(),
        *(
            exists().where(use.column == Medium.id, use.seen_by(actor)).correlate(Medium)
            for use in USES.values()
        ),
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """``Act.VIEW`` for queries; a test holds it to the same answer as ``acts``."""
    if not actor.is_signed_in:
        return seen_in_use_by(actor)
    return or_(Medium.owner_id == actor.person_id, seen_in_use_by(actor))


def acts(actor: Actor, owner_id: UUID, *, is_used: bool, seen_in_use: bool) -> frozenset[Act]:
    """Everything ``actor`` may do; ``seen_in_use``: it may see something the medium is used in."""
    if not (actor.is_signed_in and actor.person_id == owner_id):
        return frozenset({Act.VIEW} if seen_in_use else ())
    return frozenset({Act.VIEW, Act.DESCRIBE, *(() if is_used else (Act.REMOVE,))})
