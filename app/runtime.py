"""What runs under every process: log, database, job queue, storage, mail."""

import gc
import logging
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import procrastinate
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app import features
from app.core import events
from app.core.db import RECONNECT_SECONDS, Database, Sessions, connected, transaction
from app.core.durability import require_durable
from app.core.mailing import transport_for
from app.core.reads import PoolReader, Reader
from app.core.settings import Settings
from app.core.storage import Disk, Storage
from app.edge.stationery import Sheet


@dataclass(frozen=True, slots=True)
class Runtime:
    """The open connections of one process."""

    settings: Settings
    database: Database
    sessions: Sessions
    reader: Reader
    queue: procrastinate.App
    storage: Storage


@cache
def load_features() -> None:
    """Import every feature, so that what they subscribe to and schedule is known."""
    for module in pkgutil.walk_packages(features.__path__, f"{features.__name__}."):
        import_module(module.name)


@asynccontextmanager
async def running(
    settings: Settings, dsn: str, *, for_jobs: bool = False
) -> AsyncIterator[Runtime]:
    """Open everything; web processes, workers and commands all start here."""
    load_features()
    async with connected(settings, dsn, for_jobs=for_jobs) as database:

        async def run(work: Callable[[AsyncSession], Awaitable[None]]) -> None:
            async with transaction(database.sessions) as session:
                await work(session)

        queue = events.queue(
            procrastinate.PsycopgConnector(conninfo=dsn, reconnect_timeout=RECONNECT_SECONDS), run
        )
        storage = Disk(settings.var_dir / "media")
        database.sessions.configure(
            info={
                "react": queue.tasks["react"],
                "transport": transport_for(settings),
                "stationery": Sheet(),
                "storage": storage,
            }
        )
        async with queue.open_async():
            if settings.require_durable_database:
                await require_durable(dsn)
            gc.freeze()  # what is loaded stays for good; the collector need not look at it again
            gc.enable()
            yield Runtime(
                settings=settings,
                database=database,
                sessions=database.sessions,
                reader=PoolReader(database.reads),
                queue=queue,
                storage=storage,
            )


def database_of(configured: Settings) -> str:
    """Return the address of the database; commands that bring their own set it first."""
    if configured.database_url is None:
        msg = "Set KONTOR_DATABASE_URL, or start with `kontor run`."
        raise RuntimeError(msg)
    return configured.database_url


def configure_logging(*, level: int = logging.INFO) -> None:
    """Write the log as JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
