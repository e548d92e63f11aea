"""``kontor run``: everything that Kontor needs on one machine, started, watched and stopped."""

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.core.durability import ForgetfulDatabase, require_durable
from app.core.settings import Settings
from app.demo.logins import LOGINS
from app.dev import mark
from app.dev.child import dying_with_parent
from app.dev.postgres import embedded, is_initialised, stop
from app.dev.trouble import CannotRun, held

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
_OLDEST_POSTGRES = 180_000  # 18.0, as the server numbers itself
_SECONDS_TO_CONNECT = 10
_SECONDS_TO_FIRST_PAGE = 60
_SECONDS_TO_STOP = 10
_SECONDS_BETWEEN_LOOKS = 0.05
_WORKER = ("app.runtime,app.features", "app.worker")
_FIRST_RUN = ("app.features,app.demo,app.reference,app.core.migrating", "app.dev.first_run")

_TERMINAL = Console(soft_wrap=True, highlight=False)
Processes = dict[str, subprocess.Popen[bytes]]


def run(port: int = 8000) -> None:
    """Serve Kontor on this machine until Ctrl-C; fill the demo region the first time.

    Refuses in one sentence and with exit code 1 where it cannot start. If one of its processes
    ends, it stops the others and fails likewise.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        _supervise(Settings(), port)
    except CannotRun as reason:
        _TERMINAL.print(f"[bold red]Kontor cannot run.[/] {escape(str(reason))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _TERMINAL.print("Kontor has stopped.")


def _interrupt(signum: int, frame: object) -> NoReturn:
    """Begin to stop; from here on nothing may disturb the stopping."""
    del signum, frame
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def _supervise(settings: Settings, port: int) -> None:
    if settings.mode == "production":
        msg = "KONTOR_MODE is production, but this command is for the demo and for development."
        raise CannotRun(msg)
    var_dir = settings.var_dir.resolve()
    with ExitStack() as running:
        remedy = "Stop it, or give this one a place of its own: KONTOR_VAR_DIR=var2 PORT=8001."
        taken = f"Kontor runs from {var_dir} already. {remedy}"
        running.enter_context(held(var_dir / "run.lock", taken))
        _require_free(port)
        environment = os.environ | {
            "KONTOR_VAR_DIR": str(var_dir),
            "KONTOR_BASE_URL": os.environ.get("KONTOR_BASE_URL", f"http://{HOST}:{port}"),
        }
        is_new = settings.database_url is None and not is_initialised(var_dir)
        processes: Processes = {}
        with ExitStack() as loading:  # beside PostgreSQL, which starts, and which they end before
            preparing = _preparing(loading, environment) if is_new else None
            web = loading.enter_context(_child(environment, *_web(port)))
            url = settings.database_url
            if url is None:
                server = running.enter_context(embedded(var_dir))
                url, processes["PostgreSQL"] = server.url, server.process
            running.push(loading.pop_all())
        processes["The web process"] = web
        is_ready = _is_ready(url)
        if settings.require_durable_database:
            _require_durable(url)
        if not is_ready:
            preparing = preparing or _preparing(running, environment)
            _tell(preparing, url)
            _await_end(preparing, processes)
        _tell(web, url)
        _await_first_page(processes, port)
        # Only now: the first page needs both processors, jobs can wait.
        worker = _working(running, environment)
        _tell(worker, url)
        processes["The worker"] = worker
        _introduce(environment["KONTOR_BASE_URL"], var_dir)
        while True:
            _require_alive(processes)
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _preparing(owner: ExitStack, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return owner.enter_context(_child(environment, *_FIRST_RUN))


def _working(owner: ExitStack, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return owner.enter_context(_child(environment, *_WORKER))


def _web(port: int) -> tuple[str, ...]:
    """Return what the web process loads and runs."""
    options = ("--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level=warning")
    where = (f"--host={HOST}", f"--port={port}", "--timeout-graceful-shutdown=5")
    loaded = "app.main,app.features,app.api,app.web,uvicorn.lifespan.on,uvicorn.loops.auto"
    return loaded, "uvicorn", "app.main:create_app", "--factory", *options, *where


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            msg = f"Port {port} needs more rights. Choose one above 1023, for example PORT=8000."
            raise CannotRun(msg) from None
        except (OSError, OverflowError):
            msg = f"Port {port} is taken by another program. Choose another one with PORT=8001."
            raise CannotRun(msg) from None


def _is_ready(url: str) -> bool:
    """Whether the database needs no preparation; one out of reach or too old is refused."""
    try:
        connection = psycopg.connect(url, connect_timeout=_SECONDS_TO_CONNECT, autocommit=True)
    except psycopg.Error as failure:
        reason = str(failure).strip().splitlines()[-1]
        msg = f"The database at KONTOR_DATABASE_URL cannot be reached: {reason}"
        raise CannotRun(msg) from failure
    with connection:
        if connection.info.server_version < _OLDEST_POSTGRES:
            version = connection.info.parameter_status("server_version")
            msg = f"The database is PostgreSQL {version}. Kontor needs PostgreSQL 18."
            raise CannotRun(msg)
        return mark.is_ready(connection)


def _require_durable(url: str) -> None:
    try:
        asyncio.run(require_durable(url))
    except ForgetfulDatabase as forgetful:
        raise CannotRun(str(forgetful)) from forgetful


@contextmanager
def _child(
    environment: dict[str, str], loaded: str, *module: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Load what a module needs, run it when told, stop it on leaving; it ends if this process does.

    ``app.dev.child`` tells more.
    """
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own modules
        [sys.executable, "-m", "app.dev.child", loaded, *module],
        stdin=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        start_new_session=True,  # Ctrl-C is for the supervisor, which stops things in order
        preexec_fn=dying_with_parent(signal.SIGTERM),  # noqa: PLW1509 - a single prctl
    )
    try:
        yield process
    finally:
        stop(process, signal.SIGTERM, _SECONDS_TO_STOP)


