"""The command line: ``kontor …``.

Commands import what they need when they run, so that each starts at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from app.runtime import Runtime

T = TypeVar("T")

kontor = typer.Typer(name="kontor", no_args_is_help=True, help="Run and tend a Kontor.")


@kontor.callback()
def main() -> None:
    """Say nothing, so that every command is called by its name."""


@kontor.command()
def run(port: int = 8000) -> None:
    """Run everything on this machine: PostgreSQL, web, worker, and a demo region to begin with."""
    from app.dev.supervisor import run as supervise

    supervise(port)


@kontor.command()
def migrate() -> None:
    """Create or update the tables and the reference data of the database."""
    from app.core.db import transaction
    from app.core.migrating import migrate as bring_up_to_date
    from app.reference.loading import load_reference

    async def work(runtime: "Runtime") -> None:
        async with transaction(runtime.sessions) as session:
            await load_reference(session)

    with _database() as dsn:
        asyncio.run(bring_up_to_date(dsn))
        _inside(work, dsn)


@contextmanager
def _database() -> Iterator[str]:
    """Yield the address of the configured database, or of the one in ``var/``."""
    from app.core.settings import settings
    from app.dev.postgres import reachable

    with reachable(settings().database_url, settings().var_dir) as dsn:
        yield dsn


def _inside(work: "Callable[[Runtime], Awaitable[T]]", dsn: str) -> "T":
    """Run ``work`` with everything open that a process of ours has; return what it returns."""
    from app.core.settings import settings
    from app.runtime import running

    async def opened() -> "T":
        async with running(settings(), dsn, for_jobs=True) as runtime:
            return await work(runtime)

    return asyncio.run(opened())


if __name__ == "__main__":
    kontor()
