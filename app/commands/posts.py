"""``kontor posts …``: bringing in posts of a kind from a CSV file, and its template."""

from pathlib import Path

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.commands.running import Exit, actor_of, carry_out, output, told
from app.core.errors import NotFound
from app.core.i18n import Locale, current_locale
from app.edge.post_sheets import PostRow, read_posts, reasons_of, template_for
from app.features.posts.drafts import KINDS
from app.features.posts.syncing import Outcome, Result, put_posts, rehearse_posts
from app.models.companies import Company


def import_file(
    kind: str, file: Path, *, email: str, company: str, is_rehearsal: bool, language: Locale
) -> None:
    """Bring in what the file holds in somebody's name, and print what was refused, and why."""
    current_locale.set(language)
    _check_kind(kind)

    async def bring_in(session: Session) -> tuple[list[PostRow], list[Result]]:
        actor = await actor_of(session, email)
        company_id = await session.scalar(select(Company.id).where(Company.slug == company))
        if company and company_id is None:
            raise NotFound
        read = list(read_posts(kind, file, company_id=company_id))
        bring = rehearse_posts if is_rehearsal else put_posts
        return read, await bring(session, actor, [row.wish for row in read])

    read, results = carry_out(bring_in)
    for row, result in zip(read, results, strict=True):
        if result.refusal:
            output.print(f"{row.line}: {' · '.join(reasons_of(result.refusal))}", markup=False)
    for outcome in Outcome:
        count = sum(one.outcome == outcome for one in results)
        if count:
            output.print(f"{outcome}: {count}", markup=False)
    if any(one.outcome == Outcome.REFUSED for one in results):
        raise typer.Exit(Exit.INCOMPLETE)


def print_template(kind: str, *, language: Locale) -> None:
    """Print a file to fill in."""
    _check_kind(kind)
    typer.echo(template_for(kind, language).decode("utf-8-sig"), nl=False)


def _check_kind(kind: str) -> None:
    with told():
        if kind not in KINDS:
            raise NotFound
