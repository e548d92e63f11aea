"""One request, one job or one command is one transaction; only this module commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession as Session,
    async_sessionmaker,
    create_async_engine,
)

from app.core import events
from app.core.errors import Refusal
from app.core.settings import Settings

# A pool waits twice as long before each new try; after this it begins with a second again, so
# that a database that comes back is found soon.
RECONNECT_SECONDS = 4

Sessions = async_sessionmaker[Session]
ReadPool = AsyncConnectionPool[AsyncConnection]

_IDLE = "-c idle_in_transaction_session_timeout"
# Just-in-time compilation takes longer than the short statements of a page, where there is any.
_WEB_OPTIONS = f"-c jit=off -c lock_timeout=2000 -c statement_timeout=5000 {_IDLE}=15000"
# A job may think for long: loading the reference data takes a slow machine half a minute.
_JOB_OPTIONS = f"-c lock_timeout=2000 -c statement_timeout=60000 {_IDLE}=300000"


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[Session]:
    """Yield a session; record its events and commit on success, roll back on any exception.

    The one exception is a refusal that says so (``keeps_writes``): it commits, and is raised.
    """
    refused: Refusal | None = None
    async with sessions() as session, session.begin():
        try:
            yield session
        except Refusal as refusal:
            if not refusal.keeps_writes:
                raise
            refused = refusal
        await events.record(session)
    if refused:
        raise refused


@asynccontextmanager
async def attempt(session: Session) -> AsyncIterator[None]:
    """Undo just what happens inside if it fails, with its events; the transaction goes on."""
    before = len(session.info.get("events", []))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        del session.info.get("events", [])[before:]
        raise


@dataclass(frozen=True, slots=True)
class Database:
    """The two ways to PostgreSQL: an engine that writes, and a pool that only reads."""

    engine: AsyncEngine
    sessions: Sessions
    reads: ReadPool
    dsn: str = ""


def sqlalchemy_url(dsn: str) -> str:
    """Return a libpq address as SQLAlchemy writes it, for psycopg 3."""
    scheme, rest = dsn.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme.startswith("postgres") else dsn


@asynccontextmanager
async def connected(
    settings: Settings, dsn: str, *, for_jobs: bool = False
) -> AsyncIterator[Database]:
    """Open both ways to the database at ``dsn``; close them on leaving.

    Connections for reads are in autocommit and refuse to write
    (``default_transaction_read_only``), so a GET that writes fails in PostgreSQL itself.
    """
    options = _JOB_OPTIONS if for_jobs else _WEB_OPTIONS
    # A job that waits for a server that hangs keeps its connection, and must not take another's.
    at_least = settings.jobs.hands if for_jobs else 0
    engine = create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=max(settings.write_connections, at_least),
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        pool_pre_ping=True,
        connect_args={"options": options},
    )
    reads: ReadPool = AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=settings.read_connections,
        timeout=settings.pool_timeout_seconds,
        reconnect_timeout=RECONNECT_SECONDS,
        kwargs={
            "autocommit": True,
            "options": f"{options} -c default_transaction_read_only=on",
        },
        open=False,
    )
    sessions: Sessions = async_sessionmaker(engine, expire_on_commit=False)
    async with reads:
        yield Database(engine, sessions, reads, dsn)
    await engine.dispose()