def _tell(child: subprocess.Popen[bytes], url: str) -> None:
    """Let a child begin, with the database at ``url``."""
    assert child.stdin  # noqa: S101 - _child makes it a pipe
    with contextlib.suppress(BrokenPipeError):  # that it has ended is found out by looking at it
        child.stdin.write(f"{url}\n".encode())
        child.stdin.flush()


def _await_end(preparing: subprocess.Popen[bytes], processes: Processes) -> None:
    while preparing.poll() is None:
        _require_alive(processes)
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if preparing.returncode:
        msg = "The database could not be brought up to date; the reason is above."
        raise CannotRun(msg)


def _require_alive(processes: Processes) -> None:
    for name, process in processes.items():
        if (code := process.poll()) is not None:
            msg = f"{name} has ended by itself (exit code {code}), so everything is stopped."
            raise CannotRun(msg)


def _await_first_page(processes: Processes, port: int) -> None:
    patience = time.monotonic() + _SECONDS_TO_FIRST_PAGE
    while True:
        _require_alive(processes)
        connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS_TO_FIRST_PAGE)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/")
            if connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR:
                return
        if time.monotonic() > patience:
            msg = f"The first page did not come within {_SECONDS_TO_FIRST_PAGE} seconds."
            raise CannotRun(msg)
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _introduce(address: str, var_dir: Path) -> None:
    logins = Table("sign in as", "e-mail", "password", box=None, pad_edge=False)
    for login in LOGINS:
        logins.add_row(login.role, login.email, login.password)
    _TERMINAL.print(f"\n[bold]Kontor is at {address}[/]\n")
    _TERMINAL.print(logins)
    _TERMINAL.print(f"\nMails are written to {var_dir / 'mail'} and shown at {address}/dev/mails.")
    _TERMINAL.print("Ctrl-C stops everything.")
