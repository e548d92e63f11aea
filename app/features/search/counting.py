"""Counting hits: how many of each thing, kind, sector, place and group a reader may see.

What very many documents have is not counted to its end: ``MOST`` of each thing, the newest.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Integer, Select, Text, case, func, literal, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.actor import Actor
from app.core.paging import Paging
from app.core.reads import Reader, prepared
from app.features.search.asking import Search
from app.features.search.finding import (
    FEW,
    MOST,
    Found,
    find,
    newest_of_each,
    params_of_newest,
)
from app.models.places import Place, PlaceKind
from app.models.search import SearchDocument, Thing

_MOST_VALUES: Final = 20  # groups and places that are told apart
FACETS: Final = ("thing", "kind", "sector", "place", "group")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many hits have each value of a facet, most first; under ``all`` each is counted once.

    ``more`` are the things of which there are more than ``MOST``: in every number only the newest
    of them are counted.
    """

    by: dict[str, dict[str, int]] = field(default_factory=dict)
    more: frozenset[str] = frozenset()


@prepared
def _counts(actor: Actor, given: frozenset[str]) -> CompoundSelect[Any]:
    columns = [
        SearchDocument.kind,
        SearchDocument.group_id,
        SearchDocument.place_id,
        SearchDocument.sectors,
    ]
    newest = newest_of_each(actor, given, *columns)
    seen = select(newest).cte("seen").prefix_with("MATERIALIZED")
    how_many: Any = func.count().label("count")

    def counted(facet: str, value: Any, *where: Any) -> Select[Any]:
        counts: list[Any] = [literal(facet).label("facet"), value.label("value"), how_many]
        return select(*counts).where(value.is_not(None), *where).group_by(value)

    def most(facet: str, id_: Any, joined: Any, count: Any) -> Select[Any]:
        counts: list[Any] = [literal(facet).label("facet"), id_.cast(Text()), count.label("count")]
        several = select(*counts).select_from(joined).where(id_.is_not(None)).group_by(id_)
        return select(several.order_by(count.desc(), id_).limit(_MOST_VALUES).subquery())

    letters = select(func.unnest(seen.c.sectors).label("sector")).subquery()
    places = select(seen.c.place_id, how_many).group_by(seen.c.place_id).subquery()
    # A postcode area counts for the town that most of it lies in.
    town = case((Place.kind == PlaceKind.POSTCODE, Place.parent_id), else_=Place.id)
    of_town = func.sum(places.c.count).cast(Integer())
    counts: CompoundSelect[Any] = union_all(
        counted("thing", seen.c.thing.cast(Text())),
        counted("kind", seen.c.kind, seen.c.thing == Thing.POST),
        counted("sector", letters.c.sector),
        most("place", town, places.join(Place, Place.id == places.c.place_id), of_town),
        most("group", seen.c.group_id, seen, func.count()),
    )
    return counts


async def count_hits(
    reader: Reader, actor: Actor, search: Search, found: Found | None = None
) -> Counts:
    """Count the hits that ``actor`` may see; what they may not see is in no number.

    ``found`` are the hits, where they were looked for already.
    """
    if found is None:
        found = await find(reader, actor, search, Paging(limit=FEW + 1))
    params = params_of_newest(actor, found.search)
    rows = await reader.all(_counts(actor.shape, search.given), params)
    by: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for facet, value, count in sorted(rows, key=lambda row: (row[0], -row[2], row[1])):
        by[facet][value] = count
    more = frozenset(thing for thing, count in by["thing"].items() if count > MOST)
    by["thing"] |= dict.fromkeys(more, MOST)
    by["all"] = {"": sum(by["thing"].values())}
    return Counts(by, more)
