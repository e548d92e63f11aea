"""Before anything is served: tables up to date, reference data loaded, the demo region filled once.

A demo that was interrupted while it was filled is emptied and filled again. What tells is a
comment on Alembic's own table, written before the first row of the demo and after the last.
"""

import asyncio

import psycopg
from psycopg import sql
from rich.console import Console

from app.core.migrating import migrate
from app.core.settings import Settings, settings
from app.demo import fill_demo
from app.models import Base
from app.reference import load_reference
from app.runtime import running

_FILLING = "Kontor fills its demo region"
_FILLED = "Kontor has filled its demo region"
_TURN = 0x6B6F6E746F72  # an advisory lock: "kontor" in ASCII
_TERMINAL = Console(soft_wrap=True, highlight=False)


async def prepare(chosen: Settings, dsn: str) -> None:
    """Make the database ready to serve; one process at a time does so, others wait for it.

    Where there are accounts already, nothing is filled.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_TURN])
        await migrate(dsn)
        state = _state(connection)
        if state == _FILLING:
            _empty(connection)
        async with running(chosen, dsn) as runtime:
            await load_reference(runtime)
            if state != _FILLED and not _has_accounts(connection):
                _TERMINAL.print("Filling the demo region; this happens once …")
                _note(connection, _FILLING)
                await fill_demo(runtime)
        _note(connection, _FILLED)


def _state(connection: psycopg.Connection) -> str | None:
    row = connection.execute("SELECT obj_description('alembic_version'::regclass)").fetchone()
    return row[0] if row else None


def _note(connection: psycopg.Connection, state: str) -> None:
    connection.execute(sql.SQL("COMMENT ON TABLE alembic_version IS {}").format(state))


def _has_accounts(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT FROM accounts LIMIT 1").fetchone() is not None


def _empty(connection: psycopg.Connection) -> None:
    """Take back what an interrupted filling has written; nobody has been served yet."""
    listed = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        " AND (tablename = ANY(%s) OR starts_with(tablename, 'procrastinate_'))",
        [list(Base.metadata.tables)],
    )
    tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in listed)
    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))


if __name__ == "__main__":
    asyncio.run(prepare(settings(), settings().database_url or ""))
