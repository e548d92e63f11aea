"""WZ codes: what a list or a person writes, and where it stands in the classification."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.reference.tables import Label, sector_titles

WZ_2008: Final = 2008
WZ_2025: Final = 2025
CLASSIFICATIONS: Final = (WZ_2008, WZ_2025)

_WRITTEN = re.compile(
    r"(?:(?:WZ|NACE)(?:(?:\s*20|(?=\d\d[\s:]+\w))(?P<year>08|25)\b)?[\s:.-]*)?"
    r"(?P<section>[A-V])?[\s.-]*"
    r"(?:(?P<division>\d{1,2})(?:\.(?P<class>\d{1,2}))?(?:\.(?P<dotted>\d))?"
    r"|(?P<solid>\d{3,5}))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SectorCode:
    """A code with the classification without which it means nothing."""

    classification: int
    code: str  # as precise as it was given: "G", "45", "45.2", "45.20" or "45.20.1"
    section: str
    division: str | None


@cache
def sections(classification: int) -> dict[str, Label]:
    """Return the sections by letter."""
    return {
        row["code"]: Label(row["code"], row["de"], row["en"])
        for row in sector_titles(classification)
        if not row["parent"]
    }


@cache
def divisions(classification: int) -> dict[str, Label]:
    """Return the divisions by their two digits."""
    return {
        row["code"]: Label(row["code"], row["de"], row["en"])
        for row in sector_titles(classification)
        if row["parent"]
    }


def section_of(division: str, classification: int) -> str | None:
    """Return the section a division belongs to, or None if there is no such division."""
    return _parents(classification).get(division)


def parse_sector(text: str, classification: int = WZ_2008) -> SectorCode | None:
    """Read a code as lists write it (``45.20.1``, ``45201``, ``1.13``, ``G``, ``WZ 2025 62``).

    A year in the text decides over ``classification``. Groups and finer digits are kept as
    given; None where the section or division does not exist or contradict each other.
    """
    written = _WRITTEN.fullmatch(text.strip().rstrip("."))
    if not written:
        return None
    if written["year"]:
        classification = 2000 + int(written["year"])
    letter = written["section"].upper() if written["section"] else None
    digits = _digits(written)
    if not digits:
        known = letter if letter in sections(classification) else None
        return SectorCode(classification, known, known, None) if known else None
    division = digits[:2]
    section = section_of(division, classification)
    if section is None or (letter and letter != section):
        return None
    dotted = (digits[:2], digits[2:4], digits[4:])
    return SectorCode(classification, ".".join(filter(None, dotted)), section, division)


def sector_label(code: str, classification: int) -> Label | None:
    """Return the title of the section or division that ``code`` lies in."""
    found = parse_sector(code, classification)
    if found is None:
        return None
    if found.division is None:
        return sections(classification)[found.section]
    return divisions(classification)[found.division]


def _digits(written: re.Match[str]) -> str:
    """Return all digits in a row; a leading zero that a spreadsheet ate comes back."""
    if written["solid"]:
        return written["solid"]
    if not written["division"]:
        return ""
    return f"{int(written['division']):02}{written['class'] or ''}{written['dotted'] or ''}"


@cache
def _parents(classification: int) -> dict[str, str]:
    return {row["code"]: row["parent"] for row in sector_titles(classification) if row["parent"]}
