"""Codes of the shipped tables as drafts take them, and as forms offer them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.asking import Asked
from app.core.i18n import N_, Locale, current_locale
from app.reference.sectors import (
    CLASSIFICATIONS,
    WZ_2008,
    SectorCode,
    divisions,
    parse_sector,
    section_of,
    sections,
    sector_label,
)
from app.reference.tables import (
    Label,
    languages,
    legal_forms,
    occupation_fields,
    size_bands,
)

L = TypeVar("L", bound=Label)
Table = Callable[[], Mapping[str, L]]
_SECTOR: Final = r"^(2008|2025):([A-V]|[0-9]{2}(\.[0-9]{1,2}(\.[0-9])?)?)$"


def said(label: Label, locale: Locale | None = None) -> str:
    """Return what a code is called in a language (the current one by default)."""
    return label.en if (locale or current_locale.get()) == "en" else label.de


def choices_of(table: Table[L]) -> Callable[[Locale], Sequence[tuple[str, str]]]:
    """Return a function that gives code and title of every row of ``table``, for forms."""
    return lambda locale: [(row.code, said(row, locale)) for row in table().values()]


def titles_of(table: Table[L], codes: Sequence[str]) -> list[str]:
    """Return what codes are called in the current language."""
    return [said(table()[code]) for code in codes if code in table()]


def _code_of(table: Table[L]) -> Any:
    def known(code: str) -> str:
        if code not in table():
            unknown = "unknown_code"
            raise PydanticCustomError(unknown, N_("Bitte wählen Sie einen der angebotenen Werte."))
        return code

    schema = {"type": "string", "enum": list(table())}
    return [AfterValidator(known), WithJsonSchema(schema)]


def read_sector(text: str) -> SectorCode | None:
    """Read a sector with its classification (``2008:25.62``, ``2025:C``), or return None."""
    year, colon, code = text.partition(":")
    if not colon or year not in {str(known) for known in CLASSIFICATIONS}:
        return None
    found = parse_sector(code, int(year))
    return found if found and f"{found.classification}:{found.code}" == text else None


def section_or_division(text: str) -> SectorCode | None:
    """Read a sector that has a page and numbers (``2008:25``); None for finer codes."""
    found = read_sector(text)
    return found if found and found.code in {found.section, found.division} else None


def sector_key(text: str) -> str:
    """Return a sector, as lists are narrowed by it, with its classification (``2008:C``)."""
    return text if ":" in text else f"{WZ_2008}:{text}"


def sector_asked(sector: SectorCode) -> str:
    """Return how lists are narrowed to a section or division."""
    code = sector.code
    return code if sector.classification == WZ_2008 else f"{sector.classification}:{code}"


def sector_named(text: str, locale: Locale) -> str | None:
    """Return the title of a sector by which a list is narrowed."""
    found = read_sector(sector_key(text))
    titled = sector_label(found.code, found.classification) if found else None
    return said(titled, locale) if titled else None


def _known_sector(text: str) -> str:
    if read_sector(text) is None:
        unknown = "unknown_sector"
        raise PydanticCustomError(
            unknown, N_("Bitte geben Sie Branchen wie 2008:25 an: Ausgabe der WZ und Schlüssel.")
        )
    return text


def sector_groups(locale: Locale) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the divisions of WZ 2008 as forms offer them, under the titles of their sections."""
    found: dict[str, list[tuple[str, str]]] = {letter: [] for letter in sections(WZ_2008)}
    for code, label in divisions(WZ_2008).items():
        found[section_of(code, WZ_2008) or ""].append((f"2008:{code}", said(label, locale)))
    return [(said(sections(WZ_2008)[letter], locale), rows) for letter, rows in found.items()]


def division_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return digits and title of the divisions of WZ 2008."""
    return [(code, f"{code} {said(label, locale)}") for code, label in _divisions().items()]


def section_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return letter and title of the sections of WZ 2008, for filters."""
    return [(letter, said(label, locale)) for letter, label in sections(WZ_2008).items()]


def _sections() -> Mapping[str, Label]:
    return sections(WZ_2008)


def _divisions() -> Mapping[str, Label]:
    return divisions(WZ_2008)


SectionCode = Annotated[str, *_code_of(_sections)]
DivisionCode = Annotated[str, *_code_of(_divisions)]
Language = Annotated[str, *_code_of(languages)]
OccupationFieldCode = Annotated[str, *_code_of(occupation_fields)]
LegalFormCode = Annotated[str, *_code_of(legal_forms)]
SizeBandCode = Annotated[str, *_code_of(size_bands)]
SectorText = Annotated[
    str,
    AfterValidator(_known_sector),
    WithJsonSchema({"type": "string", "pattern": _SECTOR, "examples": ["2008:25", "2025:C"]}),
]
SectorFilter = Annotated[
    str | None,
    Field(
        pattern="^((2008|2025):)?([A-V]|[0-9]{2})$",
        description="Section (`C`) or division (`25`) of WZ 2008, or of another as `2025:C`.",
    ),
    Asked(N_("Branche"), widget="select", choices=section_choices, further=sector_named),
]
