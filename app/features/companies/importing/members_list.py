"""A members' list from end to end: opened, columns mapped, repeated numbers found, rows read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from app.core.sheets import Encoding, RawRow, Sheet, open_sheet, rows
from app.features.companies.importing.cleaning import (
    CompanyRow,
    clean_row,
    external_key,
    member_number,
)
from app.features.companies.importing.columns import Columns, Field, map_columns, read_mapping
from app.features.companies.importing.findings import Finding, finding
from app.reference.sectors import WZ_2008

_MOST_LINES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the list: a company to take, or none, and what there is to say about it."""

    line: int
    company: CompanyRow | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MembersList:
    """An opened list. ``record_count`` is for progress; iterate ``entries`` once per pass."""

    sheet: Sheet
    columns: Columns
    record_count: int
    classification: int
    this_year: int
    _repeated: Mapping[str, "_Repetition"]

    def entries(self) -> Iterator[Entry]:
        """Yield every record in the order of the file, each number at most once as a company."""
        for row in rows(self.sheet):
            yield self._entry(row)

    def _entry(self, row: RawRow) -> Entry:
        spoiled = _shape(row, self.columns)
        if row.is_broken or len(row.cells) > len(self.columns.headers):
            return Entry(row.line, None, tuple(spoiled))
        repeated = self._repeated.get(_number_key(row, self.columns))
        if repeated and not repeated.differs and row.line != repeated.lines[0]:
            column = self.columns.header(Field.MEMBER_NUMBER)
            said = finding(row.line, column, "duplicate_same", first=repeated.lines[0])
            return Entry(row.line, None, (said,))
        company, findings = clean_row(
            row.line,
            row.cells,
            self.columns,
            classification=self.classification,
            this_year=self.this_year,
        )
        if repeated and repeated.differs:
            company = None
            column = self.columns.header(Field.MEMBER_NUMBER)
            told = finding(row.line, column, "duplicate_differs", lines=repeated.named())
            findings.append(told)
        return Entry(row.line, company, (*spoiled, *findings))


@dataclass(frozen=True, slots=True)
class _Repetition:
    """A member number that stands in several lines, with the same cells or with other ones."""

    lines: tuple[int, ...]
    differs: bool

    def named(self) -> str:
        shown = ", ".join(map(str, self.lines[:_MOST_LINES_NAMED]))
        return f"{shown}, …" if len(self.lines) > _MOST_LINES_NAMED else shown


def open_members_list(
    path: Path,
    *,
    this_year: int,
    mapping: Path | None = None,
    encoding: Encoding | None = None,
    classification: int = WZ_2008,
) -> MembersList:
    """Open ``path`` and find out all that concerns the file as a whole.

    Refuses with ``UnusableFile``. ``classification`` is the WZ version of sector codes where the
    list does not name one. The whole file is read once here, for numbers that repeat.
    """
    sheet = open_sheet(path, encoding)
    columns = map_columns(sheet.headers, read_mapping(mapping) if mapping else None)
    count, repeated = _repetitions(sheet, columns)
    return MembersList(sheet, columns, count, classification, this_year, repeated)


def _shape(row: RawRow, columns: Columns) -> list[Finding]:
    """Say what is wrong with the number of cells, or with the quotes around them."""
    if row.is_broken:
        return [finding(row.line, "", "quotes_broken", first=row.line, last=row.last_line)]
    wanted, given = len(columns.headers), len(row.cells)
    if given == wanted:
        return []
    code = "too_many_cells" if given > wanted else "too_few_cells"
    return [finding(row.line, "", code, cells=given, columns=wanted)]


def _number_key(row: RawRow, columns: Columns) -> str:
    position = columns.index[Field.MEMBER_NUMBER]
    raw = row.cells[position] if position < len(row.cells) else ""
    return external_key(member_number(raw))


def _repetitions(sheet: Sheet, columns: Columns) -> tuple[int, dict[str, _Repetition]]:
    """Count the records and find the numbers that repeat; a digest stands for a row's cells."""
    first: dict[str, tuple[int, bytes]] = {}
    repeated: dict[str, _Repetition] = {}
    count = 0
    for row in rows(sheet):
        count += 1
        key = "" if row.is_broken else _number_key(row, columns)
        if not key or len(row.cells) > len(columns.headers):
            continue
        digest = _digest(row, columns)
        line, known = first.setdefault(key, (row.line, digest))
        if line == row.line:
            continue
        so_far = repeated.get(key, _Repetition((line,), differs=False))
        repeated[key] = _Repetition(
            (*so_far.lines[: _MOST_LINES_NAMED + 1], row.line)[: _MOST_LINES_NAMED + 1],
            differs=so_far.differs or digest != known,
        )
    return count, repeated


def _digest(row: RawRow, columns: Columns) -> bytes:
    told = (row.cells[i] for i in columns.index.values() if i < len(row.cells))
    text = "\x1f".join(" ".join(cell.split()) for cell in told)
    return blake2b(text.encode(), digest_size=16).digest()
