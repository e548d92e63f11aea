"""Posts from a table: each row of a CSV file is read like a form that somebody filled in.

The columns are the fields of the kind's draft, by name (``details.price_eur``, or ``price_eur``
where only one field is called so) or by what the form calls them in German or English. Cells of
lists are separated by ``|``; choices are given by their value or by what the form calls them.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from starlette.datastructures import FormData, UploadFile

from app.core.errors import FieldError, Invalid, Refusal
from app.core.i18n import LOCALES, N_, Locale, translate
from app.core.sheets import RawRow, Sheet, UnusableFile, open_sheet, rows
from app.edge.forms import Form, form_for, read_form
from app.features.posts.drafts import KINDS, PostDraft, draft_of, stored
from app.features.posts.syncing import MAX_ITEMS, Wish

SEPARATOR = "|"
_MANY = frozenset({"checkboxes", "tags", "lines"})
_JOINED = {"tags": ",", "lines": "\n"}
_YES = frozenset({"ja", "yes", "true", "wahr", "x", "1"})
# Of each row the sheet as a whole decides these.
_FIXED = frozenset({"details.kind", "company_id", "group_id", "attachments", "confirmed", "files"})


@dataclass(frozen=True, slots=True)
class PostRow:
    """One row of a file, read: its line there, and what is wished."""

    line: int
    wish: Wish


def template_for(kind: str, locale: Locale) -> bytes:
    """Return a file to fill in: its columns in the reader's language, and the kind's example."""
    example = KINDS[kind].example
    values = {
        "details": {"kind": kind, **stored(example)},
        "title": translate(N_("Ein Beispiel"), locale),
        "body": translate(N_("Hier steht die Beschreibung."), locale),
        "external_id": "1",
    }
    form = form_for(draft_of(kind), values, locale=locale)
    fields = [field for field in form.fields if field.name not in _FIXED]
    fields.sort(key=lambda field: field.name != "external_id")
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    known = _known(kind)
    writer.writerow(
        field.label if known[field.label.casefold()] == field.name else field.name
        for field in fields
    )
    writer.writerow(_cell(form, field.name) for field in fields)
    return written.getvalue().encode("utf-8-sig")


def _cell(form: Form, name: str) -> str:
    field = form[name]
    said = {option.value: option.label for option in field.options}
    if isinstance(field.value, list):
        return SEPARATOR.join(said.get(one) or one for one in field.value)
    if isinstance(field.value, bool):
        return "x" if field.value else ""
    return said.get(field.value, field.value) if field.value else ""


def read_posts(kind: str, path: Path, *, company_id: UUID | None = None) -> Iterator[PostRow]:
    """Read at most 500 posts of a kind; a row that cannot be read says why.

    Raises UnusableFile for what is no list of rows, and for a header that names no such field.
    """
    sheet = open_sheet(path)
    draft = draft_of(kind)
    columns = _columns(kind, sheet)
    for number, row in enumerate(rows(sheet)):
        if number >= MAX_ITEMS:
            text = N_("Eine Datei darf höchstens 500 Beiträge enthalten. Bitte teilen Sie sie auf.")
            raise UnusableFile(FieldError(("file",), "too_many_rows", text))
        yield PostRow(row.line, _wish(kind, draft, columns, row, company_id))


def reasons_of(refusal: Refusal) -> list[str]:
    """Say what is wrong with a row, field by field."""
    if not (isinstance(refusal, Invalid) and refusal.errors):
        return [translate(refusal.text, **refusal.params)]
    told = [(error.path, translate(error.text, **error.params)) for error in refusal.errors]
    return [f"{'.'.join(map(str, path))}: {text}" if path else text for path, text in told]


def _known(kind: str) -> dict[str, str]:
    """Return the fields by all that a column may be called; of two fields, a name's own wins."""
    known: dict[str, str] = {}
    for locale in LOCALES:
        for field in form_for(draft_of(kind), locale=locale).fields:
            if field.name not in _FIXED:
                for name in (field.name, field.name.rpartition(".")[2], field.label):
                    known.setdefault(name.casefold(), field.name)
    return known


def _columns(kind: str, sheet: Sheet) -> list[str]:
    """Return the field that each column holds."""
    known = _known(kind)
    columns = [known.get(header.casefold(), "") for header in sheet.headers]
    if strange := [h for h, name in zip(sheet.headers, columns, strict=True) if not name]:
        text = N_("Die Spalte %(number)s gehört zu keinem Feld dieser Art.")
        number = sheet.headers.index(strange[0]) + 1
        error = FieldError(("file",), "unknown_column", text, {"number": number})
        raise UnusableFile(error)
    if "external_id" not in columns:
        text = N_("Es fehlt die Spalte „Kennung im eigenen System“ (external_id).")
        raise UnusableFile(FieldError(("file",), "no_external_id", text))
    return columns


def _wish(
    kind: str, draft: type[PostDraft], columns: list[str], row: RawRow, company_id: UUID | None
) -> Wish:
    if row.is_broken or len(row.cells) > len(columns):
        text = N_("Anführungszeichen oder Zahl der Spalten stimmen in dieser Zeile nicht.")
        return Wish("", refusal=Invalid(FieldError((), "row_broken", text)))
    cells = {name: cell.strip() for name, cell in zip(columns, row.cells, strict=False)}
    name = cells.get("external_id", "")[:100]
    try:
        read = read_form(draft, _form(kind, draft, cells))
        if read.external_id is None:
            text = N_("Bitte füllen Sie dieses Feld aus.")
            raise Invalid(FieldError(("external_id",), "missing", text))
    except Refusal as refusal:
        return Wish(name, refusal=refusal)
    return Wish(name, read.model_copy(update={"company_id": company_id}))


def _form(kind: str, draft: type[PostDraft], cells: dict[str, str]) -> FormData:
    """Return a row as the browser would post it."""
    posted: list[tuple[str, str | UploadFile]] = [("details.kind", kind)]
    forms = [form_for(draft, locale=locale) for locale in LOCALES]
    for name, cell in cells.items():
        fields = [form[name] for form in forms]
        values = {
            option.label.casefold(): option.value for field in fields for option in field.options
        }
        widget = fields[0].widget
        if widget == "checkbox":
            posted += [(name, "true")] if cell.casefold() in _YES else []
        elif widget in _MANY:
            parts = [values.get(p.strip().casefold(), p.strip()) for p in cell.split(SEPARATOR)]
            if joined := _JOINED.get(widget):
                parts = [joined.join(parts)]
            posted += [(name, part) for part in parts if part]
        elif widget == "date":
            posted.append((name, _iso(cell)))
        else:
            posted.append((name, values.get(cell.casefold(), cell)))
    return FormData(posted)


def _iso(cell: str) -> str:
    """Return a German date (14.01.2027) as forms post it; anything else as it is."""
    parts = cell.split(".")
    if len(parts) == 3 and all(part.isdigit() for part in parts):  # noqa: PLR2004 - day, month, year
        return f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    return cell
