"""Before anything is served: the tables brought up to date, the demo region filled, once.

A demo that was interrupted while it was filled is emptied and filled again.
"""

import asyncio
import gc

from psycopg import AsyncConnection, Connection, connect, sql
from rich.console import Console

from app.core.db import transaction
from app.core.migrating import migrate
from app.core.settings import Settings, settings
from app.demo.filling import fill_demo
from app.dev import mark
from app.models import Base
from app.reference.loading import load_reference
from app.runtime import database_of, running

_TURN = 0x6B6F6E746F72  # an advisory lock: "kontor" in ASCII
_TERMINAL = Console(soft_wrap=True, highlight=False)


async def prepare(configured: Settings, dsn: str) -> None:
    """Make the database ready to serve; one process at a time does so, others wait for it.

    Where there are accounts already, nothing is filled.
    """
    async with await AsyncConnection.connect(dsn, autocommit=True) as waiting:
        await waiting.execute("SELECT pg_advisory_lock(%s)", [_TURN])
        await migrate(dsn)
        with connect(dsn, autocommit=True) as connection:
            words = mark.read(connection)
            if words == mark.FILLING:
                _empty(connection)
            async with running(configured, dsn, for_jobs=True) as runtime:
                async with transaction(runtime.sessions) as session:
                    await load_reference(session)
                if not mark.was_filled(words) and not _has_accounts(connection):
                    _TERMINAL.print("Filling the demo region; this happens once …")
                    mark.write(connection, mark.FILLING)
                    gc.disable()  # this process ends with it: to look for garbage costs two seconds
                    await fill_demo(runtime)
            mark.write(connection, mark.ready(connection))


def _has_accounts(connection: Connection) -> bool:
    return connection.execute("SELECT FROM accounts LIMIT 1").fetchone() is not None


def _empty(connection: Connection) -> None:
    """Take back what an interrupted filling has written; nobody has been served yet."""
    listed = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        " AND (tablename = ANY(%s) OR starts_with(tablename, 'procrastinate_'))",
        [list(Base.metadata.tables)],
    )
    tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in listed)
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


if __name__ == "__main__":
    asyncio.run(prepare(settings(), database_of(settings())))
