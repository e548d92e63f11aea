"""The report of an import: one CSV row per finding, and a summary to print."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.core.i18n import N_
from app.features.companies.importing.findings import MESSAGES, Finding, Grade
from app.features.companies.importing.members_list import Entry

HEADERS = (N_("Zeile"), N_("Spalte"), N_("Art"), N_("Code"), N_("Meldung"))
GRADES = {
    Grade.REJECTED: N_("abgelehnt"),
    Grade.WARNING: N_("Warnung"),
    Grade.NOTE: N_("Hinweis"),
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
Translate = Callable[..., str]


class TextSink(Protocol):
    def write(self, text: str, /) -> Any:
        """Take some text."""


def formula_safe(cell: str) -> str:
    """Return a cell that no spreadsheet reads as a formula (ASVS 1.2.10)."""
    bare = cell.replace("\0", "")
    return f"'{bare}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else bare


def report_row(said: Finding, translate: Translate) -> tuple[str, str, str, str, str]:
    """Return line, column, grade, code and message of a finding, safe for a spreadsheet."""
    message = translate(said.text, **said.params)
    cells = (said.column, translate(GRADES[said.grade]), said.code, message)
    return (str(said.line), *map(formula_safe, cells))  # type: ignore[return-value]


def write_report(sink: TextSink, findings: Iterable[Finding], translate: Translate) -> int:
    """Write findings as CSV with semicolons and return how many; cells of the list never appear.

    Open the file with ``newline=""`` and ``encoding="utf-8-sig"``, which spreadsheets understand.
    """
    writer = csv.writer(sink, delimiter=";", lineterminator="\r\n")
    writer.writerow([translate(header) for header in HEADERS])
    written = 0
    for said in findings:
        writer.writerow(report_row(said, translate))
        written += 1
    return written


@dataclass(slots=True)
class Summary:
    """What became of the records of a list, counted while they pass by."""

    records: int = 0
    accepted: int = 0
    rejected: int = 0
    passed_over: int = 0
    by_code: Counter[str] = field(default_factory=Counter)

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Count entries on their way through."""
        for entry in entries:
            self.count(entry)
            yield entry

    def count(self, entry: Entry) -> None:
        """Count one entry: accepted, rejected, or passed over as a repetition."""
        self.records += 1
        self.by_code.update({said.code for said in entry.findings})
        if entry.company is not None:
            self.accepted += 1
        elif any(said.grade is Grade.REJECTED for said in entry.findings):
            self.rejected += 1
        else:
            self.passed_over += 1

    def lines(self, translate: Translate) -> Iterator[str]:
        """Yield the summary line by line: the totals, then each code with its number of rows."""
        yield translate(
            N_(
                "%(records)s Zeilen gelesen: %(accepted)s übernommen, %(rejected)s abgelehnt, "
                "%(passed_over)s als Wiederholung übergangen."
            ),
            records=self.records,
            accepted=self.accepted,
            rejected=self.rejected,
            passed_over=self.passed_over,
        )
        for code, rows in sorted(self.by_code.items(), key=lambda item: (-item[1], item[0])):
            grade = GRADES[MESSAGES[code][0]]
            yield f"{rows:>7}  {code} ({translate(grade)})"
