"""How well the box finds: questions over the demo region, and what they must and must not find.

Recall is the share of what must be found that stands among the first twenty hits. Precision is the
share of the first three hits that fit: they must be found, or have one of the words under ``also``
in their title. What must not be found is never among the hits.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.actor import ANONYMOUS
from app.core.paging import Paging
from app.core.reads import Reader
from app.features.search.asking import SearchQuery, search_of
from app.features.search.finding import find
from app.features.search.showing import show_hits

JUDGEMENTS = Path(__file__).with_name("judgements.tsv")
LOOKED_AT = 20  # hits, as many as the first page has
FIRST = 3  # hits that people look at


@dataclass(frozen=True, slots=True)
class Judgement:
    """A question, the titles that must be found, what else fits, and titles that must not be."""

    q: str
    finds: tuple[str, ...]
    also: tuple[str, ...]
    never: tuple[str, ...]

    def fits(self, title: str) -> bool:
        """Whether somebody who asked this is served by something of this title."""
        folded = title.casefold()
        return title in self.finds or any(one.casefold() in folded for one in self.also)


@dataclass(slots=True)
class Quality:
    """What came of all questions."""

    questions: int = 0
    wanted: int = 0
    found: int = 0
    looked_at: int = 0
    fitting: int = 0
    missed: list[str] = field(default_factory=list)
    imprecise: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of what must be found that was, 0 to 1."""
        return self.found / self.wanted

    @property
    def precision(self) -> float:
        """The share of first hits that fit, 0 to 1."""
        return self.fitting / self.looked_at


def judgements() -> list[Judgement]:
    """Return all questions."""
    with JUDGEMENTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Judgement(row["q"], _titles(row["finds"]), _titles(row["also"]), _titles(row["not"]))
        for row in rows
    ]


def _titles(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("|")))


async def judge(reader: Reader, questions: Sequence[Judgement]) -> Quality:
    """Ask every question as nobody in particular, and compare."""
    quality = Quality()
    for one in questions:
        search = await search_of(reader, SearchQuery(q=one.q))
        hits = (await find(reader, ANONYMOUS, search, Paging(LOOKED_AT))).page
        titles = [hit.title for hit in (await show_hits(reader, ANONYMOUS, hits)).items]
        quality.questions += 1
        quality.wanted += len(one.finds)
        missing = [title for title in one.finds if title not in titles]
        quality.found += len(one.finds) - len(missing)
        quality.missed += [f"{one.q}: {title}" for title in missing]
        quality.wrong += [f"{one.q}: {title}" for title in one.never if title in titles]
        for title in titles[: min(FIRST, max(1, len(one.finds)))]:
            quality.looked_at += 1
            if one.fits(title):
                quality.fitting += 1
            else:
                quality.imprecise.append(f"{one.q}: {title}")
    return quality
