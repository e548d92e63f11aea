"""Marks of documents: what a search is narrowed down by, in the index beside the words.

The time something was said is a mark as well: the three hours it lies in, and the spans of 1, 8,
64, 512 and 4,096 days. A search goes back through time in steps, each the union of a few spans, and
stops as soon as it has enough. So what it reads depends on how much it shows, not on how much there
is, and for rare words it takes just a few steps.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.features.wording.documents import mark
from app.models.search import Thing

_SPAN: Final = 10_800  # seconds of the shortest span
_WIDER: Final = 8
_LEVELS: Final = 6
_FIRST: Final = 2  # spans of the first step
_ALL_BEFORE: Final = 4_096  # spans: a step of this length takes in all that is older
_SLACK: Final = timedelta(minutes=10)  # between the clocks of two machines


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
    number = _number(said_at)
    found = [mark("thing", thing.value), *(_span(level, number) for level in range(_LEVELS))]
    found += [mark("kind", kind)] if kind else []
    found += [mark("group", group_id)] if group_id else []
    found += [mark("sector", one) for one in sectors]
    return found + [mark("area", one) for one in areas]


def steps_back(until: datetime, since: datetime | None = None, *, growing: int) -> list[list[str]]:
    """Return the steps through time from ``until`` back to ``since``, each as marks.

    Each step is ``growing`` times as long as the one before.
    """
    end, least = _number(until + _SLACK) + 1, _number(since) if since else 0
    length, steps = _FIRST, []
    while end > least:
        start = max(end - length, least) if length < _ALL_BEFORE else least
        start = max(start - start % _widest(length), least)
        steps.append(list(_cover(start, end)))
        end, length = start, length * growing
    return steps


def _number(at: datetime) -> int:
    """Return the number of the shortest span in which ``at`` lies."""
    return max(0, int(at.timestamp() // _SPAN))


def _span(level: int, number: int) -> str:
    return mark(f"t{level}", number // _WIDER**level)


def _widest(length: int) -> int:
    """Return the longest span that is not longer than ``length``."""
    spans: list[int] = [_WIDER**level for level in range(_LEVELS)]
    return max(span for span in spans if span <= max(length // _WIDER, 1))


def _cover(start: int, end: int) -> Iterator[str]:
    """Yield the fewest spans that make up the time from ``start`` to before ``end``."""
    while start < end:
        level = max(
            level
            for level in range(_LEVELS)
            if start % _WIDER**level == 0 and start + _WIDER**level <= end
        )
        yield _span(level, start)
        start += _WIDER**level
