"""The legal form of a company, from its own column or from the end of its name."""

import re
from functools import lru_cache

from app.core.text import sort_key
from app.reference.tables import find_legal_form

# What lists write beyond the table's own spellings; case, points, gaps, "&" and "und" aside.
_SPELLINGS = {
    "einzelunternehmen": "Einzelunternehmen|Einzelunternehmer|Einzelunternehmerin|Einzelfirma"
    "|Einzelunternehmung|Kleingewerbe|Kleingewerbetreibender|Kleingewerbetreibende"
    "|Gewerbetreibender|Einzelgewerbe|sole proprietor|sole proprietorship|Einzelperson"
    "|natürliche Person|nicht eingetragenes Einzelunternehmen",
    "ek": "e.K.|e.Kfm.|e.Kfr.|e.Kffr.|e.Kaufmann|e.Kauffrau|eingetragener Kaufmann"
    "|eingetragene Kauffrau|eingetragene Kaufleute|eingetragenes Einzelunternehmen",
    "gbr": "GbR|GdbR|BGB-Gesellschaft|Gesellschaft bürgerlichen Rechts|GbR mbH"
    "|Gesellschaft des bürgerlichen Rechts",
    "egbr": "eGbR|eingetragene Gesellschaft bürgerlichen Rechts|eingetragene GbR",
    "ohg": "OHG|offene Handelsgesellschaft|oHG",
    "kg": "KG|Kommanditgesellschaft",
    "gmbh_co_kg": "GmbH & Co. KG|mbH & Co. KG|GmbH & Co. Kommanditgesellschaft|GmbH & Cie. KG"
    "|GmbH & Compagnie KG|GmbH & Co.|gGmbH & Co. KG|AG & Co. KG|SE & Co. KG|Stiftung & Co. KG"
    "|GmbH & Co. OHG|GmbH & Co. KG mbH",
    "ug_co_kg": "UG & Co. KG|UG (haftungsbeschränkt) & Co. KG|UG haftungsbeschr. & Co. KG"
    "|UG (haftb.) & Co. KG|Unternehmergesellschaft & Co. KG"
    "|Unternehmergesellschaft (haftungsbeschränkt) & Co. KG",
    "gmbh": "GmbH|mbH|GesmbH|Ges.m.b.H.|Gesellschaft mit beschränkter Haftung"
    "|Gesellschaft m. b. H.|Gesellschaft mbH|Einmann-GmbH",
    "ggmbh": "gGmbH|gemeinnützige GmbH|gemeinnützige Gesellschaft mit beschränkter Haftung"
    "|gemeinnützige Gesellschaft mbH",
    "ug": "UG|UG (haftungsbeschränkt)|UG (haftungsbeschr.)|UG (haftungsb.)|UG (haftb.)|UG (hb)"
    "|Unternehmergesellschaft|Unternehmergesellschaft (haftungsbeschränkt)"
    "|Unternehmergesellschaft (haftungsbeschr.)|Mini-GmbH",
    "gug": "gUG|gUG (haftungsbeschränkt)|gUG (haftungsbeschr.)"
    "|gemeinnützige UG|gemeinnützige UG (haftungsbeschränkt)"
    "|gemeinnützige Unternehmergesellschaft (haftungsbeschränkt)",
    "ag": "AG|Aktiengesellschaft|gAG|gemeinnützige AG",
    "se": "SE|Societas Europaea|Europäische Gesellschaft|Europäische Aktiengesellschaft",
    "kgaa": "KGaA|Kommanditgesellschaft auf Aktien|GmbH & Co. KGaA|AG & Co. KGaA|SE & Co. KGaA",
    "eg": "eG|eingetragene Genossenschaft|Genossenschaft|e.G.m.b.H.|eGmbH|eG mbH",
    "sce": "SCE|SCE mbH|Europäische Genossenschaft",
    "partg": "PartG|Partnerschaft|Partnerschaftsgesellschaft|PartGes|Part.-Ges.",
    "partg_mbb": "PartG mbB|PartGmbB|Partnerschaft mbB|Partnerschaftsgesellschaft mbB|PartGes mbB"
    "|Partnerschaftsgesellschaft mit beschränkter Berufshaftung|mbB",
    "ev": "e.V.|eingetragener Verein|Verein|gemeinnütziger e.V.",
    "stiftung": "Stiftung|Stiftung des bürgerlichen Rechts|Stiftung bürgerlichen Rechts",
    "kdoer": "KdöR|K.d.ö.R.|Körperschaft des öffentlichen Rechts|KöR"
    "|Körperschaft öffentlichen Rechts",
    "aoer": "AöR|A.ö.R.|AdöR|Anstalt des öffentlichen Rechts|Anstalt öffentlichen Rechts",
    "vvag": "VVaG|Versicherungsverein auf Gegenseitigkeit|VaG",
    "ewiv": "EWIV|Europäische wirtschaftliche Interessenvereinigung",
    "freier_beruf": "Freier Beruf|Freiberufler|Freiberuflerin|freiberuflich|Freie Berufe"
    "|freelancer",
    "auslaendisch": "Ltd|Limited|Ltd. & Co. KG|Inc|Inc.|LLC|LLP|PLC|B.V.|N.V.|S.A.|S.à r.l.|SARL"
    "|S.r.l.|S.p.A.|Sp. z o.o.|s.r.o.|ApS|Ausländische Gesellschaft|ausländische Rechtsform"
    "|foreign company|Zweigniederlassung ausländischer Gesellschaft",
}
_STATUS = re.compile(r"[\s,(]+(?:i\.?\s?(?:G|L|Gr|Liq|Abw|I)\.?|in (?:Gründung|Liquidation))\)?$")
_JOINERS = re.compile(r"\bund\b|\bu\.|\band\b", re.IGNORECASE)
_ONLY_NAMES = frozenset({"partnerschaft", "verein", "stiftung", "genossenschaft", "einzelperson"})
_MOST_WORDS = 6
_SHORT = 2  # letters
# A column often names the family only; the name of the firm then knows better.
_REFINES = {
    "kg": {"gmbh_co_kg", "ug_co_kg", "kgaa"},
    "gmbh": {"ggmbh", "ug", "gug"},
    "ug": {"gug"},
    "gbr": {"egbr"},
    "partg": {"partg_mbb"},
    "einzelunternehmen": {"ek"},
}


