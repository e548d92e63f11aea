"""The embedded PostgreSQL, whatever an earlier run has left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from app.dev.postgres import embedded, reachable
from app.dev.trouble import CannotRun

ROOT = Path(__file__).parents[2]
SOMEBODY = 65_534

HOLDING = """
import sys, time
from pathlib import Path
from app.dev.postgres import embedded
with embedded(Path(sys.argv[1])) as server:
    print(server.process.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def var_dir(new_folder) -> Path:
    return new_folder()


def hold(var_dir: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a process that holds the server of ``var_dir``; return it and the server's number."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(var_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    return holder, int(holder.stdout.readline())


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    patience = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < patience, f"process {pid} is still there"
        time.sleep(0.05)


def rows(url: str) -> int:
    """Add a row to a table, and count what is there."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row
    return row[0]


def test_data_outlast_a_restart_and_no_server_does(var_dir):
    with embedded(var_dir) as server:
        before = rows(server.url)
        assert is_alive(server.process.pid)
    assert not is_alive(server.process.pid)
    with embedded(var_dir) as server:
        assert rows(server.url) == before + 1


def test_case_and_order_do_not_depend_on_the_machine(var_dir):
    with embedded(var_dir) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT lower('ÄÖÜ')").fetchone() == ("äöü",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start stops it")
def test_the_server_ends_when_its_holder_is_killed(var_dir):
    holder, pid = hold(var_dir)
    with holder:
        holder.kill()
    wait_until_gone(pid)
    with embedded(var_dir) as server:
        assert rows(server.url)


def test_a_second_holder_is_told_who_is_the_first(var_dir):
    holder, _ = hold(var_dir)
    with holder:
        try:
            with pytest.raises(CannotRun, match=str(holder.pid)), embedded(var_dir):
                pass
            with reachable(None, var_dir) as url:
                assert rows(url)
        finally:
            holder.kill()


def test_a_server_that_outlived_its_holder_is_stopped(var_dir):
    holder, first = hold(var_dir)
    with holder:
        holder.send_signal(signal.SIGSTOP)  # alive, so the kernel does not end its server
        (var_dir / "postgres.lock").unlink()
        try:
            with embedded(var_dir) as server:
                assert server.process.pid != first
                assert not is_alive(first)
                assert rows(server.url)
        finally:
            holder.kill()


def test_a_killed_server_and_a_lock_file_that_names_a_stranger_are_no_hindrance(var_dir):
    with embedded(var_dir) as server:
        before = rows(server.url)
        server.process.kill()
    left_over = var_dir / "postgres" / "postmaster.pid"
    lines = left_over.read_text().split("\n")
    left_over.write_text("\n".join([str(os.getppid()), *lines[1:]]))
    with embedded(var_dir) as server:
        assert rows(server.url) == before + 1


def test_a_half_made_data_directory_is_thrown_away(new_folder):
    var_dir = new_folder()
    half = var_dir / "postgres.new-interrupted"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with embedded(var_dir) as server:
        assert rows(server.url)
    assert not half.exists()


def test_a_long_path_with_spaces_and_umlauts_is_fine(new_folder):
    deep = new_folder() / "Ein Ordner für das Büro" / ("tief" * 25)
    deep.mkdir(parents=True)
    with embedded(deep) as server:
        assert rows(server.url)
        with reachable(None, deep) as url:
            assert url == server.url


def test_a_command_starts_the_server_if_nobody_has(var_dir):
    with reachable(None, var_dir) as url:
        assert rows(url)
    with reachable("postgresql://elsewhere", var_dir) as url:
        assert url == "postgresql://elsewhere"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run it as somebody else")
def test_root_goes_on_as_the_user_who_began(new_folder):
    var_dir = new_folder()
    with embedded(var_dir) as server:
        before = rows(server.url)
        assert Path(f"/proc/{server.process.pid}").stat().st_uid != 0
    data = var_dir / "postgres"
    for path in (data, *data.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY)
    with embedded(var_dir) as server:
        assert rows(server.url) == before + 1
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == SOMEBODY
