"""A whole list: repetitions, reports, ugly files, speed, and bytes that mean nothing."""

import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from app.core.errors import FieldError
from app.core.sheets import UnusableFile
from app.features.companies.importing.cleaning import clean_row
from app.features.companies.importing.columns import Field, map_columns
from app.features.companies.importing.findings import MESSAGES, Finding, Grade, finding
from app.features.companies.importing.members_list import open_members_list
from app.features.companies.importing.reporting import Summary, formula_safe, write_report

SAMPLE = Path(__file__).parents[5] / "shared" / "reference" / "members_sample_cp1252.csv"
HEADER = "Mitgliedsnr.;Firma;PLZ;Ort;Umsatz"


def german(text: str, **params: object) -> str:
    return text % params if params else text


def entries(path: Path):
    return list(open_members_list(path, this_year=2026).entries())


@pytest.fixture
def listed(tmp_path: Path):
    def write(*lines: str, header: str = HEADER) -> Path:
        path = tmp_path / "list.csv"
        path.write_text("\r\n".join([header, *lines]), "cp1252", newline="")
        return path

    return write


def test_an_identical_row_is_passed_over_with_a_note(listed):
    path = listed("1;A;44795;Bochum;9", "2;B;44795;Bochum;", " 1 ; A ;44795;Bochum;8")
    found = entries(path)
    assert [entry.company is not None for entry in found] == [True, True, False]
    assert [(f.code, f.params) for f in found[2].findings] == [("duplicate_same", {"first": 2})]


def test_differing_rows_of_one_number_are_all_rejected_naming_each_other(listed):
    path = listed("0017;A;44795;Bochum;", "2;B;44795;Bochum;", "17;C;44795;Bochum;")
    found = entries(path)
    assert [entry.company is not None for entry in found] == [False, True, False]
    for entry in (found[0], found[2]):
        assert [(f.code, f.params) for f in entry.findings] == [
            ("duplicate_differs", {"lines": "2, 4"})
        ]


def test_a_number_that_repeats_without_end_names_a_few_lines(listed):
    found = entries(listed(*[f"1;Firma {n};44795;Bochum;" for n in range(40)]))
    assert {entry.findings[-1].params["lines"] for entry in found} == {"2, 3, 4, 5, 6, …"}


def test_a_row_with_too_many_cells_is_rejected_and_a_short_one_filled(listed):
    found = entries(listed("1;A;B;44795;Bochum;9", "2;B;44795"))
    assert [f.code for f in found[0].findings] == ["too_many_cells"]
    assert found[0].company is None
    assert [f.code for f in found[1].findings] == ["too_few_cells"]
    assert found[1].company is not None


def test_columns_that_nobody_asked_for_are_named(listed):
    assert open_members_list(listed(), this_year=2026).columns.unmapped == ("Umsatz",)


def test_the_report_is_safe_for_spreadsheets_and_never_repeats_a_cell(listed):
    path = listed("1;=cmd|' /C calc'!A0;44795;Bochum;", header=HEADER.replace("Firma", "-Firma"))
    mapping = path.with_suffix(".toml")
    mapping.write_text('name = "-Firma"', "utf-8")
    opened = open_members_list(path, this_year=2026, mapping=mapping)
    sink = io.StringIO()
    written = write_report(sink, (f for e in opened.entries() for f in e.findings), german)
    rows = list(csv.reader(io.StringIO(sink.getvalue()), delimiter=";"))
    assert written == 1
    assert rows[0] == ["Zeile", "Spalte", "Art", "Code", "Meldung"]
    assert rows[1][:4] == ["2", "'-Firma", "abgelehnt", "formula"]
    assert "cmd" not in sink.getvalue()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "  =", "\0=", "＝"])
def test_no_report_cell_begins_like_a_formula(start):
    assert formula_safe(f"{start}1").startswith("'")


