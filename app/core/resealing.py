"""Sealing anew what is sealed under an older key, or was kept before anything was sealed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.models import Base
from app.models.sealed import Sealed

AT_ONCE = 1_000  # rows in one transaction

Key = Sequence[Any]


def sealed_tables() -> list[Table]:
    """Return every table with a column that is sealed."""
    tables = Base.metadata.sorted_tables
    return [table for table in tables if any(isinstance(one.type, Sealed) for one in table.columns)]


async def reseal_rows(session: Session, table: Table, after: Key | None) -> tuple[int, Key | None]:
    """Seal some rows of a table anew, in the order of their keys, beginning after ``after``.

    Return how many, and the key of the last; None if there are no more. What somebody else is
    changing just now is waited for. Versions stay as they are: nothing has changed for people.
    """
    key = list(table.primary_key.columns)
    types = {one: one.type for one in table.columns if isinstance(one.type, Sealed)}
    sealed = list(types)
    query = (
        select(*key, *sealed)
        .where(or_(*(type_.is_old(column) for column, type_ in types.items())))
        .order_by(*key)
        .limit(AT_ONCE)
        .with_for_update()
    )
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = (await session.execute(query)).all()
    if not rows:
        return 0, None
    unchanged = {one.name: one for one in table.columns if one.onupdate is not None}
    change = (
        update(table)
        .where(*(column == bindparam(f"key_{column.name}") for column in key))
        .values({one.name: bindparam(f"new_{one.name}") for one in sealed} | unchanged)
    )
    given = [
        {f"key_{one.name}": row._mapping[one] for one in key}  # noqa: SLF001 - its public name
        | {f"new_{one.name}": row._mapping[one] for one in sealed}  # noqa: SLF001
        for row in rows
    ]
    await (await session.connection()).execute(change, given)
    return len(rows), tuple(rows[-1])[: len(key)]
