"""From bytes to raw rows, in bounded memory: encoding, delimiter, quotes, physical lines.

The file is read twice. The first pass decides on the encoding and finds what makes a whole file
unusable; the second yields rows. Nothing but ``UnusableFile`` is raised for what a file contains.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Any, ClassVar

from app.core.errors import FieldError, Invalid
from app.core.i18n import N_

MAX_LINE = 64 * 1024  # characters of one physical line, and of one record over several lines
MAX_RECORD_LINES = 50
MAX_COLUMNS = 200

_DELIMITERS = (";", ",", "\t")  # at equal counts the first wins
_SEPARATOR_HINT = re.compile(r"^\ufeff?\"?sep=(?P<delimiter>[;,\t])\"?\s*$", re.IGNORECASE)
_FOREIGN_FORMATS = (
    (b"PK\x03\x04", N_("Das ist eine Excel- oder ZIP-Datei; speichern Sie sie als CSV.")),
    (b"\xd0\xcf\x11\xe0", N_("Das ist eine Excel-Datei; speichern Sie sie als CSV.")),
    (b"%PDF", N_("Das ist eine PDF-Datei; gebraucht wird eine CSV-Datei.")),
    (b"{\\rtf", N_("Das ist ein Textdokument (RTF); gebraucht wird eine CSV-Datei.")),
    (b"\x1f\x8b", N_("Das ist eine gepackte Datei; entpacken Sie sie zuerst.")),
    (b"<", N_("Das ist eine HTML- oder XML-Datei; speichern Sie sie als CSV.")),
)


class UnusableFile(Invalid):
    """The file or its mapping as a whole cannot be read; ``errors`` holds the one reason."""

    code: ClassVar[str] = "unusable_file"
    text: ClassVar[str] = N_("Diese Datei kann nicht gelesen werden.")

    @property
    def reason(self) -> FieldError:
        """Why: a stable code, a German text and its parameters."""
        return self.errors[0]


def unusable(text: str, code: str, **params: Any) -> UnusableFile:
    """Build the refusal of a whole file."""
    return UnusableFile(FieldError(("file",), code, text, params))


class Encoding(StrEnum):
    """Encodings that an administrator may name where guessing fails."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"
    ISO_8859_15 = "iso-8859-15"
    MAC_ROMAN = "mac-roman"
    DOS_850 = "cp850"


