"""Keyset paging: every list has a declared order, and an opaque cursor continues it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, Integer, Select, tuple_

from app.core.errors import Refusal
from app.core.i18n import N_
from app.core.reads import Params, Prepared, Reader, bound
from app.core.secret import signing_key

T = TypeVar("T")
U = TypeVar("U")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class BadCursor(Refusal):
    code: ClassVar[str] = "bad_cursor"
    text: ClassVar[str] = N_("Diese Fortsetzung ist ungültig. Bitte beginnen Sie die Liste neu.")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for: at most ``limit`` rows (1–100) after ``cursor``."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and the cursor that continues it (None at the end)."""

    items: list[T]
    next: str | None = None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """Return the page with every item changed."""
        return Page([change(item) for item in self.items], self.next)


ORDERS: dict[str, "Order"] = {}


class Order:
    """How a list is ordered; the page "So sortieren wir" is made from all of them.

    ``text`` says it in German for readers. All ``columns`` run in one direction, and the last
    must be unique, so that a position in the list is exactly one tuple of values.
    """

    def __init__(self, key: str, text: str, *columns: Any, descending: bool = False) -> None:
        self.key = key
        self.text = text
        self._columns: tuple[ColumnElement[Any], ...] = columns
        self._descending = descending
        ORDERS[key] = self

    def page(self, query: Select[Any], *, after: bool) -> Select[Any]:
        """Add order, position and limit to ``query``; ``after`` says whether a cursor is given."""
        marks = [column.label(f"key_{n}") for n, column in enumerate(self._columns)]
        if after:
            given = tuple_(
                *(bound(f"after_{n}", column.type) for n, column in enumerate(self._columns))
            )
            here = tuple_(*self._columns)
            query = query.where(here < given if self._descending else here > given)
        return (
            query.add_columns(*marks)
            .order_by(*(c.desc() if self._descending else c.asc() for c in self._columns))
            .limit(bound("limit", Integer()))
        )

    async def fetch(
        self, reader: Reader, read: Prepared, paging: Paging, params: Params
    ) -> Page[Any]:
        """Run a read made with ``page`` and return its part of the list."""
        asked = {**params, "limit": paging.limit + 1}
        if paging.cursor is not None:
            asked |= {f"after_{n}": value for n, value in enumerate(self.position(paging.cursor))}
        rows = await reader.all(read, asked)
        if len(rows) <= paging.limit:
            return Page(rows)
        rows = rows[: paging.limit]
        last = [getattr(rows[-1], f"key_{n}") for n in range(len(self._columns))]
        return Page(rows, _signer(self.key).dumps([_plain(value) for value in last]))

    def position(self, cursor: str) -> list[Any]:
        """Return the values of the columns at which ``cursor`` stands; raise BadCursor."""
        try:
            values = _signer(self.key).loads(cursor)
        except (BadData, ValueError):
            raise BadCursor from None
        types = [column.type.python_type for column in self._columns]
        return [_typed(value, kind) for value, kind in zip(values, types, strict=True)]


def part_of(key: str, rows: Sequence[T], name: Callable[[T], str], paging: Paging) -> Page[T]:
    """Return a part of a list that is in memory; ``name`` tells its rows apart."""
    start = 0
    if paging.cursor is not None:
        try:
            last = _signer(key).loads(paging.cursor)
        except BadData:
            raise BadCursor from None
        start = next((n for n, row in enumerate(rows, 1) if name(row) == last), len(rows))
    part = list(rows[start : start + paging.limit])
    if start + len(part) >= len(rows):
        return Page(part)
    return Page(part, _signer(key).dumps(name(part[-1])))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        return datetime.fromisoformat(value)
    return UUID(value) if kind is UUID else value


@cache
def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(signing_key(), salt=f"cursor:{key}")
