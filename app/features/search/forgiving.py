"""Words that are nearly those asked for: misspelt, or compounds that no list knows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Select, Text, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.reads import Reader, bound, prepared
from app.features.wording.questions import single_synonyms
from app.models.search import SearchWord

_LEAST: Final = 4  # letters; shorter words are spelt like too many others
_CANDIDATES: Final = 60
_MOST: Final = 12  # words for one
_FORGIVEN: Final = ((10, 3), (6, 2), (0, 1))  # from how many letters on, how many mistakes


@prepared
def _candidates() -> Select[Any]:
    asked = func.unnest(bound("stems", ARRAY(Text()))).column_valued("stem")
    ends = SearchWord.word.like(literal("%", Text()).concat(asked))
    begins = SearchWord.word.like(asked.concat("%"))
    near = (
        select(SearchWord.word)
        .where(or_(SearchWord.word.bool_op("%")(asked), ends, begins))
        .order_by(func.similarity(SearchWord.word, asked).desc(), SearchWord.word)
        .limit(_CANDIDATES)
        .lateral("near")
    )
    return select(asked.label("stem"), near.c.word).join(near, true())


async def words_alike(
    reader: Reader, stems: Sequence[str], *, is_misspelt: bool = True
) -> dict[str, list[str]]:
    """Return the words that may have been meant, nearest first, by stem.

    Of what is not misspelt, these are only longer words of which it is a part. They are from
    documents for everybody only, or synonyms of a word that the tables have.
    """
    asked = [one for one in stems if len(one) >= _LEAST]
    if not asked:
        return {}
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for stem, word in await reader.all(_candidates(), {"stems": asked}):
        mistakes = _mistakes(stem, word) if word != stem else None
        if mistakes is not None and (is_misspelt or not mistakes):
            found[stem].append((mistakes, word))
    for stem in asked if is_misspelt else ():
        found[stem] += _of_the_tables(stem)
    return {stem: _nearest(words) for stem, words in found.items() if words}


def _of_the_tables(stem: str) -> Iterator[tuple[int, str]]:
    """Yield what means the same as a misspelt word that itself may stand in no document."""
    for known, others in single_synonyms().items():
        if known[0] == stem[0] and abs(len(known) - len(stem)) <= _FORGIVEN[0][1]:
            mistakes = distance(stem, known)
            if 0 < mistakes <= _forgiven(stem):
                yield from ((mistakes, one) for one in (known, *others) if one != stem)


def _nearest(words: Iterable[tuple[int, str]]) -> list[str]:
    """Return the compounds, and of the words with mistakes those with the fewest."""
    ordered = sorted(set(words))
    least = next((mistakes for mistakes, _ in ordered if mistakes), 0)
    kept = dict.fromkeys(word for mistakes, word in ordered if mistakes <= least)
    return list(kept)[:_MOST]


def _mistakes(stem: str, word: str) -> int | None:
    """Return how far ``word`` is from ``stem``, None where it is another word."""
    if word.endswith(stem) or word.startswith(stem):
        return 0 if len(stem) > _LEAST else None
    mistakes = distance(stem, word)
    return mistakes if mistakes <= _forgiven(stem) else None


def _forgiven(stem: str) -> int:
    return next(most for least, most in _FORGIVEN if len(stem) >= least)


def distance(one: str, other: str) -> int:
    """Return how many letters differ, are missing, too many, or changed places with the next."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for at, against in enumerate(other, 1):
            best = min(last[at] + 1, here[at - 1] + 1, last[at - 1] + (letter != against))
            swapped = row > 1 and at > 1 and letter == other[at - 2] and one[row - 2] == against
            here.append(min(best, before[at - 2] + 1) if swapped else best)
        before, last = last, here
    return last[-1]
