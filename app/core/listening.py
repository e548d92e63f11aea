"""Saying in the database whom something concerns, and hearing it in every process that listens.

What is said in a transaction is heard when it commits, and not at all if it does not.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog
from psycopg import AsyncConnection, OperationalError, sql
from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.types import Text


class Said(StrEnum):
    """What is said of people, each in a channel of the database."""

    NEWS = "kontor_people"  # there is something new for them
    ENDED = "kontor_ended"  # a session or token of theirs has ended


Heard = Callable[[set[UUID] | None], None]

_IN_ONE: Final = 200  # ids; PostgreSQL takes 8,000 bytes
_SECONDS_BEFORE_AGAIN: Final = 2.0

_log = structlog.get_logger()


async def announce(session: Session, people: Iterable[UUID], what: Said = Said.NEWS) -> None:
    """Say that there is something new for some people, or what else."""
    ids = [str(one) for one in people]
    if not ids:
        return
    said = [",".join(ids[start : start + _IN_ONE]) for start in range(0, len(ids), _IN_ONE)]
    await session.execute(
        select(func.pg_notify(what.value, func.unnest(literal(said, ARRAY(Text())))))
    )


async def hear(dsn: str, heard: Mapping[Said, Heard]) -> None:
    """Call what belongs to each thing said with those it is said of, for ever, on one connection.

    Whenever the connection is made anew all are called with None: something may have been missed.
    """
    while True:
        try:
            async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
                for what in heard:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(what)))
                for tell in heard.values():
                    tell(None)
                async for said in connection.notifies():
                    heard[Said(said.channel)]({UUID(one) for one in said.payload.split(",")})
        except OperationalError as away:
            _log.warning("listening.waits_for_database", reason=str(away))
        await asyncio.sleep(_SECONDS_BEFORE_AGAIN)
