"""Letters: what a mail says, before it is written as plain text and as HTML."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from app.core.i18n import Locale

_LINK: Final = re.compile(r"(https?://[^\s<>]+)")


# Bytes that are written as base64 while a letter waits in the queue.
Content = Annotated[
    bytes,
    BeforeValidator(lambda given: b64decode(given) if isinstance(given, str) else given),
    PlainSerializer(lambda content: b64encode(content).decode(), when_used="json"),
]


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


class Picture(_Part):
    """A picture (PNG) that comes inside the letter, so that nothing is loaded from anywhere.

    ``text`` is what it says to those who do not see it; the letter must say as much in words.
    """

    content: Content
    text: str

    @property
    def content_id(self) -> str:
        """By what the HTML of the letter finds it (RFC 2392): the same for the same picture."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}@picture.invalid"


class Enclosure(_Part):
    """A file that comes with the letter; ``parameters`` are those of its media type."""

    name: str
    media_type: str
    content: Content
    parameters: Mapping[str, str] = {}


class Supplement(_Part):
    """What comes with a letter beside what it is about."""

    paragraphs: Sequence[str] = ()
    picture: Picture | None = None
    enclosures: Sequence[Enclosure] = ()


class Letter(_Part):
    """A letter in its reader's language: paragraphs, one thing to press, lists, small print.

    ``picture`` stands below the paragraphs; ``enclosures`` are files that come along.
    """

    paragraphs: Sequence[str]
    picture: Picture | None = None
    button: Line | None = None
    sections: Sequence[Section] = ()
    small: Sequence[Line] = ()
    enclosures: Sequence[Enclosure] = ()

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
