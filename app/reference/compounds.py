"""How German compounds are taken apart: by the words of which people here make them.

``data/compounds.tsv`` holds the words: a ``part`` may stand anywhere in a compound, a ``join``
anywhere but at its end, and a ``whole`` is never taken apart, though it could be read that way.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from app.core.german import fold, stem, without_gender
from app.reference.tables import compound_words

_LEAST: Final = 7  # letters of a word that is worth taking apart
_SHORTEST: Final = 3  # letters of a part
_MOST: Final = 4  # parts
_LINKS: Final = ("", "s", "es", "n", "en", "er", "e")


@lru_cache(maxsize=65_536)
def parts_of(word: str) -> tuple[str, ...]:
    """Return the folded words that a folded word is made of; nothing where it is none of these.

    Of several readings the one with the fewest parts is taken, then the one with the longest
    last part, which says what the whole is: ``unternehmensnachfolge`` is ``unternehmen`` and
    ``nachfolge``.
    """
    word = without_gender(word)
    if len(word) < _LEAST or not word.isalpha() or stem(word) in _wholes():
        return ()
    readings = sorted(_read(word, _MOST), key=lambda parts: (len(parts), -len(parts[-1])))
    return readings[0] if readings else ()


def _read(word: str, most: int) -> Iterator[tuple[str, ...]]:
    """Yield the ways to read ``word`` as at most ``most`` parts, at least two."""
    if most <= 1:
        return
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        first = _first(word[:cut])
        if first is None:
            continue
        rest = word[cut:]
        if stem(rest) in _lasts():
            yield first, rest
        for more in _read(rest, most - 1):
            yield first, *more


def _first(part: str) -> str | None:
    """Return the word that a part before the last is, without what links it to the next."""
    for link in _LINKS:
        bare = part.removesuffix(link) if link else part
        if len(bare) >= _SHORTEST and part.endswith(link) and bare in _firsts():
            return bare
    return _shortened().get(part)


@cache
def _firsts() -> frozenset[str]:
    """Return what may stand before the last part."""
    return frozenset(fold(word) for word, use in compound_words() if use != "whole")


@cache
def _shortened() -> dict[str, str]:
    """Return words that lose their last e before another: Sprach-kurs, Schul-leitung."""
    return {word[:-1]: word for word in _firsts() if word.endswith("e")}


@cache
def _lasts() -> frozenset[str]:
    """Return the stems of what may stand last."""
    return frozenset(stem(fold(word)) for word, use in compound_words() if use == "part")


@cache
def _wholes() -> frozenset[str]:
    return frozenset(stem(fold(word)) for word, use in compound_words() if use == "whole")
