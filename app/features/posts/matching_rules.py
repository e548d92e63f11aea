"""What a rule of matching is: which two kinds fit each other, when, how well, and why.

A pair of kinds shares one ``Rule``, which both name in their ``KIND``. A rule knows what is
offered and sought and where, never by whom: renaming the parties changes no match.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel import numbers
from sqlalchemy import ColumnElement

from app.core.i18n import Locale, current_locale, translate
from app.core.text import sort_key
from app.models.base import Base

MAX_SCORE = 100
_GRAM = 3  # characters


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two posts fit, in plain words: a German text with ``%(name)s`` for its ``params``.

    Numbers are written as the reader's language writes them; texts among the params are shown
    as they are.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def said(self, locale: Locale | None = None) -> str:
        """Say it in a language (the current one by default)."""
        spoken = locale or current_locale.get()
        params = {
            name: numbers.format_decimal(value, locale=spoken)
            if isinstance(value, int | float)
            else value
            for name, value in self.params.items()
        }
        return translate(self.text, spoken, **params)

    @property
    def stored(self) -> dict[str, Any]:
        """The reason as a column or a notification keeps it."""
        return {"text": self.text, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well two posts fit, from 0 to 100, and why."""

    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Party:
    """One post as a rule sees it; nothing in it says whose it is.

    ``place_path`` are the codes of its place and of all places around it, the smallest first
    (postcode, municipality, district, state, country). ``sectors`` are the WZ codes of the
    company, with their classification in front (``2008:25``), ``size_band`` how many work there;
    both empty for a person, and for a concealed post. ``indexed`` is the row of the rule's
    index table, None without one.
    """

    details: Any
    published_at: datetime
    title: str = ""
    text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    place_name: str | None = None
    place_path: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    size_band: str | None = None
    indexed: Any = None


@dataclass(frozen=True, slots=True)
class Side:
    """The post for which others are sought, and which side of the rule it is."""

    party: Party
    is_offer: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What counts in a score, in German, and by how many points at most."""

    text: str
    points: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Which posts of two kinds fit.

    ``narrow`` returns conditions on ``Post`` (and on ``Place``, its place, and on ``index``) that
    an index answers; they must keep every post that ``judge`` would take. ``judge`` is asked as
    (offer, request), whichever of them is new, and returns None where a hard condition fails.
    Pairs of a lower score than ``least`` are no match. ``index`` is a table with a column
    ``post_id``, of which both kinds keep rows. ``explained`` tells readers in German what
    must hold, ``parts`` what counts and how much: by the numbers that ``judge`` reckons with.

    Where both kinds are the same, the older post is the offer, and ``judge`` must not mind.
    """

    offers: str
    seeks: str
    narrow: Callable[[Side], list[ColumnElement[bool]]]
    judge: Callable[[Party, Party], Verdict | None]
    explained: str
    parts: tuple[Part, ...]
    least: int = 0
    index: type[Base] | None = None

    def counterpart(self, kind: str) -> str:
        """Return the kind that fits ``kind``."""
        return self.seeks if kind == self.offers else self.offers


def restored_reason(stored: Mapping[str, Any]) -> Reason:
    """Return the reason that a column or a notification keeps."""
    return Reason(stored["text"], stored["params"])


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are: 0 for nothing in common, 1 for the shorter in the longer.

    Compared by groups of three letters within words, so that endings and compounds weigh little.
    """
    ours, theirs = _grams(one), _grams(other)
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / min(len(ours), len(theirs))


def _grams(text: str) -> frozenset[str]:
    words = [word for word in sort_key(text).split() if len(word) > _GRAM]
    return frozenset(
        word[start : start + _GRAM] for word in words for start in range(len(word) - _GRAM + 1)
    )
