"""Where a company is registered: court, kind of register, number, VAT id."""

import re

from stdnum.de import vat
from stdnum.exceptions import ValidationError

MAX_COURT = 80

_COURT = re.compile(r"^(?:amtsgericht|amtsger\.|registergericht|ag)\b[\s.:]*", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?P<type>HRA|HRB|GnR|GsR|PR|VR)[\s.:/-]*(?:Nr\.?|Nummer)?[\s.:-]*"
    r"(?P<number>\d{1,7})(?:\s?(?P<suffix>[A-Z]{1,3})\b)?",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"^\d{1,7}(?:\s?[A-Z]{1,3})?$")
_TYPES = {"hra": "HRA", "hrb": "HRB", "gnr": "GnR", "gsr": "GsR", "pr": "PR", "vr": "VR"}
REGISTER_OF = {
    "gmbh": "HRB", "ggmbh": "HRB", "ug": "HRB", "gug": "HRB", "ag": "HRB", "se": "HRB",
    "kgaa": "HRB", "vvag": "HRB", "ek": "HRA", "ohg": "HRA", "kg": "HRA", "gmbh_co_kg": "HRA",
    "ug_co_kg": "HRA", "ewiv": "HRA", "eg": "GnR", "sce": "GnR", "partg": "PR", "partg_mbb": "PR",
    "ev": "VR", "egbr": "GsR", "gbr": "GsR",
}  # fmt: skip


def register_court(text: str) -> str | None:
    """Return ``Amtsgericht <town>``; None for what cannot be the name of a court."""
    town = _COURT.sub("", text).strip(" ,;")
    is_town = town and len(town) <= MAX_COURT and town[0].isalpha() and not re.search(r"\d", town)
    return f"Amtsgericht {town}" if is_town else None


def register_number(text: str, legal_form: str | None) -> tuple[str, str] | None:
    """Return kind of register and number, as in ``("HRB", "18340")``.

    A number without its register takes that of the legal form; None if that is not clear, either.
    """
    found = _NUMBER.search(text)
    if found:
        suffix = f" {found['suffix'].upper()}" if found["suffix"] else ""
        return _TYPES[found["type"].lower()], found["number"] + suffix
    register = REGISTER_OF.get(legal_form or "")
    return (register, text) if register and _BARE_NUMBER.match(text) else None


def is_likely(register: str, legal_form: str | None) -> bool:
    """Whether a company of this form is kept in this register; unknown forms pass."""
    return REGISTER_OF.get(legal_form or "", register) == register


def vat_id(text: str) -> str | None:
    """Return a German VAT id as ``DE`` and nine digits, its check digit verified."""
    try:
        return "DE" + str(vat.validate(text))
    except ValidationError:
        return None
