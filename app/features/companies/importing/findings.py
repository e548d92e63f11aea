"""What there is to say about the rows of a members' list: one table of messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.i18n import N_


class Grade(StrEnum):
    """REJECTED: the row is not taken. WARNING: taken, but look at it. NOTE: nothing to do."""

    REJECTED = "rejected"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on one row. ``column`` is the file's own header; no raw cell is kept."""

    grade: Grade
    line: int
    column: str
    code: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


_R, _W, _N = Grade.REJECTED, Grade.WARNING, Grade.NOTE

MESSAGES: Mapping[str, tuple[Grade, str]] = {
    "quotes_broken": (
        _R,
        N_("Die Anführungszeichen sind nicht richtig gesetzt (Zeilen %(first)s bis %(last)s)."),
    ),
    "too_many_cells": (
        _R,
        N_(
            "Die Zeile hat %(cells)s Felder, die Kopfzeile nur %(columns)s. Vermutlich steht ein "
            "Trennzeichen in einem Text ohne Anführungszeichen."
        ),
    ),
    "member_number_missing": (_R, N_("Die Mitgliedsnummer fehlt.")),
    "member_number_damaged": (
        _R,
        N_("Die Mitgliedsnummer wurde von einer Tabellenkalkulation gerundet (etwa 1,2E+11)."),
    ),
    "name_missing": (_R, N_("Der Name des Unternehmens fehlt.")),
    "name_is_link": (
        _R,
        N_("Der Name enthält eine Internetadresse; sie gehört in ein eigenes Feld."),
    ),
    "place_missing": (_R, N_("Es fehlt eine Angabe zum Ort: Postleitzahl oder Ortsname.")),
    "formula": (_R, N_("Das Feld beginnt wie eine Formel (=, +, -, @ oder Tabulator).")),
    "markup": (_R, N_("Das Feld enthält HTML-Auszeichnungen.")),
    "control_characters": (
        _R,
        N_("Das Feld enthält Steuerzeichen oder Zeichen, die die Schreibrichtung umkehren."),
    ),
    "too_long": (_R, N_("Das Feld hat %(length)s Zeichen; erlaubt sind höchstens %(limit)s.")),
    "cell_dropped": (
        _W,
        N_("Das Feld hat %(length)s Zeichen, höchstens %(limit)s sind erlaubt; es bleibt leer."),
    ),
    "duplicate_differs": (
        _R,
        N_(
            "Die Mitgliedsnummer steht mit verschiedenen Angaben in den Zeilen %(lines)s; keine "
            "davon wird übernommen."
        ),
    ),
    "duplicate_same": (_N, N_("Die Zeile wiederholt Zeile %(first)s und wird übergangen.")),
    "owned_kept": (
        _N,
        N_("Das Unternehmen hat Inhaberinnen oder Inhaber; deren Angaben bleiben, wie sie sind."),
    ),
    "too_few_cells": (
        _W,
        N_("Die Zeile hat nur %(cells)s von %(columns)s Feldern; die übrigen gelten als leer."),
    ),
    "formula_kept": (
        _W,
        N_("Das Feld beginnt wie eine Formel (=, +, -, @ oder Tabulator) und gilt als Text."),
    ),
    "markup_dropped": (_W, N_("Das Feld enthält HTML-Auszeichnungen und bleibt leer.")),
    "characters_lost": (
        _W,
        N_("Ein Buchstabe ist schon in der Datei verloren gegangen und steht dort als „?“."),
    ),
    "characters_repaired": (
        _W,
        N_("Doppelt kodierte Umlaute oder HTML-Zeichen wurden wiederhergestellt; bitte prüfen."),
    ),
    "legal_form_unknown": (_W, N_("Diese Rechtsform ist nicht bekannt; das Feld bleibt leer.")),
    "postcode_unusable": (
        _W,
        N_("Das ist keine deutsche Postleitzahl; das Feld bleibt leer."),
    ),
    "postcode_restored": (_N, N_("Die führende Null der Postleitzahl wurde ergänzt.")),
    "phone_unusable": (_W, N_("Das ist keine gültige Telefonnummer; das Feld bleibt leer.")),
    "email_unusable": (_W, N_("Das ist keine gültige E-Mail-Adresse; sie wird nicht übernommen.")),
    "website_unusable": (_W, N_("Das ist keine gültige Internetadresse; das Feld bleibt leer.")),
    "sector_unknown": (
        _W,
        N_("Das ist kein Schlüssel der WZ %(classification)s; er wird nicht übernommen."),
    ),
    "staff_count_unusable": (
        _W,
        N_("Aus der Angabe lässt sich keine Zahl der Beschäftigten lesen; das Feld bleibt leer."),
    ),
    "yes_or_no_unclear": (_W, N_("Die Angabe ist weder Ja noch Nein; das Feld bleibt leer.")),
    "founded_year_unusable": (
        _W,
        N_("Das ist kein mögliches Gründungsjahr; das Feld bleibt leer."),
    ),
    "register_court_unusable": (_W, N_("Das ist kein Registergericht; das Feld bleibt leer.")),
    "register_number_unusable": (
        _W,
        N_("Das ist keine Registernummer (etwa HRB 1234); das Feld bleibt leer."),
    ),
    "register_unlikely": (
        _W,
        N_("Registerart %(register)s passt nicht zur Rechtsform; bitte prüfen."),
    ),
    "vat_id_unusable": (
        _W,
        N_("Das ist keine gültige deutsche USt-IdNr.; das Feld bleibt leer."),
    ),
}


def finding(line: int, column: str, code: str, **params: Any) -> Finding:
    """Say ``code`` about a cell; an unknown code is a bug and raises ``KeyError``."""
    grade, text = MESSAGES[code]
    return Finding(grade, line, column, code, text, params)
