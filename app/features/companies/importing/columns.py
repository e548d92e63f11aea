"""Which column of a foreign list means what: by the names of its headers, or by a mapping file."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.i18n import N_
from app.core.sheets import UnusableFile, unusable
from app.core.text import sort_key

MAX_MAPPING_BYTES = 64 * 1024


class Field(StrEnum):
    """What a list can tell about a company; the names used in a mapping file."""

    MEMBER_NUMBER = "member_number"
    NAME = "name"
    NAME_ADDITION = "name_addition"
    LEGAL_FORM = "legal_form"
    STREET = "street"
    HOUSE_NUMBER = "house_number"
    POSTCODE = "postcode"
    TOWN = "town"
    PHONE = "phone"
    EMAIL = "email"
    WEBSITE = "website"
    SECTOR = "sector"
    STAFF_COUNT = "staff_count"
    TRAINS_APPRENTICES = "trains_apprentices"
    FOUNDED_YEAR = "founded_year"
    REGISTER_COURT = "register_court"
    REGISTER_NUMBER = "register_number"
    VAT_ID = "vat_id"


_FIELD_NAMES = frozenset(field.value for field in Field)

# Per field: plain names, and vague ones that count only where no plain one is in the file.
NAMES: Mapping[Field, tuple[str, str]] = {
    Field.MEMBER_NUMBER: (
        (
            "Mitgliedsnummer|Mitgliedsnr|Mitglieds-Nr|Mitgliednummer|Mitglied-Nr|Mitgl.-Nr|MitglNr|MgNr"
            "|Ident-Nr|Identnummer|IHK-Identnummer|IHK-Nummer|IHK-Nr|Firmennummer|Firmen-Nr|Firmenident"
            "|Kammernummer|Betriebsnummer HWK|Betriebs-Nr|member number|member no|member id"
            "|membership number|membership no|external id|company number"
        ),
        "Nummer|Nr|ID|Kundennummer|Kunden-Nr|Adressnummer|Adress-Nr|Betriebsnummer|number|no",
    ),
    Field.NAME: (
        (
            "Firma|Firmenbezeichnung|Firmenname|Firmierung|Firma 1|Firmenname 1|Firmenbezeichnung 1"
            "|Unternehmen|Unternehmensname|Name des Unternehmens|Name der Firma|Betriebsname|Name 1"
            "|company|company name|organisation|organization|business name|name of company"
        ),
        "Name|Bezeichnung|Betrieb|Mitglied|Mitgliedsunternehmen|member",
    ),
    Field.NAME_ADDITION: (
        (
            "Name 2|Firma 2|Firmenname 2|Firmenbezeichnung 2|Namenszusatz|Firmenzusatz"
            "|Zusatz zum Namen"
            "|company name 2|name addition"
        ),
        "Zusatz",
    ),
    Field.LEGAL_FORM: (
        "Rechtsform|Rechtsformbezeichnung|Gesellschaftsform|RF|legal form|company type|legal type",
        "Unternehmensform",
    ),
    Field.STREET: (
        (
            "Straße|Str|Straße und Hausnummer|Straße u. Hausnr|Straße Hausnr|Straße Nr"
            "|Straße Hausnummer"
            "|Str. Nr|Str. Hausnr|Straße und Nr|street|street address|address line 1"
            "|street name|Straßenname"
        ),
        "Anschrift|Adresse|address",
    ),
    Field.HOUSE_NUMBER: ("Hausnummer|Hausnr|Haus-Nr|HsNr|Hnr|house number|house no|street no", ""),
    Field.POSTCODE: (
        "PLZ|Postleitzahl|Post-PLZ|Straßen-PLZ|postcode|postal code|post code|zip|zip code|zipcode",
        "",
    ),
    Field.TOWN: (
        "Ort|Ortsname|Ort Name|Stadt|Gemeinde|PLZ Ort|PLZ und Ort|town|city|place|municipality",
        "Sitz|Wohnort|Standort|location",
    ),
    Field.PHONE: (
        (
            "Telefon|Telefonnummer|Telefon-Nr|Tel|Tel-Nr|Telefon 1|Tel. 1|Telefon geschäftlich|Fon"
            "|Rufnummer|phone|phone number|telephone|telephone number|tel no"
        ),
        "Mobil|Mobiltelefon|Handy|Telefon mobil|mobile|mobile phone",
    ),
    Field.EMAIL: (
        "E-Mail|Email|E-Mail-Adresse|Mail|Mailadresse|EMail 1|E-Mail 1|e-mail address|E-Post",
        "",
    ),
    Field.WEBSITE: (
        (
            "Homepage|Internet|Internetadresse|Webseite|Website|Web|URL|Internetseite|WWW|web site"
            "|Web-Adresse|web address|Internet-Adresse"
        ),
        "",
    ),
    Field.SECTOR: (
        (
            "WZ|WZ-Schlüssel|WZ-Code|WZ-Nr|WZ-Nummer|WZ 2008|WZ 2025|WZ08|WZ25|WZ-Schlüssel 2008"
            "|WZ-Schlüssel 2025|WZ 2008 Schlüssel|WZ 2025 Schlüssel|WZ-Code 2008|WZ-Code 2025"
            "|Branchenschlüssel|Branchencode|Branchen-Nr|Wirtschaftszweigschlüssel|Hauptbranche WZ"
            "|NACE|NACE-Code|NACE code|sector code|industry code|nace rev 2|nace rev 2.1"
        ),
        "Branche|Wirtschaftszweig|Gewerbezweig|Hauptbranche|sector|industry",
    ),
    Field.STAFF_COUNT: (
        (
            "Beschäftigte|Beschäftigtenzahl|Anzahl Beschäftigte|Zahl der Beschäftigten|Mitarbeiter"
            "|Mitarbeiterzahl|Anzahl Mitarbeiter|Mitarbeitende|Anzahl Mitarbeitende|Personal"
            "|Beschäftigtengrößenklasse|Größenklasse|Betriebsgröße|MA|Anzahl MA|employees"
            "|number of employees|staff|staff count|headcount|company size"
        ),
        "Größe|size",
    ),
    Field.TRAINS_APPRENTICES: (
        (
            "Ausbildungsbetrieb|Ausbildungsbetrieb J/N|Ausbildungsunternehmen|Ausbildend|bildet aus"
            "|training company|trains apprentices|apprenticeship company"
        ),
        "Ausbildung|Azubi|training",
    ),
    Field.FOUNDED_YEAR: (
        (
            "Gründungsjahr|Gründung|Gründungsdatum|gegründet|gegründet am|Jahr der Gründung"
            "|founded|founding year|year founded|founded year|established|year established"
        ),
        "Betriebsbeginn|Beginn",
    ),
    Field.REGISTER_COURT: (
        (
            "Registergericht|Amtsgericht|HR-Gericht|Handelsregistergericht|Registerort|HR-Ort"
            "|register court|registry court|court"
        ),
        "Gericht",
    ),
    Field.REGISTER_NUMBER: (
        (
            "HR-Nummer|HR-Nr|HRNr|Registernummer|Register-Nr|Handelsregisternummer|Handelsregister-Nr"
            "|HRB|HRA|HRA/HRB|HRB-Nummer|HRB-Nr|Handelsregister|register number|registration number"
            "|commercial register number"
        ),
        "Register",
    ),
    Field.VAT_ID: (
        (
            "USt-IdNr|UStIdNr|USt-Id|USt-ID-Nr|Umsatzsteuer-ID|Umsatzsteueridentifikationsnummer"
            "|Umsatzsteuer-Identifikationsnummer|VAT id|VAT no|VAT number|VAT registration number"
        ),
        "",
    ),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row, and which headers nobody asked for."""

    index: Mapping[Field, int]
    headers: tuple[str, ...]
    unmapped: tuple[str, ...]
    classification: int | None  # WZ version that the header of the sector column names

    def header(self, field: Field) -> str:
        """Return the file's own name of a field, or the field's where the file has none."""
        return self.headers[self.index[field]] if field in self.index else field.value


