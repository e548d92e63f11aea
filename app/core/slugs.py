"""Slugs of people, companies and groups: choosing free ones, and following renamed ones."""

from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, Text, delete, func, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.reads import Reader, SessionReader, bound, prepared
from app.core.text import make_slug
from app.models.companies import Company
from app.models.groups import Group
from app.models.people import OldSlug, Person

SlugKind = Literal["person", "company", "group"]
_TABLES: Final[dict[SlugKind, type[Person | Company | Group]]] = {
    "person": Person,
    "company": Company,
    "group": Group,
}


async def free_slug(
    session: Session,
    kind: SlugKind,
    name: str,
    *,
    fallback: str = "eintrag",
    own: UUID | None = None,
) -> str:
    """Return the first free slug for ``name``: ``muster``, else ``muster-2``, ``muster-3``.

    Slugs that others bear or once bore are taken; those of ``own``, the thing itself, are free.
    Namesakes wait for each other until commit, so two of them never get the same.
    """
    stem = make_slug(name, fallback=fallback)
    reader = SessionReader(session)
    await reader.first(_turn(), {"namesakes": f"slug:{kind}:{stem}"})
    rows = await reader.all(_borne(kind), {"stem": stem, "numbered": f"{stem}-%"})
    taken = {row.slug for row in rows if row.bearer != own}
    number = 1
    slug = stem
    while slug in taken:
        number += 1
        slug = make_slug(name, fallback=fallback, number=number)
    return slug


@prepared
def _turn() -> Select[Any]:
    namesakes = bound("namesakes", Text())
    return select(func.pg_advisory_xact_lock(func.hashtextextended(namesakes, 0)).label("turn"))


@prepared
def _borne(kind: SlugKind) -> CompoundSelect[Any]:
    table = _TABLES[kind]
    stem = bound("stem", Text())
    numbered = bound("numbered", Text())
    present = select(table.slug.label("slug"), table.id.label("bearer")).where(
        (table.slug == stem) | table.slug.like(numbered)
    )
    past = select(OldSlug.slug, OldSlug.target_id).where(
        OldSlug.kind == literal(kind), (OldSlug.slug == stem) | OldSlug.slug.like(numbered)
    )
    return union(present, past)


async def rename(
    session: Session, kind: SlugKind, row: Person | Company | Group, name: str
) -> None:
    """Give ``row`` the slug of its new ``name``; the old address will redirect to the new one."""
    slug = await free_slug(session, kind, name, own=row.id)
    if slug == row.slug:
        return
    await session.execute(delete(OldSlug).where(OldSlug.kind == kind, OldSlug.slug == slug))
    session.add(OldSlug(kind=kind, slug=row.slug, target_id=row.id))
    row.slug = slug


@prepared
def _renamed(kind: SlugKind) -> Select[Any]:
    table = _TABLES[kind]
    return (
        select(table.slug)
        .join(OldSlug, OldSlug.target_id == table.id)
        .where(
            OldSlug.kind == literal(kind),
            OldSlug.slug == bound("slug", Text()),
        )
    )


async def renamed_to(reader: Reader, kind: SlugKind, slug: str) -> str | None:
    """Return the present slug of what once bore ``slug``, or None."""
    row = await reader.first(_renamed(kind), {"slug": slug})
    return str(row.slug) if row else None