def _fold(text: str) -> str:
    return sort_key(_JOINERS.sub(" ", text)).replace(" ", "")


_CODES = {_fold(s): code for code, all_ in _SPELLINGS.items() for s in all_.split("|")}


def _code(text: str) -> str | None:
    known = find_legal_form(text)
    return known.code if known else _CODES.get(_fold(text))


@lru_cache(maxsize=4096)
def legal_form_from_column(text: str) -> str | None:
    """Return the code that a cell of the legal form column means; None if it is not known."""
    return _code(_STATUS.sub("", text))


@lru_cache(maxsize=1024)
def _from_last_words(words: tuple[str, ...]) -> str | None:
    for first in range(len(words)):
        tail = " ".join(words[first:])
        code = _code(tail)
        if code and _is_spelled_like_a_form(tail):
            return code
    return None


def _is_spelled_like_a_form(tail: str) -> bool:
    """Keep "Leicht Se" and "Die Partnerschaft" from being forms: short ones need a capital."""
    letters = "".join(filter(str.isalpha, tail))
    if _fold(tail) in _ONLY_NAMES and tail.count(" ") == 0:
        return False
    return len(letters) > _SHORT or letters[-1].isupper() or "." in tail


def legal_form_from_name(name: str) -> str | None:
    """Return the code of the legal form with which a company's name ends, if it does."""
    words = _STATUS.sub("", name).replace("(", " (").split()
    return _from_last_words(tuple(words[1:][-_MOST_WORDS:]))


def legal_form(column: str, name: str) -> tuple[str | None, bool]:
    """Return the code, and whether the column was understood; the name only fills or refines it."""
    by_name = legal_form_from_name(name)
    if not column:
        return by_name, True
    by_column = legal_form_from_column(column)
    if by_column is None:
        return by_name, False
    return (by_name if by_name in _REFINES.get(by_column, ()) else by_column), True