def map_columns(headers: Sequence[str], mapping: Mapping[Field, str] | None = None) -> Columns:
    """Find each field's column: what ``mapping`` says first, by name what it does not say.

    An empty name in ``mapping`` leaves the field out. Refused: a header that is not there, two
    columns for one field, and a list without member number, name, and postcode or town.
    """
    index = dict(_mapped(headers, mapping or {}))
    taken = set(index.values())
    for field in Field:
        if mapping is not None and field in mapping:
            continue
        found = _named(headers, field, taken)
        if found is not None:
            index[field] = found
            taken.add(found)
    _require(index, headers)
    sector = headers[index[Field.SECTOR]] if Field.SECTOR in index else ""
    return Columns(
        index=index,
        headers=tuple(headers),
        unmapped=tuple(h for i, h in enumerate(headers) if h and i not in taken),
        classification=_classification(sector),
    )


def read_mapping(path: Path) -> dict[Field, str]:
    """Read a mapping file: TOML, one ``field = "header"`` a line."""
    try:
        with path.open("rb") as raw:
            content = raw.read(MAX_MAPPING_BYTES)
        told: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise _mapping_broken(error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:  # what is not UTF-8 or not TOML
        raise _mapping_broken(str(error)) from error
    mapping: dict[Field, str] = {}
    for name, header in told.items():
        if name not in _FIELD_NAMES or not isinstance(header, str):
            raise unusable(
                N_(
                    "Die Zuordnungsdatei nennt „%(name)s“. Möglich sind, jeweils mit einer "
                    "Überschrift in Anführungszeichen: %(accepted)s."
                ),
                "mapping_unknown",
                name=name,
                accepted=", ".join(Field),
            )
        mapping[Field(name)] = header
    return mapping


def _mapping_broken(reason: str) -> UnusableFile:
    return unusable(
        N_("Die Zuordnungsdatei lässt sich nicht lesen: %(reason)s"),
        "mapping_broken",
        reason=reason,
    )


_DIGRAPH_E = re.compile(r"(?<=[aou])e")


def _key(header: str) -> str:
    """Fold case, umlauts however written, punctuation and gaps: ``Mitgl.-Nr.`` → ``mitglnr``."""
    return _DIGRAPH_E.sub("", sort_key(header).replace(" ", ""))


def _keys(names: str) -> dict[str, None]:
    return dict.fromkeys(filter(None, map(_key, names.split("|"))))


_KEYS = {field: (_keys(plain), _keys(vague)) for field, (plain, vague) in NAMES.items()}


def _named(headers: Sequence[str], field: Field, taken: set[int]) -> int | None:
    for names in _KEYS[field]:
        found = [i for i, h in enumerate(headers) if i not in taken and _key(h) in names]
        if len(found) > 1:
            raise _twice(field, (headers[i] for i in found))
        if found:
            return found[0]
    return None


def _mapped(headers: Sequence[str], mapping: Mapping[Field, str]) -> Iterator[tuple[Field, int]]:
    used: dict[int, Field] = {}
    for field, name in mapping.items():
        if not name.strip():
            continue
        found = [i for i, h in enumerate(headers) if h == " ".join(name.split())] or [
            i for i, h in enumerate(headers) if _key(h) == _key(name) != ""
        ]
        if not found:
            raise unusable(
                N_(
                    "Die Zuordnungsdatei nennt die Spalte „%(header)s“; in der Datei stehen: "
                    "%(found)s."
                ),
                "mapping_header_missing",
                header=name,
                found=_listed(headers),
            )
        if len(found) > 1:
            raise _twice(field, (headers[i] for i in found))
        if found[0] in used:
            raise unusable(
                N_(
                    "Die Zuordnungsdatei gibt die Spalte „%(header)s“ zweimal: "
                    "%(first)s, %(second)s."
                ),
                "mapping_column_twice",
                header=headers[found[0]],
                first=used[found[0]].value,
                second=field.value,
            )
        used[found[0]] = field
        yield field, found[0]


def _twice(field: Field, found: Iterator[str]) -> UnusableFile:
    return unusable(
        N_(
            "Für das Feld %(field)s kommen mehrere Spalten in Frage: %(found)s. Legen Sie in einer "
            "Zuordnungsdatei fest, welche gilt."
        ),
        "column_twice",
        field=field.value,
        found=_listed(tuple(found)),
    )


def _require(index: Mapping[Field, int], headers: Sequence[str]) -> None:
    missing = [field for field in (Field.MEMBER_NUMBER, Field.NAME) if field not in index]
    if Field.POSTCODE not in index and Field.TOWN not in index:
        missing += [Field.POSTCODE, Field.TOWN]
    if not missing:
        return
    raise unusable(
        N_(
            "In der Datei fehlen Spalten, die gebraucht werden (von PLZ und Ort genügt eine): "
            "%(accepted)s. Gefunden wurden: %(found)s. Andere Namen ordnen Sie mit einer "
            "Zuordnungsdatei zu."
        ),
        "column_missing",
        fields=[field.value for field in missing],
        accepted="; ".join(_accepted(field) for field in missing),
        found=_listed(headers),
    )


def _accepted(field: Field) -> str:
    names = "|".join(filter(None, NAMES[field])).split("|")
    return f"{field.value} ({', '.join(names)})"


def _listed(headers: Sequence[str], limit: int = 40) -> str:
    shown = [f"„{h[:60]}“" for h in headers[:limit]]
    return ", ".join([*shown, "…"] if len(headers) > limit else shown)


def _classification(header: str) -> int | None:
    key = _key(header)
    if key.endswith(("25", "2025", "rev21")) or "2025" in key:
        return 2025
    return 2008 if "2008" in key or key.endswith(("08", "rev2")) else None
