"""How many dates there are of each type, sector, organiser and group, beside the list of them."""

from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.actor import Actor
from app.core.reads import Reader, prepared
from app.features.events.finding import DatesWanted, narrowed
from app.features.posts.feed import filed_under_sections
from app.models.companies import Company
from app.models.feed import FeedEntry
from app.models.groups import Group
from app.models.occurrences import Occurrence
from app.models.people import Person
from app.models.posts import Post

MOST_NAMES = 200  # organisers and groups to choose from, by name
Counts = dict[str, dict[str, int]]
Names = dict[str, list[tuple[str, str]]]


_NONE: Any = cast(null(), Text())


def _counted(fits: Any, facet: str, value: Any, name: Any = _NONE, order: Any = _NONE) -> Any:
    columns: list[Any] = [
        literal(facet).label("facet"),
        cast(value, Text()).label("value"),
        name.label("name"),
        order.label("place"),
        cast(func.sum(fits.c.dates), Text()).label("dates"),
    ]
    return select(*columns).select_from(fits)


@prepared
def _counts(actor: Actor, given: frozenset[str]) -> CompoundSelect[Any]:
    fits = (
        select(
            Post.id, Post.details, Post.group_id, Post.company_id, Post.author_id,
            func.count().label("dates"),
        )
        .join(Occurrence, Occurrence.post_id == Post.id)
        .where(*narrowed(actor, given))
        .group_by(Post.id)
        .cte("fits")
        .prefix_with("MATERIALIZED")
    )  # fmt: skip

    def of(field: str) -> Any:
        value = fits.c.details[field].astext
        return _counted(fits, field, value).group_by(value).where(value != "")

    letter: Any = func.split_part(FeedEntry.key, ":", 2)
    sectors = (
        _counted(fits, "sector", letter)
        .join(FeedEntry, FeedEntry.post_id == fits.c.id)
        .where(*filed_under_sections())
        .group_by(letter)
    )
    return union_all(
        _counted(fits, "all", literal("")),
        of("event_type"), of("attendance"), of("occupation"),
        sectors, *_named(fits),
    )  # fmt: skip


def _named(fits: Any) -> list[Select[Any]]:
    """Return counts of those who hold dates, and of groups, with their names."""
    companies = (
        _counted(fits, "organiser", Company.id, Company.name, Company.sort_name)
        .join(Company, Company.id == fits.c.company_id)
        .group_by(Company.id)
    )
    people = (
        _counted(fits, "organiser", Person.id, Person.name, Person.sort_name)
        .join(Person, Person.id == fits.c.author_id)
        .where(fits.c.company_id.is_(None), Person.left_at.is_(None))
        .group_by(Person.id)
    )
    groups = (
        _counted(fits, "group", Group.id, Group.name, Group.sort_name)
        .join(Group, Group.id == fits.c.group_id)
        .group_by(Group.id)
    )
    return [companies, people, groups]


async def count_dates(reader: Reader, actor: Actor, wanted: DatesWanted) -> tuple[Counts, Names]:
    """Return how many dates fit, under ``all``, and how many have each value of each facet.

    The second is the names of organisers and groups, by their ids, in the order of names.
    """
    rows = await reader.all(_counts(actor.shape, wanted.given), wanted.params(actor))
    facets = ("all", "event_type", "attendance", "occupation", "sector", "organiser", "group")
    counts: Counts = {facet: {} for facet in facets}
    names: Names = {"organiser": [], "group": []}
    for row in sorted(rows, key=lambda row: (row.place or "", row.value)):
        named = names.get(row.facet)
        if named is not None and len(named) == MOST_NAMES:
            continue
        counts[row.facet][row.value] = int(row.dates or 0)
        if named is not None:
            named.append((row.value, row.name))
    return counts, names
