"""Numbers so small that they could tell of one: left out, with all that would give them away.

A number below five is not told. Where it stands in a sum that is told with the other parts, it
could be reckoned out; so further parts are left out, the smallest first, until what is known of the
sum leaves three values at least for each of its small numbers. Each sum is looked at by itself.
That several are all nought may be reckoned out: it tells of nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SMALLEST: Final = 5  # that is told
_MOST: Final = SMALLEST - 1  # that a small number may be
_SLACK: Final = 2  # by how much the values that remain for a number differ at least

Key = tuple[str, ...]


class Withheld(StrEnum):
    """Why a number is not told."""

    UNDER_5 = "under_5"  # nought to four
    WITHHELD = "withheld"  # five or more, but others could be reckoned out of it


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that readers can compare with the sum of others."""

    total: Key
    parts: tuple[Key, ...]


def told(numbers: Mapping[Key, int], sums: Iterable[Sum]) -> dict[Key, int | Withheld]:
    """Return the numbers as they may be told; each sum is looked at until none gives any away."""
    hidden: dict[Key, Withheld] = {
        key: Withheld.UNDER_5 for key, number in numbers.items() if number < SMALLEST
    }
    waiting = list(sums)
    while guards := {guard for one in waiting if (guard := _guard(numbers, one, hidden))}:
        hidden |= dict.fromkeys(guards, Withheld.WITHHELD)
    return {key: hidden.get(key, number) for key, number in numbers.items()}


def _guard(numbers: Mapping[Key, int], one: Sum, hidden: Mapping[Key, Withheld]) -> Key | None:
    """Return the number that must be left out next, so that a sum gives nothing away."""
    unseen = [part for part in one.parts if part in hidden]
    seen = [part for part in one.parts if part not in hidden]
    if one.total in hidden:
        is_safe = bool(unseen) or not seen
    else:
        is_safe = not unseen or _leaves_open(numbers, unseen, hidden)
    if is_safe:
        return None
    return min(seen, key=lambda part: (numbers[part], part)) if seen else one.total


def _leaves_open(
    numbers: Mapping[Key, int],
    unseen: list[Key],
    hidden: Mapping[Key, Withheld],
) -> bool:
    """Whether each number that is unseen may be several, though the sum of them is known."""
    rest = sum(numbers[part] for part in unseen)
    if not rest:
        return True
    guards = sum(hidden[part] == Withheld.WITHHELD for part in unseen)
    if guards:
        return len(unseen) > 1 and rest - SMALLEST * guards >= _SLACK
    return len(unseen) > 1 and _SLACK <= rest <= _MOST * len(unseen) - _SLACK
