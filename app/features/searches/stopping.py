"""Stopping mails about searches by a key from the mail, without signing in (RFC 8058)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.errors import Gone
from app.core.i18n import N_
from app.core.secret import signing_key
from app.features.searches.saving import settle
from app.models.searches import Frequency, SavedSearch

VALID_FOR: Final = timedelta(days=400)


class StopKeyInvalid(Gone):
    code: ClassVar[str] = "stop_key_invalid"
    text: ClassVar[str] = N_(
        "Dieser Verweis gilt nicht mehr. Bitte melden Sie sich an, um Ihre Suchaufträge zu "
        "verwalten."
    )


@dataclass(frozen=True, slots=True)
class MailingList:
    """What one mail belongs to: one search, or all of a person's with one frequency."""

    person_id: UUID
    search_id: UUID | None = None
    frequency: Frequency | None = None

    @property
    def _searches(self) -> list[ColumnElement[bool]]:
        chosen = [SavedSearch.person_id == self.person_id]
        if self.search_id:
            chosen.append(SavedSearch.id == self.search_id)
        if self.frequency:
            chosen.append(SavedSearch.frequency == self.frequency)
        return chosen


def stop_key(about: MailingList) -> str:
    """Return a key that stops the mails of one list, and does nothing else, for 400 days."""
    return _signer().dumps([str(about.person_id), str(about.search_id or about.frequency)])


def list_of(key: str) -> MailingList:
    """Return the list for which a key was given."""
    try:
        person_id, which = _signer().loads(key, max_age=int(VALID_FOR.total_seconds()))
        if which in set(Frequency):
            return MailingList(UUID(person_id), frequency=Frequency(which))
        return MailingList(UUID(person_id), search_id=UUID(which))
    except (BadData, ValueError, TypeError):
        raise StopKeyInvalid from None


async def searches_of(session: Session, about: MailingList) -> list[SavedSearch]:
    """Return the searches that still are on a list."""
    return list(
        await session.scalars(
            select(SavedSearch)
            .where(*about._searches, SavedSearch.frequency != Frequency.NEVER)  # noqa: SLF001
            .order_by(SavedSearch.created_at, SavedSearch.id)
        )
    )


async def stop_mails(session: Session, about: MailingList) -> None:
    """Tell no more of the searches on a list; their hits can still be looked at. Twice is once."""
    stopped = await searches_of(session, about)
    for search in stopped:
        search.frequency = Frequency.NEVER
    await settle(session, [search.id for search in stopped])
    await session.flush()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key(), salt="search-stop")
