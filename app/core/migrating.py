"""Bringing a database up to date: Alembic for the tables, procrastinate for its own."""

import asyncio
from pathlib import Path
from typing import Any

import procrastinate
from alembic import command
from alembic.config import Config

from app.core.db import sqlalchemy_url

ROOT = Path(__file__).parents[2]


def alembic_config(dsn: str) -> Config:
    """Return Alembic's configuration for the database at ``dsn``."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["dsn"] = dsn
    return config


def alembic_url(config: Config) -> str:
    """Return the address that ``alembic_config`` was made for, or the one of the settings."""
    from app.core.settings import settings  # noqa: PLC0415 - only for the bare alembic command

    dsn = config.attributes.get("dsn") or settings().database_url
    if dsn is None:
        msg = "Set KONTOR_DATABASE_URL, or use `kontor migrate`."
        raise RuntimeError(msg)
    return sqlalchemy_url(dsn)


def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: FBT001 - Alembic's signature
    """Whether Alembic should compare a thing: the job queue's tables keep themselves."""
    del thing, kind, reflected, other
    return not (name or "").startswith(("procrastinate", "idx_procrastinate"))


async def migrate(dsn: str) -> None:
    """Create or update every table; a database that is up to date is left alone."""
    await asyncio.to_thread(command.upgrade, alembic_config(dsn), "head")
    connector = procrastinate.PsycopgConnector(conninfo=dsn)
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
