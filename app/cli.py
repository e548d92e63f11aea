"""The command line: ``kontor …``."""

import asyncio

import typer

from app.core.migrating import migrate as bring_up_to_date
from app.core.settings import settings
from app.main import configure_logging, database_of

kontor = typer.Typer(name="kontor", no_args_is_help=True, help="Run and tend a Kontor.")


@kontor.callback()
def main() -> None:
    """Say nothing, so that every command is called by its name."""
    configure_logging()


@kontor.command()
def migrate() -> None:
    """Create or update the tables of the configured database."""
    asyncio.run(bring_up_to_date(database_of(settings())))


if __name__ == "__main__":
    kontor()
