"""Open data as files that spreadsheets take, with the licence that they are given under."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.edge.tables import CsvResponse, csv_response
from app.features.neutrality.reporting import Report
from app.features.statistics.reading import Numbers, source
from app.models.statistics import Surface


def _open_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], file_name: str) -> CsvResponse:
    """Answer with a table; its licence stands in every line, and in the ``Link`` header."""
    given = source()
    lines = [(*row, *given.values()) for row in rows]
    answer = csv_response([*header, *given], lines, file_name)
    answer.headers["Link"] = f'<{given["licence_url"]}>; rel="license"'
    return answer


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
    return _open_csv(header, rows, f"kontor-{subject}")


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
    return _open_csv(header, rows, f"kontor-neutrality-{report.first}")
