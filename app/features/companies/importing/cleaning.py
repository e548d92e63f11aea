"""One raw row becomes one clean company, or the reasons why not."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.features.companies.importing import activity, addresses, contacts, registers
from app.features.companies.importing.cells import clean, is_nothing
from app.features.companies.importing.columns import Columns, Field
from app.features.companies.importing.findings import Finding, Grade, finding
from app.features.companies.importing.legal_forms import legal_form
from app.reference.sectors import SectorCode

LIMITS: Mapping[Field, int] = {
    Field.MEMBER_NUMBER: 64,
    Field.NAME: 200,
    Field.NAME_ADDITION: 200,
    Field.STREET: 120,
    Field.HOUSE_NUMBER: 20,
    Field.TOWN: 100,
}
MAX_CELL = 1000  # of all other fields
_IDENTIFYING = frozenset({Field.MEMBER_NUMBER, Field.NAME, Field.NAME_ADDITION})
_FREE_TEXT = frozenset({Field.STREET, Field.HOUSE_NUMBER, Field.TOWN, Field.REGISTER_COURT})
_SPELLED = _IDENTIFYING | {Field.STREET, Field.TOWN}
T = TypeVar("T")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company as a members' list tells it, every value in the form in which it is stored."""

    line: int
    external_id: str
    name: str
    legal_form: str | None
    street: str
    house_number: str
    postcode: str
    town: str
    phone: str | None
    email: str | None
    other_emails: tuple[str, ...]
    website: str | None
    register_court: str | None
    register_type: str | None
    register_number: str | None
    vat_id: str | None
    sectors: tuple[SectorCode, ...]
    size_band: str | None
    trains_apprentices: bool | None
    founded_year: int | None

    @property
    def external_key(self) -> str:
        """The member number by which lists are compared: case and lost zeros do not count."""
        return external_key(self.external_id)

    @property
    def address_line(self) -> str:
        """Street and house number on one line."""
        return f"{self.street} {self.house_number}".strip()


def external_key(member_number: str) -> str:
    """Return what a member number is compared by: ``0012`` is ``12`` once a spreadsheet had it."""
    key = member_number.casefold()
    return (key.lstrip("0") or "0") if key.isdecimal() else key


def member_number(raw: str) -> str:
    """Return a member number as text, without the ``.0`` that number columns gain."""
    text = clean(raw).text
    return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text


def clean_row(
    line: int, cells: Sequence[str], columns: Columns, *, classification: int, this_year: int
) -> tuple[CompanyRow | None, list[Finding]]:
    """Turn the cells of one record into a company; None if any finding rejects it."""
    row = _Row(line, cells, columns)
    company = row.company(columns.classification or classification, this_year)
    is_rejected = any(said.grade is Grade.REJECTED for said in row.findings)
    return (None if is_rejected else company), row.findings


