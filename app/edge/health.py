"""Whether this process can serve requests now."""

from functools import cache

import psycopg
from psycopg_pool import PoolTimeout
from sqlalchemy import literal, select

from app.core.reads import Prepared, Reader


@cache
def _one() -> Prepared:
    return Prepared(select(literal(1).label("one")))


async def database_answers(reader: Reader) -> bool:
    """Whether the database answers a question."""
    try:
        row = await reader.first(_one(), {})
    except (psycopg.Error, PoolTimeout):
        return False
    return row is not None
