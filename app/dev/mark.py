"""How far a database has been made ready, written as a comment on Alembic's own table.

It tells whether the demo was filled to its end, and from which migrations and reference data,
so that a start that has nothing to prepare need not load what prepares.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

FILLING = "Kontor fills its demo region"
_FILLED = "Kontor has filled its demo region"
_APP = Path(__file__).parents[1]
_SOURCES = (_APP.parent / "migrations" / "versions", _APP / "reference")

Connection = psycopg.Connection[tuple[str | None, ...]]


def read(connection: Connection) -> str:
    """Return what is written on the database; nothing, if it is new."""
    row = connection.execute(
        "SELECT obj_description(to_regclass('alembic_version'), 'pg_class')"
    ).fetchone()
    return (row and row[0]) or ""


def write(connection: Connection, words: str) -> None:
    """Write on a migrated database how far it is."""
    connection.execute(sql.SQL("COMMENT ON TABLE alembic_version IS {}").format(words))


def was_filled(words: str) -> bool:
    """Whether a demo was filled to its end, be it by an older version."""
    return words.startswith(_FILLED)


def ready(connection: Connection) -> str:
    """Return what stands on a database that needs nothing, at its present revision."""
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return f"{_FILLED}: {_fingerprint()} at {revision and revision[0]}"


def is_ready(connection: Connection) -> bool:
    """Whether nothing has to be prepared."""
    words = read(connection)
    return was_filled(words) and words == ready(connection)


def _fingerprint() -> str:
    """Digest everything that preparing reads."""
    digest = hashlib.sha256(version("procrastinate").encode())
    for folder in _SOURCES:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
