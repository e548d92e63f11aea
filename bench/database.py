"""The database that is measured: embedded in ``var/bench/``, or one that is given."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.core.db import sqlalchemy_url
from app.core.migrating import migrate
from app.dev.postgres import embedded
from app.reference.loading import load_reference

ROOT = Path(__file__).parents[1]
VAR = ROOT / "var" / "bench"
_MAKING = ("copying", "dataset", "prose", "regions", "talks", "words")
Fill = Callable[[str], dict[str, int]]


class NotEmptyError(Exception):
    """The given database holds something that no measurement put there."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A database that holds the measured region; ``made`` counts its rows by table."""

    url: str
    made: dict[str, int]


@contextmanager
def prepared_database(
    scale: int, given: str | None, fill: Fill, *, anew: bool = False
) -> Iterator[Ready]:
    """Yield a database with the region at ``scale``, if need be one made earlier by this code.

    Raises NotEmptyError rather than touch a given database that holds anything else.
    """
    var = VAR / f"scale-{scale}"
    var.mkdir(parents=True, exist_ok=True)
    with nullcontext(given) if given else _embedded(var) as url:
        mark: dict[str, Any] = {"bench": scale, "code": _code()}
        known = _known(url)
        if anew or known is None or {name: known.get(name) for name in mark} != mark:
            if given and known is None:
                msg = "This database holds something else. Give an empty one."
                raise NotEmptyError(msg)
            _clear(url)
            _migrate(url)
            known = mark | {"made": fill(url)}
            _note(url, known)
        yield Ready(url, known["made"])


@contextmanager
def empty_database(name: str, *, again: bool = False) -> Iterator[str]:
    """Yield the URL of a migrated database of that name without any companies.

    With ``again`` it still holds what was left in it, in the tables as they are now.
    """
    var = VAR / name
    var.mkdir(parents=True, exist_ok=True)
    with _embedded(var) as url:
        if again:
            asyncio.run(migrate(url))
        else:
            _clear(url)
            _migrate(url)
        yield url


@contextmanager
def _embedded(var: Path) -> Iterator[str]:
    with embedded(var) as server:
        yield server.url


def _code() -> str:
    """Return what tells whether data made earlier are still what would be made now."""
    migrations = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    making = [Path(__file__).with_name(f"{name}.py") for name in _MAKING]
    content = b"".join(file.read_bytes() for file in (*migrations, *making))
    return hashlib.sha256(content).hexdigest()[:16]


def _known(url: str) -> dict[str, Any] | None:
    """Return the note that a measurement left; empty for an empty database, None for another's."""
    with psycopg.connect(url) as connection:
        note = connection.execute("SELECT obj_description('public'::regnamespace)").fetchone()
        tables = connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if note and note[0] and note[0].startswith('{"bench"'):
        return dict(json.loads(note[0]))
    return None if tables else {}


def _clear(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _note(url: str, note: dict[str, Any]) -> None:
    with psycopg.connect(url) as connection:
        text = sql.Literal(json.dumps(note))
        connection.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(text))


def _migrate(url: str) -> None:
    async def prepare() -> None:
        await migrate(url)
        engine = create_async_engine(sqlalchemy_url(url))
        async with AsyncSession(engine) as session, session.begin():
            await load_reference(session)
        await engine.dispose()

    asyncio.run(prepare())
