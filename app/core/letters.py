"""Letters: what a mail says, before it is written as plain text and as HTML."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict

from app.core.i18n import Locale

_LINK: Final = re.compile(r"(https?://[^\s<>]+)")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Line(_Part):
    """One thing that is said, and where it leads."""

    text: str
    link: str = ""
    note: str = ""


class Section(_Part):
    """Lines under a heading."""

    heading: str
    lines: Sequence[Line]


class Letter(_Part):
    """A letter in its reader's language: paragraphs, one thing to press, lists, small print."""

    paragraphs: Sequence[str]
    button: Line | None = None
    sections: Sequence[Section] = ()
    small: Sequence[Line] = ()

    def as_text(self) -> str:
        """Write the letter as plain text."""
        blocks = list(self.paragraphs)
        blocks += ["\n".join([one.heading, *map(_as_text, one.lines)]) for one in self.sections]
        if self.button:
            blocks.append(f"{self.button.text}:\n{self.button.link}")
        if self.small:
            blocks.append("\n".join(map(_small, self.small)))
        return "\n\n".join(blocks) + "\n"


def letter_of(text: str) -> Letter:
    """Return a letter that says a plain text."""
    parts = re.split(r"\n{2,}", text)
    return Letter(paragraphs=[part.strip("\n") for part in parts if part.strip()])


def pieces(text: str) -> list[tuple[str, bool]]:
    """Cut a text into what is said and the links in it, which are marked."""
    return [(piece, n % 2 == 1) for n, piece in enumerate(_LINK.split(text)) if piece]


def _as_text(line: Line) -> str:
    said = f"- {line.text} ({line.note})" if line.note else f"- {line.text}"
    return f"{said}\n  {line.link}" if line.link else said


def _small(line: Line) -> str:
    return f"{line.text}: {line.link}" if line.link else line.text


class Stationery(Protocol):
    """What writes letters as HTML."""

    def html(self, letter: Letter, *, subject: str, locale: Locale) -> str:
        """Return the whole document."""
