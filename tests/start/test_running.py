"""``kontor run``, as a person starts, stops and mistreats it. One var folder serves most tests."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from app.dev import mark
from app.dev.postgres import embedded

ROOT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything."
FILLING = "Filling the demo region"
HALF = "halb@kontor.example"
PATIENCE = 100  # seconds; what a person waits for is measured in docs/reliability.md, not here

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]


@dataclass(frozen=True, slots=True)
class Running:
    """A started ``kontor run``."""

    process: subprocess.Popen[bytes]
    var_dir: Path
    port: int
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def await_words(self, words: str) -> None:
        patience = time.monotonic() + PATIENCE
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < patience, self.said
            time.sleep(0.05)

    def await_end(self) -> int:
        return self.process.wait(PATIENCE)

    def page(self, path: str = "/") -> str:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
            return answer.read().decode()


@contextmanager
def kontor_run(var_dir: Path, *, port: int | None = None, **environment: str) -> Iterator[Running]:
    port = port or free_port()
    var_dir.mkdir(exist_ok=True)
    log = var_dir / f"run-{port}.log"
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("KONTOR_")
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "run", "--port", str(port)],
            cwd=ROOT,
            env=inherited | {"KONTOR_VAR_DIR": str(var_dir), "COLUMNS": "200"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Running(process, var_dir, port, log)
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes_of(var_dir: Path) -> list[str]:
    """List the living processes that name the folder in their arguments or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if arguments and os.fsencode(var_dir) in arguments + environment:
            found.append(f"{entry.name}: {arguments.decode(errors='replace')}")
    return found


def await_no_process_of(var_dir: Path) -> None:
    patience = time.monotonic() + PATIENCE
    while left := processes_of(var_dir):
        assert time.monotonic() < patience, left
        time.sleep(0.1)


def counts(var_dir: Path) -> dict[str, int]:
    tables = ("accounts", "people", "companies", "groups", "posts")
    with embedded(var_dir) as server, psycopg.connect(server.url) as connection:
        found = (connection.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables)
        return {name: row[0] for name, row in zip(tables, found, strict=True) if row}


def interrupt_filling(var_dir: Path) -> None:
    """Start for the first time, and pull the plug while the demo region is being filled.

    Whatever had been written by then: afterwards there is a half-filled region.
    """
    with kontor_run(var_dir) as first:
        first.await_words(FILLING)
        first.process.kill()
    await_no_process_of(var_dir)
    with (
        embedded(var_dir) as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):
        mark.write(connection, mark.FILLING)
        connection.execute(
            "INSERT INTO sign_ups (id, email, email_key, name, locale, expires_at)"
            " VALUES (gen_random_uuid(), %(to)s, %(to)s, 'Halb Angelegt', 'de', now())",
            {"to": HALF},
        )


@pytest.fixture(scope="module")
def filled(new_folder) -> Path:
    """Return the var folder of a demo whose first filling was interrupted."""
    var_dir = new_folder()
    interrupt_filling(var_dir)
    with kontor_run(var_dir) as second:
        second.await_words(READY)
        assert FILLING in second.said
        second.process.send_signal(signal.SIGINT)
        assert second.await_end() == 0, second.said
    assert processes_of(var_dir) == []
    return var_dir


def test_a_filling_that_was_interrupted_leaves_nothing_behind(filled):
    with embedded(filled) as server, psycopg.connect(server.url) as connection:
        left = connection.execute("SELECT FROM sign_ups WHERE email = %s", [HALF]).fetchall()
    assert left == []


def test_it_shows_its_first_page_and_says_where_things_are(filled):
    with kontor_run(filled) as running:
        running.await_words(READY)
        assert "<h1" in running.page()
        assert "<h1" in running.page("/dev/mails")
        assert f"Kontor is at {running.address}" in running.said
        assert str(filled / "mail") in running.said
        assert len(re.findall(r"\S+@\S+\.example", running.said)) == 3
        assert FILLING not in running.said
        refuses_a_second_one(running)
        stops_when_its_worker_dies(running)


def refuses_a_second_one(first: Running) -> None:
    with kontor_run(first.var_dir) as second:
        assert second.await_end() == 1
        assert f"held by process {first.process.pid}" in second.said
        assert "KONTOR_VAR_DIR=" in second.said
    assert "<h1" in first.page()


def stops_when_its_worker_dies(running: Running) -> None:
    worker = next(line for line in processes_of(running.var_dir) if "app.worker" in line)
    os.kill(int(worker.split(":")[0]), signal.SIGKILL)
    assert running.await_end() == 1
    assert "The worker has ended by itself" in running.said
    assert processes_of(running.var_dir) == []


def test_after_kill_9_nothing_goes_on_and_it_starts_again_with_all_its_data(filled):
    before = counts(filled)
    with kontor_run(filled) as running:
        running.await_words(READY)
        running.process.kill()
        running.await_end()
    await_no_process_of(filled)
    with kontor_run(filled) as running:
        running.await_words(READY)
        assert FILLING not in running.said
        assert len(processes_of(filled)) >= 4
        running.process.send_signal(signal.SIGTERM)
        assert running.await_end() == 0
        assert processes_of(filled) == []
        assert "Kontor has stopped." in running.said
        assert "Traceback" not in running.said
    assert counts(filled) == before


def test_a_taken_port_is_named_with_the_way_out(var_dir):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with kontor_run(var_dir, port=port) as running:
            assert running.await_end() == 1
            assert f"Port {port} is taken" in running.said
            assert "PORT=" in running.said
    assert not (var_dir / "postgres").exists()


def test_it_runs_on_another_postgresql_unless_that_forgets(filled, var_dir):
    with embedded(filled) as server:
        forgetful = f"{server.url}&options=-csynchronous_commit%3Doff"
        with kontor_run(var_dir, KONTOR_DATABASE_URL=forgetful) as running:
            assert running.await_end() == 1
            assert "synchronous_commit = off" in running.said
        with kontor_run(var_dir / "other", KONTOR_DATABASE_URL=server.url) as running:
            running.await_words(READY)
            assert "<h1" in running.page()
            assert not (var_dir / "other" / "postgres").exists()
            running.process.terminate()
            assert running.await_end() == 0
            assert server.process.poll() is None


def test_a_database_out_of_reach_is_said_in_one_sentence(var_dir):
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere"
    with kontor_run(var_dir, KONTOR_DATABASE_URL=address) as running:
        assert running.await_end() == 1
        assert "KONTOR_DATABASE_URL cannot be reached" in running.said
        assert "Traceback" not in running.said
