"""In what order hits stand: by points for where the words are found, and then by time.

Nothing else counts: not who somebody is, not how many follow them or found something helpful, not
how often it was clicked. The page "So sortieren wir" is made from what stands here.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    case,
    literal_column,
)

from app.core.i18n import N_
from app.core.paging import Order
from app.features.wording.filtering import fits
from app.features.wording.questions import Question, weighted
from app.models.search import SearchDocument


def matches(name: str) -> ColumnElement[bool]:
    """Keep documents that fit the ``tsquery`` in a parameter."""
    return fits(SearchDocument.words, bindparam(name, type_=Text(), required=True))


@dataclass(frozen=True, slots=True)
class Rule:
    """What gives a hit points; the points of all rules that apply are added up."""

    points: int
    applies: ColumnElement[bool]


_KEY: Any = bindparam("key", type_=Text(), required=True)
# 8: the name is exactly this. 4: the words typed stand somewhere, not only synonyms. 2: they stand
# in the name. 1: they or synonyms stand in the name, kind, sectors, topics, tags or place.
RULES: Final = (
    Rule(8, SearchDocument.name_key == _KEY),
    Rule(4, matches("own")),
    Rule(2, matches("named")),
    Rule(1, matches("headed")),
)
_EXPLAINED: Final = N_(
    "Suchtreffer: nach Punkten, bei gleichen Punkten das Neueste zuerst. 8 Punkte: Name oder Titel "
    "ist genau das Gesuchte. 4 Punkte: Alle Wörter kommen selbst vor, nicht nur gleichbedeutende. "
    "2 Punkte: Sie stehen im Namen oder Titel. 1 Punkt: Sie oder gleichbedeutende stehen dort, in "
    "Art, Branche, Thema, Schlagwort oder Ort. Die Punkte werden zusammengezählt. Wer etwas "
    "geschrieben hat und wie beliebt es ist, ändert daran nichts."
)


def points() -> ColumnElement[int]:
    """Return the points of a document."""
    total: Any = 0
    for rule in RULES:
        total = case((rule.applies, rule.points), else_=0) + total
    return total  # type: ignore[no-any-return]


def params_of(question: Question, wider: str | None = None) -> dict[str, Any]:
    """Return what the read of hits fills in for a question.

    ``wider`` is the same with words spelt alike, which count wherever they stand.
    """
    return {
        "key": question.key,
        "own": question.own,
        "wide": wider or question.wide,
        "named": weighted(wider, "A") if wider else question.named,
        "headed": weighted(wider, "AB") if wider else question.headed,
    }


_AT: Final[tuple[Any, ...]] = (
    literal_column("found.said_at", DateTime(timezone=True)),
    literal_column("found.id", Uuid()),
)
BEST: Final = Order(
    "search.best",
    _EXPLAINED,
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
