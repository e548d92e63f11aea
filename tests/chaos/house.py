"""A whole Kontor of its own, made to be mistreated: database, web processes, worker, mail server.

Every process is started here, known by its number, and killed by it. The web processes listen
on ports that were free; the database on a socket in a folder of its own.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from typing_extensions import override

from app.core.migrating import migrate
from app.dev.postgres import embedded

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 60
SECONDS_TO_END = 15
DEAD_AFTER_SECONDS = 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Nursery:
    """The process that has imported everything, and brings forth the others (nursery.py)."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.nursery"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, arguments: tuple[str, ...], log: Path) -> int:
        """Start ``python -m`` with the arguments; return the number of the process."""
        assert self._process.stdin
        assert self._process.stdout
        log.touch()
        self._process.stdin.write(json.dumps({"arguments": arguments, "log": str(log)}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        with self._process as process:
            process.kill()


@dataclass(eq=False)
class Process:
    """One that is started, killed without warning, and started again."""

    nursery: Nursery
    arguments: tuple[str, ...]
    log: Path
    number: int | None = None
    kills: int = 0

    def start(self) -> None:
        self.number = self.nursery.start(self.arguments, self.log)

    @property
    def lives(self) -> bool:
        if self.number is None:
            return False
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """End it with ``kill -9``; whatever it did is left as it is."""
        self.kills += self.lives
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        patience = time.monotonic() + SECONDS_TO_END
        while self.lives:
            assert self.number
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.number, how)
            if time.monotonic() > patience:
                how = signal.SIGKILL
            time.sleep(0.02)
        self.number = None

    @property
    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-5_000:]


@dataclass(eq=False)
class WebProcess(Process):
    """One of the processes that answer requests."""

    port: int = field(default_factory=free_port)
    is_ready: bool = False

    @override
    def start(self) -> None:
        self.is_ready = False
        super().start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def await_answer(self) -> None:
        patience = time.monotonic() + SECONDS_TO_START
        while True:
            assert self.lives, self.said
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"{self.address}/api/v1/groups?limit=1", timeout=5)
                if answer.status_code == httpx.codes.OK:
                    self.is_ready = True
                    return
            assert time.monotonic() < patience, self.said
            time.sleep(0.05)


class House:
    """The database and all that stands on it."""

    def __init__(self, var_dir: Path, *, smtp_port: int) -> None:
        self.var_dir = var_dir
        self._database = ExitStack()
        self._server: subprocess.Popen[bytes] | None = None
        self.url = self._start_database()
        asyncio.run(migrate(self.url))
        self._nursery = Nursery(_environment(self.url, var_dir, smtp_port))
        self.web = [self._web_process(number) for number in (1, 2)]
        self.worker = Process(self._nursery, ("app.worker",), var_dir / "worker.log")

    def _start_database(self) -> str:
        server = self._database.enter_context(embedded(self.var_dir))
        self._server = server.process
        return server.url

    def _web_process(self, number: int) -> WebProcess:
        port = free_port()
        serving = ("uvicorn", "app.main:create_app", "--factory", "--log-level=warning")
        where = ("--host=127.0.0.1", f"--port={port}", "--timeout-graceful-shutdown=3")
        log = self.var_dir / f"web-{number}.log"
        return WebProcess(self._nursery, (*serving, *where), log, port=port)

    @property
    def media(self) -> Path:
        """Where uploaded files are kept."""
        return self.var_dir / "media"

    def open(self) -> None:
        """Have both web processes answer."""
        for process in self.web:
            if not process.lives:
                process.start()
        for process in self.web:
            process.await_answer()

    def close(self) -> None:
        for process in (*self.web, self.worker):
            process.kill()
        self._nursery.close()
        self._database.close()

    def address(self) -> str:
        """Choose a web process as a load balancer would: any that was well a moment ago."""
        well = [process for process in self.web if process.is_ready] or self.web
        return random.choice(well).address  # noqa: S311 - nothing secret

    def crash_database(self) -> None:
        """Restart the database as ``pg_ctl restart -m immediate`` does: no farewell, recovery."""
        with self.database_away():
            pass

    @contextlib.contextmanager
    def database_away(self) -> Iterator[None]:
        """Have the database crash, and come back when the block has run."""
        assert self._server
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(30)
        self._database.close()
        yield
        assert self._start_database() == self.url

    @contextlib.contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            yield connection

    def keep_worker(self) -> None:
        """Start the worker if it has ended by itself, as any supervisor does."""
        if not self.worker.lives:
            self.worker.kill()
            self.worker.start()

    def drain(self, seconds: float = 60) -> int:
        """Have the worker do all that waits; return how many jobs had failed for good.

        Attempts that are due later become due now.
        """
        patience = time.monotonic() + seconds
        with self.connected() as connection:
            while True:
                self.keep_worker()
                connection.execute(
                    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
                    " WHERE status = 'todo' AND scheduled_at > now()"
                )
                row = connection.execute(
                    "SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')),"
                    " count(*) FILTER (WHERE status NOT IN ('todo', 'doing', 'succeeded'))"
                    " FROM procrastinate_jobs"
                ).fetchone()
                assert row
                if not row[0]:
                    return int(row[1])
                assert time.monotonic() < patience, (
                    f"{row[0]} jobs are never done\n{self.worker.said}"
                )
                time.sleep(0.1)


def _environment(url: str, var_dir: Path, smtp_port: int) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("KONTOR_")
    }
    return inherited | {
        "KONTOR_DATABASE_URL": url,
        "KONTOR_VAR_DIR": str(var_dir),
        "KONTOR_SEALING_KEYS": os.environ["KONTOR_SEALING_KEYS"],
        "KONTOR_RATE_LIMITS": "false",
        "KONTOR_HASHING__MEMORY_KIB": "8",
        "KONTOR_HASHING__PASSES": "1",
        "KONTOR_SMTP__HOST": "127.0.0.1",
        "KONTOR_SMTP__PORT": str(smtp_port),
        "KONTOR_SMTP__SECURITY": "none",
        "KONTOR_JOBS__HEARTBEAT_SECONDS": "1",
        "KONTOR_JOBS__DEAD_AFTER_SECONDS": str(DEAD_AFTER_SECONDS),
    }
