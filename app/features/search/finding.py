"""Finding: which documents fit a search, which of them a reader may see, and how many of what."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.core.paging import BadCursor, Page, Paging
from app.core.reads import Reader, prepared
from app.features.places.distance import within_km
from app.features.places.region import places_within
from app.features.search.asking import Search
from app.features.search.forgiving import words_alike
from app.features.search.ranking import ALIKE, BEST, NEWEST, matches, params_of, points
from app.features.search.seeing import seen_by
from app.models.groups import Group
from app.models.places import Place
from app.models.search import SearchDocument, Thing

FEW: Final = 3  # hits, or fewer: then words spelt alike are looked for, too
_MOST_GROUPS: Final = 20  # groups whose hits are told apart
_ORDERS: Final = {"best": BEST, "alike": ALIKE, "newest": NEWEST}


class NothingAsked(Invalid):
    """There is no word in the question that could be found."""

    code = "nothing_asked"
    text = N_("Bitte geben Sie ein, wonach Sie suchen.")

    def __init__(self) -> None:
        super().__init__(FieldError(("q",), self.code, self.text))


def _bound(name: str, type_: Any) -> Any:
    return bindparam(name, type_=type_, required=True)


def _in_one_of(places: Select[Any]) -> ColumnElement[bool]:
    """Keep what lies in these places; as an array, they are asked for once."""
    return SearchDocument.place_id == any_(
        func.array(places.scalar_subquery(), type_=ARRAY(Uuid()))
    )


def _around() -> ColumnElement[bool]:
    centre = [_bound(name, Double()) for name in ("latitude", "longitude", "radius_km")]
    return _in_one_of(select(Place.id).where(within_km(Place.latitude, Place.longitude, *centre)))


_NARROWED: Final[dict[str, Callable[[], ColumnElement[bool]]]] = {
    "thing": lambda: SearchDocument.thing == _bound("thing", SearchDocument.thing.type),
    "kind": lambda: SearchDocument.kind == _bound("kind", Text()),
    "sector": lambda: _bound("sector", Text()) == any_(SearchDocument.sectors),
    "since": lambda: SearchDocument.said_at >= _bound("since", DateTime(timezone=True)),
    "group_id": lambda: SearchDocument.group_id == _bound("group_id", Uuid()),
    "place_id": lambda: _in_one_of(places_within(_bound("place_id", Uuid()))),
    "radius_km": _around,
}


def _fitting(given: frozenset[str]) -> list[ColumnElement[bool]]:
    names = sorted(given - {"place_id"} if "radius_km" in given else given)
    return [matches("wide"), *(_NARROWED[name]() for name in names)]


@prepared
def _hits(actor: Actor, given: frozenset[str], *, order: str, after: bool) -> Select[Any]:
    """Select hits in order, and ask of each in that order whether it may be seen.

    So the policies are asked of about as many documents as are shown, however many fit.
    """
    rank = points() if order != "newest" else literal(0, Integer())
    columns: list[Any] = [
        SearchDocument.id,
        SearchDocument.thing,
        SearchDocument.said_at,
        rank.label("points"),
    ]
    fit = select(*columns).where(*_fitting(given))
    by_rank: list[Any] = [column("points").desc()] if order != "newest" else []
    latest: list[Any] = [SearchDocument.said_at.desc(), SearchDocument.id.desc()]
    found = fit.order_by(*by_rank, *latest).subquery("found")
    shown: Select[Any] = select(found.c.id, found.c.thing, found.c.points).where(
        seen_by(actor, found.c)
    )
    page = _ORDERS[order].page(shown, after=after)
    return page.execution_options(plan_each_time=True)


@prepared
def _counts(actor: Actor, given: frozenset[str]) -> CompoundSelect[Any]:
    columns: list[Any] = [
        SearchDocument.id,
        SearchDocument.thing,
        SearchDocument.kind,
        SearchDocument.group_id,
        SearchDocument.sectors,
    ]
    found = select(*columns).where(*_fitting(given)).cte("found").prefix_with("MATERIALIZED")
    seen = select(found).where(seen_by(actor, found.c)).cte("seen").prefix_with("MATERIALIZED")
    how_many: Any = func.count().label("count")

    def counted(facet: str, value: Any, *where: Any) -> Select[Any]:
        counts: list[Any] = [literal(facet).label("facet"), value.label("value"), how_many]
        return select(*counts).where(value.is_not(None), *where).group_by(value)

    letters = select(func.unnest(seen.c.sectors).label("sector")).subquery()
    groups: list[Any] = [literal("group").label("facet"), Group.id.cast(Text()), how_many]
    of_groups = (
        select(*groups)
        .select_from(seen)
        .join(Group, Group.id == seen.c.group_id)
        .group_by(Group.id)
        .order_by(how_many.desc(), Group.id)
        .limit(_MOST_GROUPS)
    )
    every: list[Any] = [literal("all").label("facet"), literal("").label("value"), how_many]
    counts: CompoundSelect[Any] = union_all(
        select(*every).select_from(seen),
        counted("thing", seen.c.thing.cast(Text())),
        counted("kind", seen.c.kind, seen.c.thing == Thing.POST),
        counted("sector", letters.c.sector),
        select(of_groups.subquery()),
    )
    return counts.execution_options(plan_each_time=True)


class Found:
    """The hits of a search, and whether words spelt alike had to be taken in."""

    def __init__(self, page: Page[Any], wide: str | None = None) -> None:
        self.page = page
        self.wide = wide

    @property
    def is_forgiving(self) -> bool:
        """Whether hits may have words that are only spelt like those asked for."""
        return self.wide is not None


async def find(reader: Reader, actor: Actor, search: Search, paging: Paging) -> Found:
    """Return hits that ``actor`` may see: ``id`` and ``thing``, in the order asked for.

    Where there are hardly any, words that are spelt alike or that the words asked for are parts of
    count as well. Refuses a question without words.
    """
    if search.question.is_empty:
        raise NothingAsked
    try:
        page = await _page(reader, actor, search, paging, search.order)
    except BadCursor:
        wide = await _wider(reader, search)
        return Found(await _page(reader, actor, search, paging, "alike", wide), wide)
    if len(page.items) > FEW or paging.cursor:
        return Found(page)
    wide = await _wider(reader, search)
    if wide is None:
        return Found(page)
    return Found(await _page(reader, actor, search, paging, "alike", wide), wide)


async def _wider(reader: Reader, search: Search) -> str | None:
    """Return the question with words spelt alike, None where there are none."""
    others = await words_alike(reader, search.question.stems)
    return search.question.widened(others) if others else None


async def _page(
    reader: Reader,
    actor: Actor,
    search: Search,
    paging: Paging,
    order: str,
    wide: str | None = None,
) -> Page[Any]:
    read = _hits(actor.shape, search.given, order=order, after=paging.cursor is not None)
    params = params_of(search.question, wide) | search.narrowed | {"me": actor.person_id}
    return await _ORDERS[order].fetch(reader, read, paging, params)


async def count_hits(
    reader: Reader, actor: Actor, search: Search, found: Found | None = None
) -> dict[str, dict[str, int]]:
    """Return how many hits ``actor`` may see, under ``all``, and how many have each value.

    Counted are things, kinds of posts, sections of WZ 2008, and groups by id; what a reader may
    not see is in no number. ``found`` are the hits, where they were looked for already.
    """
    if found is None:
        found = await find(reader, actor, search, Paging(limit=FEW + 1))
    read = _counts(actor.shape, search.given)
    wide = found.wide or search.question.wide
    rows = await reader.all(read, {"wide": wide, **search.narrowed, "me": actor.person_id})
    counts: dict[str, dict[str, int]] = {
        name: {} for name in ("all", "thing", "kind", "sector", "group")
    }
    for facet, value, count in sorted(rows, key=lambda row: (row[0], -row[2], row[1])):
        counts[facet][value] = count
    return counts
