"""Who is acting."""

from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Uuid

from app.core.i18n import Locale
from app.core.reads import bound


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, token, nobody or system on whose behalf a use-case runs.

    ``scopes`` is None for a person at the pages and a set for a token, which can only take acts
    away. ``operator`` is a technical role; no rule of the network asks for it.
    """

    person_id: UUID | None = None
    account_id: UUID | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None
    scopes: frozenset[str] | None = None
    operator: bool = False
    system: bool = False
    locale: Locale = "de"

    @property
    def is_signed_in(self) -> bool:
        """Whether a person stands behind this actor."""
        return self.person_id is not None

    @property
    def shape(self) -> "Actor":
        """The actor as prepared reads see it: ``person_id`` is the parameter ``me``.

        Policies compare columns with ``actor.person_id``; given a shape, they yield the same
        predicate with a place to fill in, so that one compiled statement serves everybody.
        """
        return _SIGNED_IN if self.is_signed_in else ANONYMOUS

    def has_scope(self, scope: str) -> bool:
        """Whether a token's scopes (all, for a session) cover ``scope``."""
        return self.scopes is None or scope in self.scopes

    def in_language(self, locale: Locale) -> "Actor":
        """Return the same actor, spoken to in ``locale``."""
        return replace(self, locale=locale)


ANONYMOUS = Actor()
SYSTEM = Actor(system=True)
_SIGNED_IN = Actor(person_id=cast(Any, bound("me", Uuid())))
