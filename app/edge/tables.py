"""Tables as files that spreadsheets take: plain, and never a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

# With what a cell begins that spreadsheets calculate, also in the wide letters of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class CsvResponse(Response):
    """A table as CSV (RFC 4180), in UTF-8."""

    media_type = "text/csv"


def csv_response(
    header: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    file_name: str,
    *,
    delimiter: str = ",",
    mark: str = "",
) -> CsvResponse:
    """Answer with a table to be kept as a file.

    German spreadsheets open one with ";" as its ``delimiter`` and a byte order ``mark`` as it is.
    """
    written = io.StringIO()
    written.write(mark)
    out = csv.writer(written, delimiter=delimiter)
    for row in (header, *rows):
        out.writerow([_plain(cell) for cell in row])
    return CsvResponse(
        written.getvalue(),
        headers={"Content-Disposition": f'attachment; filename="{file_name}.csv"'},
    )


def _plain(cell: Any) -> Any:
    """Keep a spreadsheet from taking a text for a formula."""
    is_risky = isinstance(cell, str) and cell.startswith(_FORMULA)
    return f"'{cell}" if is_risky else cell
