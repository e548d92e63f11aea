"""Rows of the platform's tables, written with COPY."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from app.models.base import Base


class Copying:
    """Writes rows given as mappings; what they do not name takes the model's default."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.written: dict[str, int] = {}

    def into(self, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
        """Write all ``rows``, which all name the same columns, into the table of ``model``."""
        waiting = iter(rows)
        first = next(waiting)
        missing = {k: v for k, v in _defaults(model).items() if k not in first}
        names = (*first, *missing)
        constants = [_written(value) for value in missing.values()]
        target = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        count = 0
        with self._connection.cursor() as cursor, cursor.copy(target) as copy:
            for row in chain([first], waiting):
                copy.write_row([*map(_written, row.values()), *constants])
                count += 1
        self.written[model.__tablename__] = count


def id_at(at: datetime, numbers: random.Random) -> UUID:
    """Return a UUIDv7 of the moment ``at``, the same for the same state of ``numbers``."""
    milliseconds = int(at.timestamp() * 1_000)
    value = milliseconds << 80 | 0x7 << 76 | numbers.getrandbits(12) << 64
    return UUID(int=value | 0b10 << 62 | numbers.getrandbits(62))


def _defaults(model: type[Base]) -> dict[str, Any]:
    columns = model.__table__.c
    found: dict[str, Any] = {
        name: column.default.arg
        for name, column in columns.items()
        if column.default is not None and column.default.is_scalar
    }
    for field in fields(model):
        if field.init and field.name in columns and field.default_factory is not MISSING:
            found[field.name] = field.default_factory()
    if "version" in columns:
        found["version"] = 1
    return found


def _written(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return Jsonb(value) if isinstance(value, dict) else value
