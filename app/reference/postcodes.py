"""Where a postcode lies, known without asking the database: for rules that only compute."""

from collections import defaultdict
from functools import cache

from app.reference.tables import place_lines

_DIGITS = (5, 4, 3, 2)  # the shorter the beginning that is known, the coarser the point


def point_of_postcode(postcode: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a postcode, or the middle of those that begin like it."""
    known = _points()
    return next((known[postcode[:n]] for n in _DIGITS if postcode[:n] in known), None)


@cache
def _points() -> dict[str, tuple[float, float]]:
    within: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in place_lines():
        for digits in _DIGITS:
            within[line.postcode[:digits]].append((line.latitude, line.longitude))
    return {
        beginning: (
            sum(lat for lat, _ in points) / len(points),
            sum(lon for _, lon in points) / len(points),
        )
        for beginning, points in within.items()
    }
