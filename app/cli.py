"""The command line: ``kontor …``.

Commands import what they need when they run, so that each starts at once.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

kontor = typer.Typer(name="kontor", no_args_is_help=True, help="Run and tend a Kontor.")
companies = typer.Typer(no_args_is_help=True, help="Import companies from members' lists.")
places = typer.Typer(no_args_is_help=True, help="Import places: postcodes and municipalities.")
posts = typer.Typer(no_args_is_help=True, help="Bring in posts from CSV files.")
events = typer.Typer(no_args_is_help=True, help="Bring in events from iCalendar files.")
search = typer.Typer(no_args_is_help=True, help="Tend what can be found.")
operators = typer.Typer(no_args_is_help=True, help="Say who runs this platform.")
kontor.add_typer(companies, name="companies")
kontor.add_typer(places, name="places")
kontor.add_typer(posts, name="posts")
kontor.add_typer(events, name="events")
kontor.add_typer(search, name="search")
kontor.add_typer(operators, name="operators")

Encodings = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-15", "mac-roman", "cp850"]
Language = Annotated[
    Literal["de", "en"], typer.Option(help="The language of messages and reports.")
]


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
    from app.commands.running import carry_out
    from app.core.migrating import migrate as bring_up_to_date
    from app.core.settings import settings
    from app.dev.postgres import reachable
    from app.reference.loading import load_reference

    with reachable(settings().database_url, settings().var_dir) as dsn:
        asyncio.run(bring_up_to_date(dsn))
    carry_out(load_reference)


@kontor.command()
def reseal() -> None:
    """Seal messages, answers and files anew that are not sealed under the newest key.

    Run it once after an update to a version that seals, and after each new key in
    KONTOR_SEALING_KEYS; then an old key can be taken out of that list. Beside a running Kontor.
    """
    from app.commands.sealing import reseal as seal_anew

    seal_anew()


@operators.command("add")
def add_operator(email: str) -> None:
    """Make the account with this e-mail address an operator."""
    from app.commands.running import carry_out
    from app.features.accounts.operators import add_operator as add

    account = carry_out(lambda session: add(session, email))
    typer.echo(f"{account.email} is an operator.")


@operators.command("remove")
def remove_operator(email: str) -> None:
    """Take the role away from the account with this e-mail address."""
    from app.commands.running import carry_out
    from app.features.accounts.operators import remove_operator as remove

    account = carry_out(lambda session: remove(session, email))
    typer.echo(f"{account.email} is no operator.")


@operators.command("list")
def list_operators() -> None:
    """Print the e-mail addresses of all operators."""
    from app.commands.running import carry_out
    from app.features.accounts.operators import list_operators as found

    for email in carry_out(found):
        typer.echo(email)


@search.command("rebuild")
def rebuild_search() -> None:
    """Make all documents of the search anew, while everything goes on running."""
    from app.commands.search import rebuild

    rebuild()


@posts.command("import")
def import_posts(
    kind: Annotated[str, typer.Argument(help="Key of the kind, such as freight_request.")],
    file: Annotated[Path, typer.Argument(help="A CSV file; `posts template` prints its columns.")],
    email: Annotated[str, typer.Option("--as", help="E-mail address of who publishes them.")],
    company: Annotated[str, typer.Option(help="Slug of the company they speak for.")] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would happen, and change nothing.")
    ] = False,
    language: Language = "de",
) -> None:
    """Bring in up to 500 posts; the same file again changes only what has changed.

    Exit codes: 0 all rows taken, 1 it could not be done, 2 the file cannot be used, 3 done, but
    rows were refused.
    """
    from app.commands.posts import import_file

    import_file(kind, file, email=email, company=company, is_rehearsal=dry_run, language=language)


@events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="An iCalendar file (.ics).")],
    owner: Annotated[
        str,
        typer.Option(
            "--for", help="E-mail address of who publishes them, or slug of the company that does."
        ),
    ],
    *,
    language: Language = "de",
) -> None:
    """Bring in up to 500 events; the same file again changes only what has changed.

    Exit codes: 0 all taken, 1 it could not be done, 2 the file is no calendar, 3 done, but some
    were refused.
    """
    from app.commands.events import import_calendar

    import_calendar(file, owner=owner, language=language)


@posts.command("template")
def print_template(
    kind: Annotated[str, typer.Argument(help="Key of the kind, such as freight_request.")],
    *,
    language: Language = "de",
) -> None:
    """Print a CSV file to fill in: the columns of a kind, and an example."""
    from app.commands.posts import print_template as show

    show(kind, language=language)


@companies.command("import")
def import_companies(
    file: Annotated[Path, typer.Argument(help="The members' list, a CSV file.")],
    source: Annotated[
        str, typer.Option(help="Whose member numbers these are; one list, one source.")
    ] = "members",
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file: which column holds which field.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="CSV file to write all findings to, by line and column.")
    ] = None,
    encoding: Annotated[
        Encodings | None, typer.Option(help="How the file is written; guessed if not given.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would happen, and change nothing.")
    ] = False,
    language: Language = "de",
) -> None:
    """Import a members' list; a second run of the same list changes nothing.

    The companies are not public until somebody claims them, or until the operator sets
    KONTOR_PUBLISH_IMPORTED_STUBS. Exit codes: 0 all rows taken, 1 it could not be done, 2 the file
    cannot be used, 3 done, but rows were rejected. After 1 and 2 nothing has changed.
    """
    from app.commands.companies import import_list

    import_list(
        file,
        source=source,
        mapping=mapping,
        report=report,
        encoding=encoding,
        is_rehearsal=dry_run,
        language=language,
    )


@companies.command("imports")
def list_imports(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 20,
    *,
    language: Language = "de",
) -> None:
    """List the imports that have been done, newest first."""
    from app.commands.companies import show_imports

    show_imports(limit=limit, language=language)


@places.command("import")
def import_places(
    file: Annotated[
        Path,
        typer.Argument(help="UTF-8 CSV with postcode, town, AGS, latitude and longitude."),
    ],
    *,
    language: Language = "de",
) -> None:
    """Import better places than the shipped ones; what the file does not name stays as it is.

    Exit codes: 0 all rows taken, 1 it could not be done, 2 the file cannot be used, 3 done, but
    rows were rejected.
    """
    from app.commands.places import import_file

    import_file(file, language=language)


@places.command("tax-rates")
def load_tax_rates(
    file: Annotated[
        Path,
        typer.Argument(help="UTF-8 CSV with ags or gemeinde, hebesatz (per cent) and stand."),
    ],
    *,
    language: Language = "de",
) -> None:
    """Load the trade tax rates of municipalities; what the file does not name stays as it is.

    Exit codes: 0 all rows taken, 1 it could not be done, 2 the file cannot be used, 3 done, but
    rows were rejected.
    """
    from app.commands.places import load_rates

    load_rates(file, language=language)


if __name__ == "__main__":
    kontor()
