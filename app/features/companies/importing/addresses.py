"""Where a company is: postcode, town, street and house number."""

import re

_POSTCODE = re.compile(r"(?:D|DE)?[\s-]*(?P<digits>\d{4,5})(?:[.,]0)?", re.IGNORECASE)
_LEADING_POSTCODE = re.compile(r"^(?P<postcode>(?:D[E]?\s*-?\s*)?\d{4,5})\s+(?P<town>\D.*)$")
_HOUSE_NUMBER = re.compile(
    r"^(?P<street>\D.*?)[\s,]+(?P<number>\d{1,4}\s?[a-z]?"
    r"(?:\s?[-–/+]\s?\d{0,4}\s?[a-z]?)*)$",
    re.IGNORECASE,
)
_POST_BOX = re.compile(r"^(?:postfach|pf)\b", re.IGNORECASE)
_UNUSED_REGIONS = frozenset({"00", "05", "43", "62"})
_SMALL_WORDS = frozenset(
    {
        "a",
        "am",
        "an",
        "auf",
        "bei",
        "b",
        "d",
        "dem",
        "den",
        "der",
        "die",
        "i",
        "im",
        "in",
        "ob",
        "o",
    }
    | {"unter", "v", "vom", "von", "vor", "zu", "zum", "zur", "und", "u"}
)


def postcode(text: str) -> str | None:
    """Return five digits, a lost leading zero restored; None for what is no German postcode."""
    found = _POSTCODE.fullmatch(text)
    if not found:
        return None
    digits = found["digits"].zfill(5)
    is_used = digits[:2] not in _UNUSED_REGIONS and "01001" <= digits <= "99998"
    return digits if is_used else None


def split_postcode(town: str) -> tuple[str, str]:
    """Split ``44795 Bochum`` into postcode and town; the first is empty where none leads."""
    found = _LEADING_POSTCODE.match(town)
    return (found["postcode"], found["town"]) if found else ("", town)


def town(text: str) -> str:
    """Return a town in ordinary letters: ``BAD HOMBURG V.D.H.`` → ``Bad Homburg v.d.H.``."""
    if not text.isupper():
        return text
    words = re.split(r"([\s./()-]+)", text)
    return "".join(
        word.lower() if number and word.lower() in _SMALL_WORDS else word.capitalize()
        for number, word in enumerate(words)
    )


def street(text: str, house_number: str) -> tuple[str, str]:
    """Return street and house number apart; ``16 b`` becomes ``16b``, a range keeps its dash."""
    number = "".join(house_number.split())
    if number or _POST_BOX.match(text):
        return text, number
    found = _HOUSE_NUMBER.match(text)
    if not found:
        return text, ""
    return found["street"].rstrip(" ,"), "".join(found["number"].split())