def test_the_summary_counts_what_became_of_every_row(listed):
    path = listed("1;A;44795;Bochum;", "1;A;44795;Bochum;", "2;;44795;Bochum;", "3;C;1067;Bonn;")
    summary = Summary()
    list(summary.watch(open_members_list(path, this_year=2026).entries()))
    counted = (summary.records, summary.accepted, summary.rejected, summary.passed_over)
    assert counted == (4, 2, 1, 1)
    lines = list(summary.lines(german))
    assert lines[0].startswith("4 Zeilen gelesen: 2 übernommen, 1 abgelehnt")
    assert any("name_missing" in line for line in lines)


def test_every_message_is_told_without_exclamation_and_knows_its_code():
    for code, (grade, text) in MESSAGES.items():
        assert finding(1, "x", code).grade is grade
        assert "!" not in text
        assert text.endswith(".")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample list is not beside the repository")
def test_the_sample_of_an_old_system_is_taken_but_for_two_rows():
    opened = open_members_list(SAMPLE, this_year=2026)
    found = list(opened.entries())
    assert opened.columns.unmapped == ()
    assert opened.record_count == len(found) == 300
    rejections = [f for e in found for f in e.findings if f.grade is Grade.REJECTED]
    assert [(f.line, f.code) for f in rejections] == [(121, "name_missing"), (230, "formula")]
    warned = {f.code for e in found if e.company for f in e.findings}
    assert warned == {"characters_lost", "postcode_restored", "register_unlikely"}


SOUP = st.one_of(
    st.binary(max_size=400),
    st.text(st.sampled_from(';,\t"\r\n\0aß=<&?€'), max_size=300).map(str.encode),
    st.text(max_size=200).map(lambda text: text.encode("cp1252", "replace")),
)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(soup=SOUP, has_header=st.booleans(), encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]))
@example(soup=b'"', has_header=True, encoding="utf-8")
@example(soup=b"\xff\xfe\x00\xd8", has_header=False, encoding="utf-8")
def test_no_bytes_raise_anything_but_the_refusal(tmp_path, soup, has_header, encoding):
    path = tmp_path / "soup.csv"
    path.write_bytes((f"{HEADER}\r\n".encode(encoding) if has_header else b"") + soup)
    said: list[FieldError | Finding] = []
    try:
        said.extend(finding for entry in entries(path) for finding in entry.findings)
    except UnusableFile as refused:
        said.append(refused.reason)
    assert all(one.text % one.params for one in said)


FIELDS = tuple(Field)
COLUMNS = map_columns([f.value for f in FIELDS], {f: f.value for f in FIELDS})


@settings(max_examples=300, deadline=None, derandomize=True)
@given(cells=st.lists(st.text(max_size=60), max_size=len(FIELDS)))
def test_no_cells_raise_anything_and_what_is_taken_is_storable(cells):
    company, findings = clean_row(2, cells, COLUMNS, classification=2008, this_year=2026)
    assert company is not None or findings
    if company is not None:
        stored = [v for name in company.__slots__ if isinstance(v := getattr(company, name), str)]
        assert all(value.isprintable() and value == value.strip() for value in stored), stored
        assert company.external_id
        assert company.postcode or company.town


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    field=st.sampled_from(FIELDS), text=st.text("0123456789+-./,;:@()ABHRGmKox äß°²½", max_size=40)
)
def test_no_single_cell_raises_anything(field, text):
    cells = ["1", "Firma", *[""] * (len(FIELDS) - 2)]
    cells[FIELDS.index(Field.TOWN)] = "Bochum"
    cells[FIELDS.index(field)] = text
    clean_row(2, cells, COLUMNS, classification=2025, this_year=2026)


EVIL = [
    pattern * 12_000 for pattern in ("a ", "1-", "(", "a.", "&a", "GmbH & ", "HRB ", "Ã", "+49")
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("length", [190, 990, 60_000])
def test_no_cell_takes_long_however_it_is_made(length):
    began = time.process_time()
    for field in FIELDS:
        for text in EVIL:
            cells = ["1", "Firma", *[""] * (len(FIELDS) - 2)]
            cells[FIELDS.index(field)] = text[:length]
            clean_row(2, cells, COLUMNS, classification=2008, this_year=2026)
    assert time.process_time() - began < 10
