"""Ways to reach a company: telephone, e-mail and website, each in one normal form."""

import re
from functools import lru_cache

from pydantic_core import PydanticCustomError, PydanticKnownError

from app.core.addresses import canonical_email
from app.core.text import read_phone, read_url

MAX_EMAILS = 5
MAX_WEBSITE = 300

_PHONE_SEPARATORS = re.compile(r"\s+(?:oder|od\.|bzw\.|und|u\.|or)\s+|[;,|]| / ", re.IGNORECASE)
_PHONE_LABEL = re.compile(r"^(?:telefon|tel|fon|phone|mobil|t)\b[.:\s]*", re.IGNORECASE)
_LIST_SEPARATORS = re.compile(r"[;,|\s]+")
_REFUSED = (PydanticCustomError, PydanticKnownError, ValueError)


@lru_cache(maxsize=4096)
def phone(text: str) -> str | None:
    """Return the first number of ``text`` in E.164, read as German; None if it has no valid one."""
    for part in _PHONE_SEPARATORS.split(text[:200]):
        try:
            return read_phone(_PHONE_LABEL.sub("", part.strip()))
        except _REFUSED:
            continue
    return None


def emails(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the valid addresses of a cell in small letters, and whether all of it was valid."""
    parts = [part.strip("<>()[]\"'") for part in _LIST_SEPARATORS.split(text[:2000])]
    candidates = [part for part in parts if "@" in part][:MAX_EMAILS]
    read = [_email(re.sub(r"^mailto:", "", part, flags=re.IGNORECASE)) for part in candidates]
    return tuple(dict.fromkeys(filter(None, read))), bool(read) and all(read)


@lru_cache(maxsize=4096)
def _email(text: str) -> str | None:
    try:
        return canonical_email(text)
    except _REFUSED:
        return None


def website(text: str) -> str | None:
    """Return the first address of a cell as the forms take it; https where no scheme is said."""
    words = re.split(r"[\s;,|]+", text[:2000].strip(" \t<>\"';,|"), maxsplit=1)
    if "@" in words[0]:
        return None
    try:
        address = read_url(words[0])
    except _REFUSED:
        return None
    return address if len(address) <= MAX_WEBSITE else None
