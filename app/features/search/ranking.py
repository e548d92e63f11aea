"""In what order hits stand: by points for where the words are found, and then by time.

Nothing else counts: not who somebody is, not how many follow them or found something helpful, not
how often it was clicked. The page "So sortieren wir" is made from what stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Text,
    Uuid,
    case,
    literal_column,
)

from app.core.i18n import N_
from app.core.paging import Order
from app.core.reads import given
from app.features.wording.filtering import fits
from app.features.wording.questions import Question
from app.models.search import SearchDocument

# The points of all that applies are added up.
_EXACTLY: Final = 8  # the name is exactly this
_OWN: Final = 4  # the words typed stand somewhere, not only synonyms
_NAMED: Final = 2  # they stand in the name
_HEADED: Final = 1  # they or synonyms stand in the name, kind, sectors, topics, tags or place
_ALIKE: Final = -8  # some of them are only spelt alike; less than all the others together


@dataclass(frozen=True, slots=True)
class Rule:
    """What gives a hit points, as readers are told of it."""

    points: int
    text: str


RULES: Final = (
    Rule(_EXACTLY, N_("Name oder Titel ist genau das Gesuchte")),
    Rule(_OWN, N_("Alle Wörter kommen selbst vor, nicht nur gleichbedeutende")),
    Rule(_NAMED, N_("Die Wörter stehen im Namen oder Titel")),
    Rule(
        _HEADED,
        N_(
            "Die Wörter oder gleichbedeutende stehen im Namen oder Titel, in Art, Branche, Thema, "
            "Schlagwort oder Ort"
        ),
    ),
    Rule(_ALIKE, N_("Wörter sind nur ähnlich geschrieben wie die gesuchten")),
)


@dataclass(frozen=True, slots=True)
class Tier:
    """All hits of the same points, as what they have: a ``tsquery``.

    They are told apart by the index, so that the first hits are found without reading the others.
    """

    points: int
    asked: str


def matches(name: str) -> ColumnElement[bool]:
    """Keep documents that fit the ``tsquery`` in a parameter."""
    return fits(SearchDocument.words, given(name, Text()))


def is_headed(points: int) -> bool:
    """Whether a hit has the words asked for, or what means the same, in its name or heading."""
    return bool(points & _HEADED)


def is_exactly() -> Any:
    """Keep documents of things whose name is what was asked for."""
    return SearchDocument.name_key == given("key", Text())


def points_of_exact() -> ColumnElement[int]:
    """Return the points of a document of ``is_exactly``; for the others see ``tiers_of``."""
    total: Any = _EXACTLY
    for name, points in (("own", _OWN), ("named", _NAMED), ("headed", _HEADED)):
        total = case((matches(name), points), else_=0) + total
    return total  # type: ignore[no-any-return]


def tiers_of(question: Question) -> Iterator[Tier]:
    """Yield the hits of a question but for the names that are exactly this, best first."""
    asked = question.strict or question
    own, wide = f"({asked.own})", f"({asked.wide})"
    named, headed = f"({asked.named})", f"({asked.headed})"
    yield Tier(_OWN + _NAMED + _HEADED, named)
    yield Tier(_OWN + _HEADED, f"{own} & {headed} & !{named}")
    yield Tier(_OWN, f"{own} & !{headed}")
    if own != wide:
        yield Tier(_HEADED, f"{headed} & !{own}")
        yield Tier(0, f"{wide} & !{own} & !{headed}")
    if question.is_forgiving:
        yield from _tiers_alike(question, unless=wide)


def _tiers_alike(question: Question, *, unless: str) -> Iterator[Tier]:
    """Yield what has words that are only spelt like those asked for, and not ``unless``."""
    named, headed = f"({question.named})", f"({question.headed})"
    yield Tier(_ALIKE + _NAMED + _HEADED, f"{named} & !{unless}")
    yield Tier(_ALIKE + _HEADED, f"{headed} & !{named} & !{unless}")
    yield Tier(_ALIKE, f"({question.wide}) & !{headed} & !{unless}")


def params_of(question: Question) -> dict[str, Any]:
    """Return what the reads fill in for a question."""
    return {
        "key": question.key,
        "own": question.own,
        "wide": question.wide,
        "named": question.named,
        "headed": question.headed,
    }


_AT: Final[tuple[Any, ...]] = (
    literal_column("found.said_at", DateTime(timezone=True)),
    literal_column("found.id", Uuid()),
)
BEST: Final = Order(
    "search.best",
    N_(
        "Suchtreffer: nach den Punkten, die unten stehen; bei gleichen Punkten das Neueste zuerst. "
        "Wer etwas geschrieben hat und wie beliebt es ist, ändert daran nichts."
    ),
    literal_column("found.points", Integer()),
    *_AT,
    descending=True,
)
ALIKE: Final = Order(
    "search.alike",
    N_("Suchtreffer mit ähnlich geschriebenen Wörtern, wenn die gesuchten kaum vorkommen: ebenso"),
    literal_column("found.points", Integer()),
    *_AT,
    descending=True,
)
NEWEST: Final = Order(
    "search.newest",
    N_("Suchtreffer nach Zeit, wenn Sie das wählen: das Neueste zuerst"),
    *_AT,
    descending=True,
)
NEAREST: Final = Order(
    "search.nearest",
    N_(
        "Suchtreffer nach Entfernung ihres Ortes (Luftlinie), wenn Sie das wählen: das Nächste "
        "zuerst, bei gleicher Entfernung das Neueste. Von Beiträgen, Antworten, Unternehmen, "
        "Personen und Gruppen werden je die neuesten 200 so geordnet."
    ),
    literal_column("found.distance_km", Double()),
    literal_column("found.age", Double()),
    literal_column("found.id", Uuid()),
)
