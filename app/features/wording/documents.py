"""The words of a document, as PostgreSQL keeps them to be searched.

Python says which words and where: stems, the parts of compounds at the place of the whole, and
``Kfz-Mechatroniker`` also as one word. PostgreSQL only stores and compares them, so that questions
need no dictionary of the server's, and any PostgreSQL will do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from app.core.german import is_stop_word, stem, words_in
from app.reference.compounds import parts_of

VERSION: Final = 3  # raise it whenever the same text would give other words
_TELLING: Final = 4  # letters
_GAP: Final = 10  # places between two fields, so that no phrase reaches across
_LAST: Final = 16_000  # PostgreSQL counts places no further


class Weight(StrEnum):
    """Where a word stands; a hit in a name counts for more than one in a text."""

    NAME = "name"
    HEADING = "heading"  # kind, sectors, topics, tags, place
    TEXT = "text"
    FACTS = "facts"


IN_NAME: Final = "n."
ABOVE_TEXT: Final = "h."  # in the name or a heading
# A word in a name or heading is written once more for each of these, so that the index itself tells
# where words stand. PostgreSQL's own weights are in no index: it would read every hit for them.
_ONCE_MORE: Final = {Weight.NAME: (IN_NAME, ABOVE_TEXT), Weight.HEADING: (ABOVE_TEXT,)}


@dataclass(slots=True)
class Words:
    """Collects the words of one document."""

    _found: dict[str, list[str]] = field(default_factory=dict)
    _at: int = 1

    def add(self, text: str | None, weight: Weight) -> "Words":
        """Add a field."""
        for word in words_in(text or ""):
            self._note(word, weight)
            self._at += len(word)
        self._at += _GAP
        return self

    def add_all(self, texts: Iterable[str], weight: Weight) -> "Words":
        """Add several fields of one weight."""
        for text in texts:
            self.add(text, weight)
        return self

    def _note(self, word: tuple[str, ...], weight: Weight) -> None:
        for offset, lexeme in _lexemes(word):
            at = str(min(self._at + offset, _LAST))
            for where in ("", *_ONCE_MORE.get(weight, ())):
                self._found.setdefault(f"{where}{lexeme}", []).append(at)

    @property
    def vector(self) -> str:
        """The words as PostgreSQL writes a ``tsvector``; they are letters, digits and points."""
        return " ".join(f"'{lexeme}':{','.join(at)}" for lexeme, at in self._found.items())

    @property
    def telling(self) -> set[str]:
        """The words that may be meant by one that is misspelt."""
        return {one for one in self._found if one.isalpha() and len(one) >= _TELLING}


@lru_cache(maxsize=65_536)
def _lexemes(word: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Return all that a word is found by, and how far from its beginning each stands."""
    if len(word) == 1 and is_stop_word(word[0]):
        return ()
    found = [(0, stem("".join(word)))] if len(word) > 1 else []
    for offset, part in enumerate(word):
        found += [(offset, stem(one)) for one in (part, *parts_of(part))]
    return tuple(dict.fromkeys(found))


def mark(name: str, value: Any) -> str:
    """Return the mark of every document that has a value; an array of them needs no quotes."""
    return f"{name}:{value}"


def name_key(name: str) -> str:
    """Return a name as names are compared: folded, words only."""
    return " ".join(part for word in words_in(name) for part in word)
