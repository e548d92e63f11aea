"""What a company does and how large it is: sectors, staff, apprenticeships, founding year."""

import re

from app.reference.sectors import SectorCode, parse_sector
from app.reference.tables import size_band_of

MAX_SECTORS = 10

_SECTOR_SEPARATORS = re.compile(r"[;|,\n]|\s+/\s+")
_SECTOR_TITLE = re.compile(r"(?<=\d)\s*[-–:]?\s+[^\W\d_].*$")
_COUNT = re.compile(r"\d{1,3}(?:[.,'’ ]\d{3})+(?!\d)|\d{1,7}")
# Not a number of people: 1,5 · 01.04. · a telephone number · -3 · what a spreadsheet made of 1-4.
_NO_COUNT = re.compile(
    r"\d[.,]\d{1,2}(?!\d)|\d{8}|^-\s*\d"
    r"|\d\.?\s?(?:jan|feb|mär|mrz|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)"
    r"|(?:jan|feb|mär|mrz|mar|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec)[. -]*\d",
    re.IGNORECASE,
)
_YES = frozenset(
    [
        "j",
        "ja",
        "y",
        "yes",
        "x",
        "1",
        "true",
        "wahr",
        "w",
        "✓",
        "✔",
        "ausbildungsbetrieb",
        "vorhanden",
        "aktiv",
    ]
)
_NO = frozenset(
    ["n", "nein", "no", "0", "false", "falsch", "f", "kein", "keine", "keiner", "inaktiv", "-"]
)
_OWNER_ONLY = ("inhaber", "nur inh", "nur der inh", "nur die inh", "keine", "owner", "ohne", "solo")
_AT_MOST = ("unter ", "bis ", "<", "weniger als ", "höchstens ", "max")
_SMALL_FIRM = 5  # "unter 5" and "bis 5" say the smallest band; wider spans fit no single one
_EARLIEST_YEAR = 1000
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def sectors(text: str, classification: int) -> tuple[tuple[SectorCode, ...], bool]:
    """Return the codes of a cell, and whether all that stands there is one.

    Digits without points are taken as they stand: ``6201`` is the class 62.01, not 06.20.1.
    """
    parts = [part for part in map(str.strip, _SECTOR_SEPARATORS.split(text[:500])) if part]
    codes = [
        parse_sector(_SECTOR_TITLE.sub("", part), classification) for part in parts[:MAX_SECTORS]
    ]
    return tuple(dict.fromkeys(filter(None, codes))), all(codes)


def size_band(text: str) -> str | None:
    """Return the size band of ``5``, ``ca. 20``, ``1.250``, ``10 bis 19``, ``über 500``.

    Of two numbers the first counts: bands are named by their lower end.
    """
    folded = text.casefold()
    if _NO_COUNT.search(text):
        return None
    found = _COUNT.search(text)
    if not found:
        return "owner_only" if folded.startswith(_OWNER_ONLY) else None
    count = int(re.sub(r"\D", "", found[0]))
    if folded.startswith(_AT_MOST):
        return "1-4" if 0 < count <= _SMALL_FIRM else None
    return size_band_of(count).code


def yes_or_no(text: str) -> bool | None:
    """Return what a tick, a word or a digit says; None if it says neither."""
    folded = text.casefold().strip(" .()[]")
    if folded in _YES:
        return True
    return False if folded in _NO else None


def founded_year(text: str, this_year: int) -> int | None:
    """Return the year in a year or date, 1000 to ``this_year``."""
    found = _YEAR.search(text)
    year = int(found[1]) if found else 0
    return year if _EARLIEST_YEAR <= year <= this_year else None
