"""The addresses of what search engines may list, in parts, each read in the order of its keys."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    func,
    not_,
    null,
    select,
    true,
)

from app.core.actor import ANONYMOUS
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.companies import policy as companies_policy
from app.features.groups import policy as groups_policy
from app.features.people import policy as people_policy
from app.features.places.reading import code_of_path
from app.features.places.region import region_towns
from app.features.posts import policy as posts_policy
from app.models.companies import Company
from app.models.groups import Group
from app.models.people import Person
from app.models.places import Place
from app.models.posts import Post

PART = 50_000  # addresses in one sitemap, as the protocol has it (https://www.sitemaps.org)
BATCH = 1_000  # rows that are read at once


class Section(StrEnum):
    """What is listed; also the beginning of its pages' paths."""

    COMPANIES = "companies"
    GROUPS = "groups"
    PEOPLE = "people"
    PLACES = "places"
    POSTS = "posts"


class Address(NamedTuple):
    """A page of ours, and when it was changed, where it changes by itself."""

    path: str
    changed: datetime | None


class Part(NamedTuple):
    """The first key of a sitemap, and when the latest of its pages was changed."""

    first: UUID
    changed: datetime | None


class _Listed(NamedTuple):
    """A section's key, the end of its pages' paths, their last change, and which are listed."""

    key: Any
    name: Any
    changed: Any
    where: ColumnElement[bool]


def _listed(section: Section, *, stubs: bool) -> _Listed:
    if section == Section.COMPANIES:
        seen = companies_policy.visible_to(ANONYMOUS, stubs=stubs)
        return _Listed(Company.id, Company.slug, Company.updated_at, seen)
    if section == Section.GROUPS:
        seen = groups_policy.visible_to(ANONYMOUS) & Group.archived_at.is_(None)
        return _Listed(Group.id, Group.slug, Group.updated_at, seen)
    if section == Section.PEOPLE:  # R-DS-06: only who wishes it
        seen = people_policy.visible_to(ANONYMOUS) & Person.found_by_search_engines.is_(true())
        return _Listed(Person.id, Person.slug, Person.updated_at, seen)
    if section == Section.PLACES:
        town = Place.id.in_(region_towns(settings().site.region))
        return _Listed(Place.id, code_of_path(), cast(null(), DateTime(timezone=True)), town)
    seen = posts_policy.current() & posts_policy.stands_open_to(ANONYMOUS) & not_(Post.is_concealed)
    changed = func.coalesce(Post.edited_at, Post.published_at)
    return _Listed(Post.id, cast(Post.id, Text()), changed, seen)


@prepared
def _parts(section: Section, *, stubs: bool) -> Select[Any]:
    listed = _listed(section, stubs=stubs)
    number = func.row_number().over(order_by=listed.key) - 1
    size: Any = bound("size", Integer())
    rows = (
        select(
            listed.key.label("key"),
            listed.changed.label("changed"),
            func.div(number, size).label("part"),
        )
        .where(listed.where)
        .subquery()
    )
    first = func.min(cast(rows.c.key, Text()))  # written out, keys keep their order
    columns: list[Any] = [
        cast(first, Uuid()).label("first"),
        func.max(rows.c.changed).label("changed"),
    ]
    return select(*columns).group_by(rows.c.part).order_by(rows.c.part)


@prepared
def _addresses(section: Section, *, stubs: bool, after: bool) -> Select[Any]:
    listed = _listed(section, stubs=stubs)
    key: Any = bound("key", Uuid())
    columns: list[Any] = [
        listed.key.label("key"),
        listed.name.label("name"),
        listed.changed.label("changed"),
    ]
    return (
        select(*columns)
        .where(listed.where, listed.key > key if after else listed.key >= key)
        .order_by(listed.key)
        .limit(bound("limit", Integer()))
    )


async def parts_of(reader: Reader, section: Section, size: int = PART) -> list[Part]:
    """Return where each sitemap of a section begins, none for a section with nothing in it."""
    read = _parts(section, stubs=companies_policy.stubs_are_public())
    return [Part(*row) for row in await reader.all(read, {"size": size})]


async def addresses_from(
    reader: Reader, section: Section, first: UUID, size: int = PART
) -> AsyncIterator[list[Address]]:
    """Yield the addresses of the sitemap that begins at ``first``, a batch at a time."""
    stubs, key, left = companies_policy.stubs_are_public(), first, size
    after = False
    while left > 0:
        read = _addresses(section, stubs=stubs, after=after)
        limit = min(left, BATCH)
        rows = await reader.all(read, {"key": key, "limit": limit})
        if rows:
            yield [Address(f"/{section}/{row.name}", row.changed) for row in rows]
        if len(rows) < limit:
            return
        key, after, left = rows[-1].key, True, left - limit
