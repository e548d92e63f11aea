"""Words that are nearly those asked for: misspelt, or compounds that no list knows."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, Text, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.reads import Reader, bound, prepared
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


async def words_alike(reader: Reader, stems: Sequence[str]) -> dict[str, list[str]]:
    """Return the words that may have been meant, nearest first, by stem.

    They are from documents for everybody only.
    """
    asked = [one for one in stems if len(one) >= _LEAST]
    if not asked:
        return {}
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for stem, word in await reader.all(_candidates(), {"stems": asked}):
        if word != stem and (mistakes := _mistakes(stem, word)) is not None:
            found[stem].append((mistakes, word))
    return {stem: [word for _, word in sorted(words)[:_MOST]] for stem, words in found.items()}


def _mistakes(stem: str, word: str) -> int | None:
    """Return how far ``word`` is from ``stem``, None where it is another word."""
    if word.endswith(stem) or word.startswith(stem):
        return 0 if len(stem) > _LEAST else None
    forgiven = next(most for least, most in _FORGIVEN if len(stem) >= least)
    mistakes = distance(stem, word)
    return mistakes if mistakes <= forgiven else None


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
