"""``kontor events …``: bringing in events of an iCalendar file."""

from pathlib import Path

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.commands.running import Exit, actor_of, carry_out, output, told
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.i18n import Locale, current_locale, translate
from app.features.events.calendar_files import read_calendar
from app.features.events.calendar_import import Fate, Taken, bring_in
from app.models.companies import Company, Staff, StaffRole


def import_calendar(file: Path, *, owner: str, language: Locale) -> None:
    """Bring in what the file announces, and print what became of it."""
    current_locale.set(language)

    with told():
        found = read_calendar(file.read_bytes())

    async def take(session: Session) -> list[Taken]:
        if "@" in owner:
            return await bring_in(session, await actor_of(session, owner), found, company_id=None)
        actor, company = await speaker_of(session, owner)
        return await bring_in(session, actor, found, company_id=company.id)

    taken = carry_out(take)
    for one in taken:
        for text, params in one.reasons:
            output.print(f"{one.title}: {translate(text, **params)}", markup=False)
    for fate in Fate:
        if count := sum(one.fate == fate for one in taken):
            output.print(f"{fate}: {count}", markup=False)
    if any(one.fate == Fate.REFUSED for one in taken):
        raise typer.Exit(Exit.INCOMPLETE)


async def speaker_of(session: Session, slug: str) -> tuple[Actor, Company]:
    """Return a company with its longest-serving owner, who speaks for it."""
    found = await session.execute(
        select(Staff.person_id, Company)
        .join(Company, Company.id == Staff.company_id)
        .where(Company.slug == slug, Staff.role == StaffRole.OWNER, Staff.ended_at.is_(None))
        .order_by(Staff.created_at, Staff.id)
        .limit(1)
    )
    row = found.first()
    if row is None:
        raise NotFound
    return Actor(person_id=row.person_id), row.Company
