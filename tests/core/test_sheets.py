"""How foreign files are opened: encodings, delimiters, quotes, and what is no list at all."""

import tracemalloc
from pathlib import Path

import pytest

from app.core.sheets import MAX_COLUMNS, MAX_LINE, UnusableFile, open_sheet, rows

HEADER = "Nr;Firma;Ort\r\n"


@pytest.fixture
def written(tmp_path: Path):
    def write(content: bytes | str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def refusal(path: Path):
    with pytest.raises(UnusableFile) as caught:
        list(rows(open_sheet(path)))
    reason = caught.value.reason
    assert reason.text % reason.params  # every parameter of the message is there
    return reason


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_usual_way_to_write_a_file_gives_the_same_rows(
    written, encoding, found, delimiter, end
):
    lines = ["Nr;Firma;Ort", '1;"Müßig & Söhne – Öl";Köln', "", ";;", '2;"a""b";Bonn']
    sheet = open_sheet(written(end.join(lines).replace(";", delimiter) + end, encoding))
    assert (sheet.encoding, sheet.delimiter) == (found, delimiter)
    assert sheet.headers == ("Nr", "Firma", "Ort")
    assert [(row.line, row.cells) for row in rows(sheet)] == [
        (2, ("1", "Müßig & Söhne – Öl", "Köln")),
        (5, ("2", 'a"b', "Bonn")),
    ]


def test_a_line_of_excel_that_names_the_delimiter_is_no_header(written):
    sheet = open_sheet(written("sep=,\r\nNr,Firma;GmbH,Ort\r\n1,x,y\r\n"))
    assert sheet.headers == ("Nr", "Firma;GmbH", "Ort")
    assert [row.line for row in rows(sheet)] == [3]


def test_delimiters_within_quotes_of_the_header_do_not_count(written):
    assert open_sheet(written('"a,b,c,d";Firma;Ort\n')).headers == ("a,b,c,d", "Firma", "Ort")


def test_a_line_break_within_quotes_keeps_the_physical_line_numbers(written):
    sheet = open_sheet(written(HEADER + '1;"oben\r\nunten";Bonn\r\n2;x;Köln\r\n'))
    assert [(row.line, row.last_line) for row in rows(sheet)] == [(2, 3), (4, 4)]


def test_broken_quotes_cost_their_row_and_no_other(written):
    sheet = open_sheet(written(HEADER + '1;"Zum "Ochsen" GmbH";Bonn\n2;x;Köln\n'))
    assert [(row.line, row.is_broken) for row in rows(sheet)] == [(2, True), (3, False)]


@pytest.mark.parametrize("following", [0, 3, 5_000])
def test_an_unclosed_quote_is_named_with_the_line_where_it_begins(written, following):
    reason = refusal(written(HEADER + "1;x;y\n" + '2;"offen;y\n' + "3;x;y\n" * following))
    assert (reason.code, reason.params["line"]) == ("quote_unclosed", 3)


def test_a_line_of_ten_megabytes_is_refused_in_little_memory(written):
    path = written(HEADER.encode() + b"1;" + b"x" * 10_000_000 + b";y\n")
    tracemalloc.start()
    reason = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (reason.code, reason.params["line"]) == ("line_too_long", 2)
    assert peak < 20 * MAX_LINE


def test_a_byte_that_windows_1252_lacks_is_named_with_its_place(written):
    content = b"Nr;Firma;Ort\r\n1;M\xfcller;Bonn\r\n2;\x81;Bonn\r\n"
    reason = refusal(written(content))
    assert reason.code == "encoding_broken_at"
    assert reason.params == {
        "line": 3,
        "position": content.index(b"\x81") + 1,
        "encoding": "Windows-1252",
    }


def test_one_broken_byte_does_not_turn_a_utf_8_file_into_windows_1252(written):
    lines = [HEADER.encode(), *["1;Müller;Köln\n".encode()] * 3, b"2;M\xfcller;Bonn\n"]
    reason = refusal(written(b"".join(lines)))
    assert (reason.params["line"], reason.params["encoding"]) == (5, "UTF-8")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04 xl/workbook.xml", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1", "RTF"),
        (b"\x1f\x8b\x08", "gepackt"),
        (b"\xef\xbb\xbf\n<html><table>", "HTML"),
    ],
)
def test_another_kind_of_file_is_called_by_its_name(written, content, word):
    reason = refusal(written(content + b"\0" * 100))
    assert reason.code == "file_foreign"
    assert word in reason.text


@pytest.mark.parametrize("content", ["", "\ufeff", "\n\n", ";;;\n", "   \r\n"])
def test_a_file_without_content_is_empty(written, content):
    assert refusal(written(content)).code == "file_empty"


def test_utf_16_without_its_mark_is_refused_as_binary(written):
    assert refusal(written(HEADER, "utf-16-le")).code == "file_binary"


def test_a_truncated_utf_16_file_is_refused(written):
    assert refusal(written((HEADER + "1;x;y").encode("utf-16") + b"\x00")).code == "encoding_broken"


def test_too_many_columns_are_refused(written):
    reason = refusal(written(";".join(["x"] * (MAX_COLUMNS + 1))))
    assert reason.code == "too_many_columns"


def test_a_header_with_broken_quotes_is_not_skipped(written):
    assert refusal(written('"Nr" x;Firma;Ort\n1;a;b\n')).code == "header_broken"


def test_what_is_no_file_is_refused(tmp_path):
    assert refusal(tmp_path).code == "file_missing"
    assert refusal(tmp_path / "nowhere.csv").code == "file_missing"
