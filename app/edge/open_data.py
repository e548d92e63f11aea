"""Open data as files that spreadsheets take: plain, and never a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

from app.features.neutrality.reporting import Report
from app.features.statistics.reading import Numbers, source
from app.models.statistics import Surface

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvResponse(Response):
    """A table as CSV (RFC 4180), in UTF-8."""

    media_type = "text/csv"


def csv_response(
    header: Sequence[str], rows: Iterable[Sequence[Any]], file_name: str
) -> CsvResponse:
    """Answer with a table; its licence stands in every line, and in the ``Link`` header."""
    given = source()
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow([*header, *given])
    for row in rows:
        out.writerow([_plain(cell) for cell in (*row, *given.values())])
    return CsvResponse(
        written.getvalue(),
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}.csv"',
            "Link": f'<{given["licence_url"]}>; rel="license"',
        },
    )


def _plain(cell: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    is_risky = isinstance(cell, str) and cell.startswith(_FORMULA)
    return f"'{cell}" if is_risky else cell


def numbers_csv(numbers: Numbers | None, subject: str) -> CsvResponse:
    """Answer with the numbers about one subject."""
    rows = [
        (
            line.figure.measure,
            line.item if line.figure.item else "",
            line.label,
            "" if line.figure.value is None else line.figure.value,
            line.figure.withheld or "",
            numbers.counted_at.isoformat(),
        )
        for line in (numbers.lines if numbers else ())
        if numbers
    ]
    header = ("measure", "item", "label", "value", "withheld", "counted_at")
    return csv_response(header, rows, f"kontor-{subject}")


def report_csv(report: Report) -> CsvResponse:
    """Answer with the neutrality report, a line for each type of member and way of appearing."""
    rows = [
        (
            report.first.isoformat(),
            report.last.isoformat(),
            line.author,
            line.name,
            surface,
            "" if count.number is None else count.number,
            "" if count.share is None else count.share,
            count.withheld or "",
        )
        for line in report.lines
        for surface, count in (
            (Surface.STANDING, line.posts),
            *line.appeared.items(),
            (Surface.MEMBERS, line.members),
            *line.met.items(),
        )
        if count
    ]
    header = ("first", "last", "author", "label", "surface", "number", "share", "withheld")
    return csv_response(header, rows, f"kontor-neutrality-{report.first}")