class _Row:
    """The cells of one record, and what has been found in them so far."""

    def __init__(self, line: int, cells: Sequence[str], columns: Columns) -> None:
        self.line = line
        self.columns = columns
        self.findings: list[Finding] = []
        self._texts = {
            field: self._text(field, cells[index])
            for field, index in columns.index.items()
            if index < len(cells) and cells[index]
        }

    def say(self, field: Field, code: str, **params: Any) -> None:
        self.findings.append(finding(self.line, self.columns.header(field), code, **params))

    def text(self, field: Field) -> str:
        """Return the clean text of a cell; empty if it says nothing."""
        text = self._texts.get(field, "")
        return text if field in _IDENTIFYING or not is_nothing(text) else ""

    def company(self, classification: int, this_year: int) -> CompanyRow:
        name = self._name()
        form = self._legal_form(name)
        postcode, town = self._place()
        street, house_number = addresses.street(
            self.text(Field.STREET), self.text(Field.HOUSE_NUMBER)
        )
        emails = self._emails()
        register, number = self._register_number(form)
        return CompanyRow(
            line=self.line,
            external_id=self._member_number(),
            name=name,
            legal_form=form,
            street=street,
            house_number=house_number,
            postcode=postcode,
            town=town,
            phone=self._read(Field.PHONE, contacts.phone, "phone_unusable"),
            email=emails[0] if emails else None,
            other_emails=emails[1:],
            website=self._read(Field.WEBSITE, contacts.website, "website_unusable"),
            register_court=self._read(
                Field.REGISTER_COURT, registers.register_court, "register_court_unusable"
            ),
            register_type=register,
            register_number=number,
            vat_id=self._read(Field.VAT_ID, registers.vat_id, "vat_id_unusable"),
            sectors=self._sectors(classification),
            size_band=self._read(Field.STAFF_COUNT, activity.size_band, "staff_count_unusable"),
            trains_apprentices=self._read(
                Field.TRAINS_APPRENTICES, activity.yes_or_no, "yes_or_no_unclear"
            ),
            founded_year=self._read(
                Field.FOUNDED_YEAR,
                lambda text: activity.founded_year(text, this_year),
                "founded_year_unusable",
            ),
        )

    def _text(self, field: Field, raw: str) -> str:
        cell = clean(raw)
        if cell.has_control:
            self.say(field, "control_characters")
        if cell.is_formula and field in _IDENTIFYING and not is_nothing(cell.text):
            self.say(field, "formula")
        elif cell.is_formula and field in _FREE_TEXT and not is_nothing(cell.text):
            self.say(field, "formula_kept")
        has_markup = cell.has_markup and field in _IDENTIFYING | _FREE_TEXT
        if has_markup:
            self.say(field, "markup" if field in _IDENTIFYING else "markup_dropped")
        length, limit = len(cell.text), LIMITS.get(field, MAX_CELL)
        if length > limit:
            self.say(
                field, "too_long" if field in LIMITS else "cell_dropped", length=length, limit=limit
            )
            return ""  # nothing long reaches the patterns below: some take quadratic time
        if field in _SPELLED and cell.is_damaged:
            self.say(field, "characters_lost")
        if field in _SPELLED and cell.is_repaired:
            self.say(field, "characters_repaired")
        return "" if has_markup else cell.text

    def _is_told(self, field: Field) -> bool:
        """Whether something has been said that explains why the field is empty."""
        header = self.columns.header(field)
        return any(said.column == header and said.grade is not Grade.NOTE for said in self.findings)

    def _read(self, field: Field, read: Callable[[str], T | None], unusable: str) -> T | None:
        text = self.text(field)
        value = read(text) if text else None
        if text and value is None:
            self.say(field, unusable)
        return value

    def _member_number(self) -> str:
        number = member_number(self.text(Field.MEMBER_NUMBER))
        if not any(map(str.isalnum, number)):
            if not self._is_told(Field.MEMBER_NUMBER):
                self.say(Field.MEMBER_NUMBER, "member_number_missing")
        elif _ROUNDED.fullmatch(number):
            self.say(Field.MEMBER_NUMBER, "member_number_damaged")
        return number

    def _name(self) -> str:
        first = self.text(Field.NAME)
        if not any(map(str.isalnum, first)):
            if not self._is_told(Field.NAME):
                self.say(Field.NAME, "name_missing")
            return ""
        addition = self.text(Field.NAME_ADDITION)
        name = first if is_nothing(addition) else f"{first} {addition}"
        if _LINK.search(name) and not self._is_told(Field.NAME):
            self.say(Field.NAME, "name_is_link")
        limit = LIMITS[Field.NAME]
        if len(name) > limit and not self._is_told(Field.NAME):
            self.say(Field.NAME, "too_long", length=len(name), limit=limit)
        return name

    def _legal_form(self, name: str) -> str | None:
        form, is_understood = legal_form(self.text(Field.LEGAL_FORM), name)
        if not is_understood:
            self.say(Field.LEGAL_FORM, "legal_form_unknown")
        return form

    def _place(self) -> tuple[str, str]:
        told, town = self.text(Field.POSTCODE), self.text(Field.TOWN)
        if not told:
            told, town = addresses.split_postcode(town)
        field = Field.POSTCODE if Field.POSTCODE in self.columns.index else Field.TOWN
        postcode = addresses.postcode(told) if told else None
        if told and postcode is None:
            self.say(field, "postcode_unusable")
        elif postcode and postcode not in told:
            self.say(field, "postcode_restored")
        if not postcode and not any(map(str.isalpha, town)):
            self.say(field, "place_missing")
        return postcode or "", addresses.town(town)

    def _emails(self) -> tuple[str, ...]:
        text = self.text(Field.EMAIL)
        if not text:
            return ()
        found, is_complete = contacts.emails(text)
        if not is_complete:
            self.say(Field.EMAIL, "email_unusable")
        return found

    def _register_number(self, form: str | None) -> tuple[str, str] | tuple[None, None]:
        found = self._read(
            Field.REGISTER_NUMBER,
            lambda text: registers.register_number(text, form),
            "register_number_unusable",
        )
        if found is None:
            return None, None
        if not registers.is_likely(found[0], form):
            self.say(Field.REGISTER_NUMBER, "register_unlikely", register=found[0])
        return found

    def _sectors(self, classification: int) -> tuple[SectorCode, ...]:
        text = self.text(Field.SECTOR)
        if not text:
            return ()
        found, is_complete = activity.sectors(text, classification)
        if not is_complete:
            self.say(Field.SECTOR, "sector_unknown", classification=classification)
        return found
