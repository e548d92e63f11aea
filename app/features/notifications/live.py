"""Numbers of what is unread, told to open pages and programs as they change.

One connection of a process hears whom something concerns; one query counts for all of them; each
stream gets the newest numbers, never a backlog. A number is a state, so nothing is lost when a
stream breaks: with the next it is told again unless it is still the same.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from uuid import UUID

import structlog
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from sqlalchemy import Select, Uuid, any_, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.actor import Actor
from app.core.errors import TooMany, Unavailable
from app.core.i18n import N_
from app.core.listening import Said, hear
from app.core.reads import Reader, bound, prepared
from app.features.notifications.inbox import LINES
from app.features.notifications.unread import Unread, unread_columns, unread_of
from app.models.notifications import Notification
from app.models.people import Person

MOST: Final = 8  # streams of one person
_AT_ONCE: Final = 200  # people in one query
_SECONDS_TO_GATHER: Final = 0.2
_SECONDS_BEFORE_AGAIN: Final = 2.0
# In SQL, whoever is counted for.
_READER: Final = Actor(person_id=literal_column("people.id", Uuid()))  # type: ignore[arg-type]

_log = structlog.get_logger()


class TooManyStreams(TooMany):
    code: ClassVar[str] = "too_many_streams"
    text: ClassVar[str] = N_("Sie haben schon zu viele Verbindungen für laufende Zahlen offen.")


@dataclass(frozen=True, slots=True)
class State:
    """What is unread now, and the newest that was told; ``mark`` is equal while both are."""

    unread: Unread
    newest: UUID | None

    @property
    def mark(self) -> str:
        """The id of an event that tells this."""
        numbers = (self.unread.notifications, self.unread.inquiries, self.unread.conversations)
        return ".".join(map(str, (*numbers, self.newest or 0)))


class Stream:
    """The newest state, for one that waits for it."""

    def __init__(self, known: str) -> None:
        self._known = known
        self._state: State | None = None
        self._changed = asyncio.Event()
        self.is_doubted = False  # whoever listens may have signed out meanwhile
        self.is_ended = False

    def put(self, state: State) -> None:
        """Have the state told, unless it is known."""
        if state.mark != self._known:
            self._state, self._known = state, state.mark
            self._changed.set()

    def doubt(self) -> None:
        """Have it asked who listens before anything else is told."""
        self.is_doubted = True
        self._changed.set()

    def end(self) -> None:
        """Have nothing told any more."""
        self.is_ended = True
        self._changed.set()

    async def next(self, seconds: float) -> State | None:
        """Wait for another state; None if there is none for so long, or at the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()
        state, self._state = self._state, None
        return None if self.is_ended else state


class Live:
    """The streams of one process."""

    def __init__(self, dsn: str, reader: Reader) -> None:
        self._dsn = dsn
        self._reader = reader
        self._streams: dict[UUID, list[Stream]] = {}
        self._waiting: set[UUID] = set()
        self._heard = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_ending = False

    def require_room(self, person_id: UUID) -> None:
        """Refuse a further stream to somebody who has too many, and all at the end."""
        if self._is_ending:
            raise Unavailable
        if len(self._streams.get(person_id, ())) >= MOST:
            raise TooManyStreams

    @contextlib.contextmanager
    def opened(self, person_id: UUID, known: str = "") -> Iterator[Stream]:
        """Yield a stream for somebody who knows the state with the mark ``known``."""
        own = self._streams.setdefault(person_id, [])
        stream = Stream(known)
        stream.is_ended = self._is_ending
        own.append(stream)
        self._hear({person_id})
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(
                    hear(self._dsn, {Said.NEWS: self._hear, Said.ENDED: self._doubt})
                ),
                asyncio.create_task(self._count()),
            ]
        try:
            yield stream
        finally:
            own.remove(stream)
            if not own:
                self._streams.pop(person_id, None)
            if not self._streams:
                self._rest()

    def end(self) -> None:
        """End every stream, and open none any more: the process is told to stop."""
        self._is_ending = True
        for stream in [one for own in self._streams.values() for one in own]:
            stream.end()

    def _rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    def _hear(self, people: set[UUID] | None) -> None:
        self._waiting |= self._streams.keys() if people is None else people & self._streams.keys()
        if self._waiting:
            self._heard.set()

    def _doubt(self, people: set[UUID] | None) -> None:
        for one in self._streams.keys() if people is None else people & self._streams.keys():
            for stream in self._streams[one]:
                stream.doubt()

    async def _count(self) -> None:
        """Count for those whom something concerns, together, as long as anybody listens."""
        while True:
            await self._heard.wait()
            await asyncio.sleep(_SECONDS_TO_GATHER)
            people = sorted(self._waiting)[:_AT_ONCE]
            self._waiting.difference_update(people)
            if not self._waiting:
                self._heard.clear()
            try:
                rows = await self._reader.all(_states(), {"people": people})
            except (OperationalError, PoolTimeout) as away:
                _log.warning("live.waits_for_database", reason=repr(away))
                self._hear(set(people))
                await asyncio.sleep(_SECONDS_BEFORE_AGAIN)
                continue
            for row in rows:
                for stream in self._streams.get(row.id, ()):
                    stream.put(State(unread_of(row), row.newest))


@prepared
def _states() -> Select[Any]:
    people: Any = bound("people", ARRAY(Uuid()))
    newest = (
        select(Notification.id)
        .where(Notification.person_id == Person.id, *LINES)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("newest")
    )
    columns: list[Any] = [Person.id, newest, *unread_columns(_READER)]
    return select(*columns).where(Person.id == any_(people))
