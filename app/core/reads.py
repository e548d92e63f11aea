"""Prepared reads: statements compiled once per shape, run on the read-only connections.

A list is described with SQLAlchemy Core and named parameters. The description is compiled once
for each shape it takes (signed in or not, with this filter or without), and from then on only
the parameters travel. Rows are named tuples, ready for an out model or a template.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, cast

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import tuple_row
from sqlalchemy import Enum, Select, bindparam, select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.db import ReadPool
from app.models.sealed import Sealed

Params = Mapping[str, Any]
Convert = Callable[[Any], Any]
P = ParamSpec("P")
Described = Select[Any] | CompoundSelect[Any]

_DIALECT: Any = psycopg.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


class Prepared:
    """One compiled statement: its text, its constants, and what must be filled in.

    PostgreSQL plans a statement anew for the first few times, and then may keep a plan that suits
    no values in particular. ``.execution_options(plan_each_time=True)`` on the description is for
    statements whose best plan hangs on the values, such as how many rows lie within a radius.
    """

    __slots__ = ("_constants", "_converts", "_make", "_writers", "may_keep_plan", "required", "sql")

    def __init__(self, described: Described) -> None:
        compiled = described.compile(dialect=_DIALECT)
        binds = compiled.binds
        self.required = frozenset(name for name, bind in binds.items() if bind.required)
        # What must be filled in stays open while the lists of IN are written out.
        expanded = compiled.construct_expanded_state(dict.fromkeys(self.required))
        self.sql = expanded.statement
        self._writers = dict(expanded.processors)
        self._constants = {
            name: self._written(name, value)
            for name, value in expanded.parameters.items()
            if name not in self.required
        }
        self.may_keep_plan = not described.get_execution_options().get("plan_each_time", False)
        columns = described.selected_columns
        make: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024
        self._make = make._make
        self._converts: list[tuple[int, Convert]] = [
            (index, convert)
            for index, column in enumerate(columns)
            if (convert := _convert_of(column.type))
        ]

    def _written(self, name: str, value: Any) -> Any:
        writer = self._writers.get(name)
        return writer(value) if writer and value is not None else value

    def filled(self, params: Params) -> dict[str, Any]:
        """Return every parameter by name; raise KeyError if one is missing."""
        return self._constants | {name: self._written(name, params[name]) for name in self.required}

    def row(self, values: Sequence[Any]) -> Any:
        """Make a named row of what the driver returned."""
        if self._converts:
            values = list(values)
            for index, convert in self._converts:
                if values[index] is not None:
                    values[index] = convert(values[index])
        return self._make(values)


def _convert_of(type_: Any) -> Convert | None:
    """Return what makes a value of what the driver returns, where that is not the value itself."""
    if isinstance(type_, Sealed):
        return type_.opened
    return type_.enum_class if isinstance(type_, Enum) else None


def prepared(describe: Callable[P, Described]) -> Callable[P, Prepared]:
    """Compile what ``describe`` returns, once for each set of (hashable) arguments."""

    @wraps(describe)
    @lru_cache(maxsize=1024)
    def compiled(*args: P.args, **kwargs: P.kwargs) -> Prepared:
        return Prepared(describe(*args, **kwargs))

    return cast(Callable[P, Prepared], compiled)


def bound(name: str, type_: Any) -> Any:
    """Return a parameter that must be filled in whenever the statement is run."""
    return bindparam(name, type_=type_, required=True)


def given(name: str, type_: Any) -> Any:
    """Return a parameter that the planner does not look at, since it stands in a subquery.

    A plan that is made for the values at hand never costs less than one for any values then, and
    PostgreSQL keeps that instead of planning each time.
    """
    return select(bound(name, type_)).scalar_subquery()


class Reader(Protocol):
    """Runs prepared reads. It cannot write."""

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        """Return every row."""

    async def first(self, read: Prepared, params: Params) -> Any | None:
        """Return the first row, or None."""


async def run(connection: AsyncConnection, read: Prepared, params: Params) -> list[Any]:
    """Run ``read`` on ``connection``."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        prepare = None if read.may_keep_plan else False
        await cursor.execute(read.sql.encode(), read.filled(params), prepare=prepare)
        return [read.row(values) for values in await cursor.fetchall()]


class PoolReader:
    """Runs each read on a connection borrowed for just that read.

    Connections are not tried before each use, which would double the ways to the server. One that
    turns out to be dead, as after a restart of the server, has the others looked after, and the
    read is asked again.
    """

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        """Return every row."""
        async with self._pool.connection() as connection:
            try:
                return await run(connection, read, params)
            except OperationalError:
                if not connection.broken:
                    raise
        await self._pool.check()
        async with self._pool.connection() as connection:
            return await run(connection, read, params)

    async def first(self, read: Prepared, params: Params) -> Any | None:
        """Return the first row, or None."""
        rows = await self.all(read, params)
        return rows[0] if rows else None


class SessionReader:
    """Runs reads inside a transaction, so that an answer shows what was just written."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def all(self, read: Prepared, params: Params) -> list[Any]:
        """Return every row."""
        await self._session.flush()
        raw = await (await self._session.connection()).get_raw_connection()
        return await run(cast(AsyncConnection, raw.driver_connection), read, params)

    async def first(self, read: Prepared, params: Params) -> Any | None:
        """Return the first row, or None."""
        rows = await self.all(read, params)
        return rows[0] if rows else None