_CODECS = {Encoding.UTF_8: "utf-8-sig", Encoding.WINDOWS_1252: "cp1252"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read as rows: how it is written, and its header."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_line: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record; ``is_broken`` if its quotes make no sense, and then it has no cells."""

    line: int
    last_line: int
    cells: tuple[str, ...]
    is_broken: bool = False


def open_sheet(path: Path, encoding: Encoding | None = None) -> Sheet:
    """Decide how ``path`` is written and read its header; refuse what is no list of rows."""
    try:
        guessed = _encoding(path, encoding)
        head = next(_lines(path, guessed), None)
    except OSError as error:
        raise unusable(
            N_("Die Datei lässt sich nicht öffnen: %(reason)s"),
            "file_unreadable",
            reason=error.strerror or type(error).__name__,
        ) from error
    hint = _SEPARATOR_HINT.match(head[1]) if head else None
    delimiter = hint["delimiter"] if hint else _most_frequent_delimiter(head[1] if head else "")
    sheet = Sheet(path, guessed, delimiter, (), head[0] if hint and head else 0)
    header = next(rows(sheet), None)
    if header is None:
        raise unusable(N_("Die Datei ist leer."), "file_empty")
    if header.is_broken:
        raise unusable(
            N_("In der Kopfzeile (Zeile %(line)s) sind die Anführungszeichen nicht richtig."),
            "header_broken",
            line=header.line,
        )
    headers = tuple(" ".join(cell.split()) for cell in header.cells)
    if len(headers) > MAX_COLUMNS:
        raise unusable(
            N_("Die Datei hat %(columns)s Spalten; erlaubt sind höchstens %(limit)s."),
            "too_many_columns",
            columns=len(headers),
            limit=MAX_COLUMNS,
        )
    return Sheet(path, guessed, delimiter, headers, header.last_line)


def rows(sheet: Sheet) -> Iterator[RawRow]:
    """Yield the records after the header; blank lines are passed over."""
    source = _Lines(_lines(sheet.path, sheet.encoding), sheet.header_line)
    reader = csv.reader(source, delimiter=sheet.delimiter, strict=True)
    while True:
        source.begin_record()
        try:
            cells = next(reader, None)
        except csv.Error:
            if source.is_exhausted:
                raise source.unclosed() from None
            yield RawRow(source.first, source.last, (), is_broken=True)
            continue
        if cells is None:
            return
        if any(cell and not cell.isspace() for cell in cells):
            yield RawRow(source.first, source.last, tuple(cells))


class _Lines:
    """Feeds ``csv.reader`` and knows where the present record began and how large it is."""

    def __init__(self, lines: Iterator[tuple[int, str]], skip_to: int) -> None:
        self._lines = lines
        self._skip_to = skip_to
        self._size = 0
        self.first = self.last = 0
        self.is_exhausted = False

    def begin_record(self) -> None:
        self.first = 0
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if number <= self._skip_to:
                continue
            self.first = self.first or number
            self.last = number
            self._size += len(line)
            if self._size > MAX_LINE or number - self.first >= MAX_RECORD_LINES:
                raise self.unclosed()
            return line
        self.is_exhausted = True
        raise StopIteration

    def unclosed(self) -> UnusableFile:
        return unusable(
            N_("In Zeile %(line)s beginnt ein Anführungszeichen, das nicht geschlossen wird."),
            "quote_unclosed",
            line=self.first,
        )


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield physical lines with their numbers; line ends may be CRLF, LF or CR."""
    with path.open("rb") as raw, TextIOWrapper(raw, encoding=encoding, newline="") as text:
        number = 0
        try:
            while line := text.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise _too_long(number)
                yield number, line
        except UnicodeError as error:
            raise unusable(
                N_("Nach Zeile %(line)s folgt ein Byte, das in %(encoding)s nicht vorkommt."),
                "encoding_broken",
                line=number,
                encoding=encoding.upper().removesuffix("-SIG"),
            ) from error


def _too_long(line: int) -> UnusableFile:
    return unusable(
        N_("Zeile %(line)s ist länger als %(limit)s Zeichen. Ist das eine CSV-Datei?"),
        "line_too_long",
        line=line,
        limit=MAX_LINE,
    )


def _encoding(path: Path, told: Encoding | None) -> str:
    """Decide: what was told, valid UTF-8, Windows-1252; UTF-16 only with its byte order mark."""
    if not path.is_file():
        raise unusable(N_("Unter diesem Namen gibt es keine Datei."), "file_missing")
    with path.open("rb") as raw:
        head = raw.read(4096)
    _refuse_foreign_formats(head)
    if told:
        return _CODECS.get(told, told.value)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head and head.count(b"\0") * 10 > len(head):
        raise unusable(
            N_("Das ist keine Textdatei. Speichern Sie die Liste als CSV in UTF-8."),
            "file_binary",
        )
    return _narrow_encoding(path)


def _refuse_foreign_formats(head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    for magic, text in _FOREIGN_FORMATS:
        if start.startswith(magic):
            raise unusable(text, "file_foreign")


def _narrow_encoding(path: Path) -> str:
    valid_lines = 0  # lines that are UTF-8 and not merely ASCII
    first_invalid: tuple[int, int] | None = None
    undefined: tuple[int, int] | None = None
    invalid_lines = position = 0
    # Latin-1 maps every byte to the character of its number, so lines come as bytes again.
    for number, line in _lines(path, "latin-1"):
        if not line.isascii():
            raw = line.encode("latin-1")
            fault = _utf8_fault(raw)
            if fault is None:
                valid_lines += 1
            else:
                invalid_lines += 1
                first_invalid = first_invalid or (number, position + fault + 1)
                hole = _CP1252_HOLES.search(raw)
                if hole and not undefined:
                    undefined = (number, position + hole.start() + 1)
        position += len(line)
    if first_invalid is None:
        return "utf-8-sig"
    if valid_lines > invalid_lines:
        raise _not_in(first_invalid, "UTF-8")
    if undefined:
        raise _not_in(undefined, "Windows-1252")
    return "cp1252"


_CP1252_HOLES = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def _utf8_fault(raw: bytes) -> int | None:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _not_in(where: tuple[int, int], encoding: str) -> UnusableFile:
    return unusable(
        N_(
            "In Zeile %(line)s (Byte %(position)s der Datei) steht ein Byte, das in %(encoding)s "
            "nicht vorkommt. Speichern Sie die Datei neu als CSV in UTF-8."
        ),
        "encoding_broken_at",
        line=where[0],
        position=where[1],
        encoding=encoding,
    )


def _most_frequent_delimiter(header: str) -> str:
    outside_quotes = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)
