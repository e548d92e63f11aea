"""``kontor companies import`` as an administrator meets it: every file has its answer."""

import contextvars
import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import kontor
from tests.commanding import carried_out

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT.parent / "shared" / "reference" / "members_sample_cp1252.csv"
HEADER = "Mitgliedsnr;Firma;Straße;PLZ;Ort;WZ\n"
GOOD = "1;Hügelland Technik GmbH;Talstraße 3;45525;Hattingen;25.62.0\n"
PATIENCE = 100  # seconds; machines may be busy


@pytest.fixture
def members(tmp_path):
    """Write a list, and return where it is."""

    def write(content: str | bytes, name: str = "liste.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(*arguments: object):
    """Run a command that ends before it needs a database; return its exit code and its words."""
    told = [str(argument) for argument in arguments]
    result = contextvars.copy_context().run(CliRunner().invoke, kontor, told)
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def kontor_at(database: str, *arguments: object) -> tuple[int, str]:
    """Run a command against a database, and return its exit code and its words."""
    result = carried_out(database, *arguments)
    return result.exit_code, result.output


def process_at(database: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "KONTOR_DATABASE_URL": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def count(database: str, what: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEADER}{GOOD}2;Müller;;45525;;\n".encode() + b"3;M\xfcller;;45525;;\n", "Zeile 4"),
        (HEADER + "1;" + "x" * 10_000_000 + ";;45525;Hattingen;\n", "Zeile 2 ist länger"),
        ("Firma;PLZ\nHügelland;45525\n", "member_number"),
        ("", "Die Datei ist leer"),
        (b"PK\x03\x04 a spreadsheet", "Excel"),
        (HEADER + '1;"Hügelland;;45525;Hattingen;\n' * 3, "Anführungszeichen"),
    ],
    ids=["wrong encoding", "line of 10 MB", "missing column", "empty", "Excel", "open quote"],
)
def test_a_file_that_cannot_be_used_is_told_why_and_nothing_else_happens(members, content, words):
    code, output = refused("companies", "import", members(content))
    assert code == 2
    assert words in output
    assert len(output) < 3_000


def test_a_file_that_is_not_there_is_no_stack_trace_either(tmp_path):
    code, output = refused("companies", "import", tmp_path / "nirgends.csv")
    assert (code, output.strip()) == (2, "Unter diesem Namen gibt es keine Datei.")


def test_a_named_encoding_that_does_not_fit_is_refused(members):
    path = members((HEADER + GOOD).encode("windows-1252"))
    code, output = refused("companies", "import", path, "--encoding", "utf-8")
    assert code == 2
    assert "UTF-8" in output


def test_a_mapping_file_that_names_what_is_not_there_is_told(members):
    mapping = members('name = "Betriebsbezeichnung"\n', "zuordnung.toml")
    code, output = refused("companies", "import", members(HEADER + GOOD), "--mapping", mapping)
    assert code == 2
    assert "Betriebsbezeichnung" in output


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(members, tmp_path):
    report = tmp_path / "nowhere" / "report.csv"
    code, _ = refused("companies", "import", members(HEADER + GOOD), "--report", report)
    assert code == 1


FAULTS = (
    "2;=cmd|' /C calc'!A0;;45525;Hattingen;\n"  # line 3
    "3;<b>Fett GmbH</b>;;45525;Hattingen;\n"
    f"4;Lang GmbH;{'Straße' * 67};45525;Hattingen;\n"
    "5;Erste GmbH;;45525;Hattingen;\n"
    "5;Zweite GmbH;;45525;Hattingen;\n"
)


def test_rows_that_cannot_be_taken_are_reported_by_line_and_column(members, tmp_path, own_database):
    path, report = members(HEADER + GOOD + FAULTS), tmp_path / "report.csv"
    options = ("--report", report, "--language", "en")
    code, output = kontor_at(own_database, "companies", "import", path, *options)
    assert "6 rows read: 1 taken, 5 rejected" in output
    assert code == 3
    assert count(own_database, "companies") == 1
    with report.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source, delimiter=";"))[1:]
    rejected = {(int(row[0]), row[1], row[3]) for row in rows}
    assert rejected == {
        (3, "Firma", "formula"),
        (4, "Firma", "markup"),
        (5, "Straße", "too_long"),
        (6, "Mitgliedsnr", "duplicate_differs"),
        (7, "Mitgliedsnr", "duplicate_differs"),
    }
    assert {row[2] for row in rows} == {"rejected"}
    assert not any("cmd" in cell or "Fett" in cell for row in rows for cell in row)
    code, output = kontor_at(own_database, "companies", "import", path)
    assert (code, "0 neu, 0 geändert, 1 unverändert" in output) == (3, True)
    code, output = kontor_at(own_database, "companies", "imports")
    assert (code, output.count("members")) == (0, 2)
    assert count(own_database, "company_imports") == 2
    assert count(own_database, "companies WHERE version > 1") == 0


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample list is not here")
def test_a_dry_run_of_the_sample_list_changes_nothing(own_database):
    code, output = kontor_at(own_database, "companies", "import", SAMPLE, "--dry-run")
    assert code in {0, 3}
    assert "300 Zeilen gelesen" in output
    assert count(own_database, "companies") == 0
    assert count(own_database, "company_imports") == 0


@pytest.mark.timeout(3 * PATIENCE)
def test_an_import_that_is_killed_in_the_middle_leaves_nothing(members, own_database):
    """The sectors are held, so the import has written companies and addresses when it dies."""
    path = members(HEADER + GOOD + "2;Ruhrbogen Handel KG;;58452;Witten;46\n")
    with psycopg.connect(own_database) as holder:
        holder.execute("LOCK TABLE company_sectors IN SHARE ROW EXCLUSIVE MODE")
        with process_at(own_database, "companies", "import", path) as process:
            waiting = "pg_locks WHERE NOT granted AND relation = 'company_sectors'::regclass"
            _wait_until(lambda: count(own_database, waiting) == 1 or process.poll() is not None)
            assert process.poll() is None, process.communicate()
            process.send_signal(signal.SIGKILL)
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    _wait_until(lambda: count(own_database, others) == 0)
    for table in ("companies", "sites", "company_sectors", "company_imports", "events"):
        assert count(own_database, table) == 0, table
    code, output = kontor_at(own_database, "companies", "import", path)
    assert code == 0, output
    assert count(own_database, "companies") == count(own_database, "sites") == 2
    assert count(own_database, "company_sectors") == 2


def _wait_until(happened) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def test_two_imports_at_once_are_refused(members, own_database):
    path = members(HEADER + GOOD)
    with psycopg.connect(own_database) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({0x6B6F_6E75})")
        code, output = kontor_at(own_database, "companies", "import", path)
    assert code == 1
    assert output.strip() == "Es wird gerade eine andere Mitgliederliste eingelesen."


def test_a_database_that_is_not_there_is_one_sentence(members):
    gone = "postgresql://nobody@127.0.0.1:1/nothing"
    code, output = kontor_at(gone, "companies", "import", members(HEADER + GOOD))
    assert code == 1
    assert output.startswith("Die Datenbank lehnt das ab:")
    assert output.count("\n") == 1


def test_places_are_imported_and_faulty_rows_told(tmp_path, own_database):
    path = tmp_path / "orte.csv"
    path.write_text("plz;ort;ags;lat;lon\n45525;Hattingen;05954016;51.4;7.18\n1;?;x;0;0\n", "utf-8")
    code, output = kontor_at(own_database, "places", "import", path)
    assert (code, "1 Zeilen übernommen, 1 abgelehnt" in output) == (3, True)
    assert "Zeile 3" in output
