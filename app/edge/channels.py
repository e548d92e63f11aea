"""A list as other programs subscribe to it: what it is called, and what stands in it.

It is made once; ``syndication`` and ``calendars`` give it the form that was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.core.settings import settings
from app.features.events.calendar import EventDates
from app.features.posts.occasions import Occasion

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # when a list with nothing in it was changed last


@dataclass(frozen=True, slots=True)
class Standing:
    """How the reader stands to a date: ``status`` of RFC 5545, and the link by which to join."""

    status: str
    sequence: int
    online_link: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list; ``path`` is its page. ``tags`` are (term, label or None).

    In calendars stand its ``occasions``, or the ``dates`` of an event; ``mine`` where the calendar
    is somebody's own.
    """

    id: str
    title: str
    path: str
    published: datetime
    updated: datetime
    text: str
    author: str | None = None
    author_path: str | None = None
    place: str | None = None
    tags: Sequence[tuple[str, str | None]] = ()
    occasions: Sequence[Occasion] = ()
    dates: EventDates | None = None
    mine: Standing | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A list with what it is called, the address of its page, and its entries, in their order."""

    title: str
    page: str
    address: str
    locale: str
    entries: Sequence[Entry] = field(default_factory=tuple)

    @property
    def updated(self) -> datetime:
        """When the latest change was."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


def at(path: str) -> str:
    """Return the full address of a path of ours."""
    return f"{settings().base_url.rstrip('/')}{path}"
