"""Marks of documents: what a search is narrowed down by, in the index beside the words.

The time something was said is a mark as well: its day, and the spans of 8, 64, 512 and 4,096 days
that this day lies in. A search goes back through time in steps, each the union of a few spans, and
stops as soon as it has enough. So what it reads depends on how much it shows, not on how much there
is, and for rare words it takes just a few steps.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.models.search import Thing

_DAY: Final = 86_400  # seconds
_WIDER: Final = 8
_LEVELS: Final = 5
_FIRST: Final = 3  # days of the first step
_ALL_BEFORE: Final = 1_000  # days: a step of this length takes in all that is older
_SLACK: Final = timedelta(days=1)  # between the clocks of two machines


def mark(name: str, value: Any) -> str:
    """Return the mark of everything that has a value; an array of them needs no quotes."""
    return f"{name}:{value}"


def marks_of(
    thing: Thing,
    said_at: datetime,
    *,
    kind: str | None = None,
    group_id: UUID | None = None,
    sectors: Iterable[str] = (),
    areas: Iterable[UUID] = (),
) -> list[str]:
    """Return every mark of a document; ``areas`` are its place and those in which it lies."""
    day = _day(said_at)
    found = [mark("thing", thing.value), *(_span(level, day) for level in range(_LEVELS))]
    found += [mark("kind", kind)] if kind else []
    found += [mark("group", group_id)] if group_id else []
    found += [mark("sector", one) for one in sectors]
    return found + [mark("area", one) for one in areas]


def steps_back(until: datetime, since: datetime | None = None, *, growing: int) -> list[list[str]]:
    """Return the steps through time from ``until`` back to ``since``, each as marks.

    Each step is ``growing`` times as long as the one before.
    """
    end, least = _day(until + _SLACK) + 1, _day(since) if since else 0
    length, steps = _FIRST, []
    while end > least:
        start = max(end - length, least) if length < _ALL_BEFORE else least
        start = max(start - start % _widest(length), least)
        steps.append(list(_cover(start, end)))
        end, length = start, length * growing
    return steps


def _day(at: datetime) -> int:
    return max(0, int(at.timestamp() // _DAY))


def _span(level: int, day: int) -> str:
    return mark(f"t{level}", day // _WIDER**level)


def _widest(length: int) -> int:
    """Return the longest span that is not longer than ``length``."""
    spans: list[int] = [_WIDER**level for level in range(_LEVELS)]
    return max(span for span in spans if span <= max(length // _WIDER, 1))


def _cover(start: int, end: int) -> Iterator[str]:
    """Yield the fewest spans that make up the days from ``start`` to before ``end``."""
    while start < end:
        level = max(
            level
            for level in range(_LEVELS)
            if start % _WIDER**level == 0 and start + _WIDER**level <= end
        )
        yield _span(level, start)
        start += _WIDER**level
