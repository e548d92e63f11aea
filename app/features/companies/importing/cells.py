"""The text of a single cell: gaps, control characters, markup, formulas, damaged letters."""

import html
import re
import unicodedata
from typing import NamedTuple

# Written for "nothing"; never true of a name or number on its own.
_NOTHING = frozenset(
    {"-", "--", "---", ".", "./.", "/", "?", "k.a.", "k. a.", "ka", "n/a", "n.a.", "na", "null"}
    | {"none", "keine", "keiner", "kein", "keine angabe", "unbekannt", "entfällt", "nicht bekannt"}
)
# Most cells by far, and nothing to look for in them.
_ORDINARY = re.compile(
    r"(?:[A-Za-zÄÖÜäöüß0-9](?:[A-Za-zÄÖÜäöüß0-9 .,;:/()+@'–-]|&[ A-ZÄÖÜ][ A-ZÄÖÜ.])*)?"
)
_MARKUP = re.compile(r"[<>]")  # as the forms: no name or address of ours has angle brackets
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")  # U+FF1D and kin are read as formulas, too
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|\ufffd")
_DOUBLE_ENCODED = re.compile(r"[ÃÂ][\u0080-\u00bf\u0152-\u2122]")
# Bidirectional marks, embeddings, overrides and isolates.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn"})


class Cell(NamedTuple):
    """A cleaned text, and what had to be said or done about it."""

    text: str
    has_control: bool = False
    has_markup: bool = False
    is_formula: bool = False
    is_damaged: bool = False
    is_repaired: bool = False


def clean(raw: str) -> Cell:
    """Collapse gaps, repair what is certain, and tell what is suspicious; never raises."""
    if _ORDINARY.fullmatch(raw):
        return Cell(" ".join(raw.split()))
    is_formula = _FORMULA.match(raw) is not None
    repaired = html.unescape(raw) if _ENTITY.search(raw) else raw
    if _DOUBLE_ENCODED.search(repaired):
        repaired = _decoded_once_more(repaired)
    text = unicodedata.normalize("NFC", repaired).translate(_INVISIBLE)
    has_control = not text.isprintable() and any(_is_forbidden(character) for character in text)
    return Cell(
        " ".join(text.split()),
        has_control=has_control,
        has_markup=_MARKUP.search(text) is not None,
        is_formula=is_formula or _FORMULA.match(text) is not None,
        is_damaged=_LOST.search(text) is not None,
        is_repaired=repaired != raw,
    )


def is_nothing(text: str) -> bool:
    """Whether a cell says in one of the usual ways that it says nothing."""
    return not text or text.casefold() in _NOTHING


def _is_forbidden(character: str) -> bool:
    if character in _BIDI:
        return True
    is_control = unicodedata.category(character) in _FORBIDDEN_CATEGORIES
    return is_control and character not in "\t\n\r"


def _decoded_once_more(text: str) -> str:
    """Undo UTF-8 that was read as Windows-1252 and saved again, where that is what happened."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
