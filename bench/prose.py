"""Texts of realistic length and variety, with the HTML that Kontor stores beside them."""

import random
from dataclasses import dataclass
from typing import Final

from app.core.text import make_slug, plain_text, render_markdown
from bench.words import LIST, MONTHS, SENTENCES, TITLES, WORK

EXCERPT: Final = 280  # characters, as posts keep it
_PARAGRAPHS: Final = 1_500
_SHARE_OF_LISTS: Final = 0.06
_TOWNS: Final = ("Bochum", "Hattingen", "Herne", "Witten")


@dataclass(frozen=True, slots=True)
class Prose:
    """A Markdown source, its HTML, and its beginning in plain text."""

    source: str
    html: str
    excerpt: str


class Author:
    """Puts texts together from paragraphs that are rendered once."""

    def __init__(self, numbers: random.Random) -> None:
        self._numbers = numbers
        self._paragraphs = [self._paragraph() for _ in range(_PARAGRAPHS)]

    def prose(self, paragraphs: int) -> Prose:
        """Return a text of so many paragraphs, of about 250 characters each."""
        parts = self._numbers.choices(self._paragraphs, k=paragraphs)
        return Prose(
            "\n\n".join(part.source for part in parts),
            "".join(part.html for part in parts),
            parts[0].excerpt,
        )

    def title(self) -> str:
        """Return the title of a post."""
        return self._filled(self._numbers.choice(TITLES))

    def _paragraph(self) -> Prose:
        if self._numbers.random() < _SHARE_OF_LISTS:
            source = self._filled(LIST)
        else:
            count = self._numbers.choices((1, 2, 3, 4), (2, 4, 3, 1))[0]
            source = " ".join(map(self._filled, self._numbers.sample(SENTENCES, count)))
        return Prose(source, render_markdown(source), plain_text(source, EXCERPT))

    def _filled(self, pattern: str) -> str:
        work, other = self._numbers.sample(WORK, 2)
        return pattern.format(
            work=work,
            other=other,
            town=self._numbers.choice(_TOWNS),
            month=self._numbers.choice(MONTHS),
            number=self._numbers.randrange(2, 80),
            slug=make_slug(work),
        )
