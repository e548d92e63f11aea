"""What people type into a search box, understood.

Every word has to be there: itself in any inflection, as a part of a compound, or as a synonym.
``"in dieser Folge"`` keeps words together, ``-ohne`` leaves out what has a word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from app.core.german import is_stop_word, stem, uninflected, words_in
from app.core.settings import settings
from app.features.wording.documents import ABOVE_TEXT, IN_NAME, name_key
from app.reference.compounds import parts_of
from app.reference.tables import shipped_synonyms, synonyms_in

_QUOTES: Final = str.maketrans({"„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "–": "-"})
_TYPED = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_LEXEME = re.compile(r"'([^']+)'")
_NOTHING: Final = "'.'"  # no word is written like this
_MOST_WORDS: Final = 16  # of a question; nobody types more, and each costs

_LONGEST: Final = 6  # words that mean something together

Word = tuple[str, ...]  # the folded parts that hyphens join


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing asked for, as PostgreSQL writes a ``tsquery``.

    ``own`` is what was typed, in any inflection, ``wide`` takes in synonyms and what is said in
    several words instead of a compound. ``stems`` are those that may be misspelt.
    """

    own: str
    wide: str
    stems: tuple[str, ...] = ()
    is_excluded: bool = False

    def widened(self, others: Mapping[str, Sequence[str]]) -> str:
        """Return ``wide``, or with other words for its stems."""
        more = [_any(_lexeme(other) for other in others.get(one, ())) for one in self.stems]
        if not self.stems or not any(more):
            return self.wide
        instead = _all(
            _any(filter(None, (_lexeme(one), other)))
            for one, other in zip(self.stems, more, strict=True)
        )
        return _any((self.wide, instead))


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for; ``key`` is all of it as a name.

    ``strict`` is the question as it was typed, where this one takes words spelt alike as well.
    """

    wanted: tuple[Wanted, ...] = ()
    key: str = ""
    strict: "Question | None" = None

    @property
    def is_forgiving(self) -> bool:
        """Whether words that are only spelt like those asked for will do."""
        return self.strict is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for that could be found."""
        return all(one.is_excluded for one in self.wanted)

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems that may be misspelt."""
        found = (one for wanted in self.wanted for one in wanted.stems)
        return tuple(dict.fromkeys(one for one in found if one.isalpha()))

    @property
    def asked(self) -> str:
        """What a list is narrowed down to; nothing has it where nothing could be found."""
        return _NOTHING if self.is_empty else self.wide

    @property
    def own(self) -> str:
        """What has the words that were typed."""
        return self._said(one.own for one in self.wanted)

    @property
    def wide(self) -> str:
        """What has these words, or synonyms of them."""
        return self._said(one.wide for one in self.wanted)

    @property
    def named(self) -> str:
        """What has the words in its name: as they were typed, unless they may be misspelt."""
        words = (one.wide if self.is_forgiving else one.own for one in self.wanted)
        return self._said(words, IN_NAME)

    @property
    def headed(self) -> str:
        """What has these words, or synonyms, in its name or above its text."""
        return self._said((one.wide for one in self.wanted), ABOVE_TEXT)

    def forgiving(self, others: Mapping[str, Sequence[str]]) -> "Question":
        """Return the question that takes other words, by stem, for those asked for as well."""
        wanted = tuple(replace(one, wide=one.widened(others)) for one in self.wanted)
        return Question(wanted, self.key, strict=self)

    @property
    def lexemes(self) -> frozenset[str]:
        """Every word by which something fits."""
        wanted = (one for one in self.wanted if not one.is_excluded)
        return frozenset(found for one in wanted for found in _LEXEME.findall(one.wide))

    def _said(self, each: Iterable[str], where: str = "") -> str:
        """Return all of it in one; ``where`` words have to stand, but for those left out."""
        there = rf"'{where}\1'"
        signed = (
            f"!({said})" if one.is_excluded else f"({_LEXEME.sub(there, said)})"
            for one, said in zip(self.wanted, each, strict=True)
        )
        return " & ".join(signed)


def understand(typed: str | None) -> Question:
    """Return what ``typed`` asks for."""
    text = (typed or "").translate(_QUOTES)
    plain: list[Word] = []
    others: list[Wanted] = []
    for match in _TYPED.finditer(text):
        words = list(words_in(match["phrase"] or match["word"] or ""))
        if not words or (match["phrase"] and all(map(_is_stop_word, words))):
            continue
        if match["minus"]:
            excluded = _phrase(words) if match["phrase"] else _both(words)[1]
            others.append(Wanted(excluded, excluded, is_excluded=True))
        elif match["phrase"]:
            phrase = _phrase(words)
            others.append(Wanted(phrase, phrase))
        else:
            plain += words
    telling = [word for word in plain if not _is_stop_word(word)]
    wanted = [*_sought(telling or plain), *others]
    return Question(tuple(wanted[:_MOST_WORDS]), name_key(text))


def _is_stop_word(word: Word) -> bool:
    return len(word) == 1 and is_stop_word(word[0])


def _sought(words: Sequence[Word]) -> Iterator[Wanted]:
    """Yield what words ask for; several of them may have a synonym together."""
    at = 0
    while at < len(words):
        together, meant = _known(words[at:])
        some = words[at : at + together]
        own, wide = _both(some)
        stems = tuple(stem(part) for word in some for part in word)
        yield Wanted(own, _any((wide, *(_all(map(_lexeme, one)) for one in meant))), stems)
        at += together


def _known(words: Sequence[Word]) -> tuple[int, tuple[Word, ...]]:
    """Return how many words at the beginning mean something together, and its synonyms."""
    flat = [[uninflected(part) for part in word] for word in words]
    for count in range(min(len(words), _LONGEST), 0, -1):
        key = tuple(one for word in flat[:count] for one in word)
        if key in _synonyms():
            return count, _synonyms()[key]
    return 1, ()


def _both(words: Sequence[Word]) -> tuple[str, str]:
    """Return words as they were typed, and said in other ways."""
    return _all(map(_typed, words)), _all(map(_said, words))


def _phrase(words: Sequence[Word]) -> str:
    """Return words in this order; those that say nothing only keep their place."""
    said, apart = "", 0
    for word in words:
        for part in word:
            apart += 1
            if _is_stop_word(word):
                continue
            said = f"{said} <{apart}> ({_part(part, '<0>')})" if said else f"({_part(part, '<0>')})"
            apart = 0
    return said


def _typed(word: Word) -> str:
    """Return a word, or its compound, with all its parts in that order."""
    parts = " <-> ".join(f"({_part(part, '<0>')})" for part in word)
    return _any((_lexeme(stem("".join(word))), parts)) if len(word) > 1 else parts


def _said(word: Word) -> str:
    parts = _all(_part(part, "&") for part in word)
    return _any((_lexeme(stem("".join(word))), parts)) if len(word) > 1 else parts


def _part(part: str, join: str) -> str:
    pieces = [_lexeme(stem(piece)) for piece in parts_of(part)]
    return _any(filter(None, (_lexeme(stem(part)), f" {join} ".join(pieces))))


def _lexeme(one: str) -> str:
    return f"'{one}'"


def _any(said: Iterable[str]) -> str:
    found = list(dict.fromkeys(said))
    return found[0] if len(found) == 1 else " | ".join(f"({one})" for one in found)


def _all(said: Iterable[str]) -> str:
    found = list(said)
    return found[0] if len(found) == 1 else " & ".join(f"({one})" for one in found)


def _synonyms() -> dict[Word, tuple[Word, ...]]:
    """Return the words of every expression that has synonyms, and the stems of the others."""
    return _synonyms_of((shipped_synonyms(), *settings().synonyms_files))


def single_synonyms() -> dict[str, tuple[str, ...]]:
    """Return the stems of all single words that have synonyms, with those of single synonyms."""
    return _single_of((shipped_synonyms(), *settings().synonyms_files))


@cache
def _single_of(files: tuple[Path, ...]) -> dict[str, tuple[str, ...]]:
    return {
        stem(one[0]): tuple(other[0] for other in others if len(other) == 1)
        for one, others in _synonyms_of(files).items()
        if len(one) == 1
    }


@cache
def _synonyms_of(files: tuple[Path, ...]) -> dict[Word, tuple[Word, ...]]:
    groups = [
        [_telling(expression) for expression in group]
        for file in files
        for group in synonyms_in(file)
    ]
    found: dict[Word, dict[Word, None]] = {}
    for group in groups:
        for one in filter(None, group):
            known = found.setdefault(tuple(map(uninflected, one)), {})
            known.update(
                (tuple(map(stem, other)), None) for other in group if other not in ((), one)
            )
    return {one: tuple(others) for one, others in found.items()}


def _telling(expression: str) -> Word:
    words = [word for word in words_in(expression) if not _is_stop_word(word)]
    return tuple(part for word in words for part in word)
