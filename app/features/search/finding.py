"""Finding: which documents fit a search, and which of them a reader may see.

A search goes through its tiers, best first, and back through time in each (``marking``), until it
has as many hits as are shown. Whatever values are filled in, the plan is the same, so that
PostgreSQL plans these statements once: they stand in subqueries, where the planner takes no account
of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    Uuid,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, array

from app.core import clock
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.core.paging import BadCursor, Page, Paging
from app.core.reads import Reader, given, prepared
from app.features.places.distance import distance_km, within_km
from app.features.search.asking import Search
from app.features.search.forgiving import words_alike
from app.features.search.marking import steps_back
from app.features.search.ranking import (
    ALIKE,
    BEST,
    NEAREST,
    NEWEST,
    Tier,
    is_exactly,
    is_headed,
    matches,
    params_of,
    points_of_exact,
    tiers_of,
)
from app.features.search.seeing import seen_by
from app.features.wording.documents import mark
from app.features.wording.filtering import fits
from app.models.places import Place
from app.models.search import SearchDocument, Thing

FEW: Final = 3  # hits, or fewer: then words spelt alike are looked for, too
MOST: Final = 200  # hits of each thing that are counted, or put in order by their distance
_GROWING: Final = 8  # times as long is each step back through time, when a few hits are wanted
_GROWING_FOR_MANY: Final = 3
# What is said again and again; of the others there are few enough to look through all at once.
_SAID: Final = {mark("thing", Thing.POST), mark("thing", Thing.REPLY)}
_ORDERS: Final = {"best": BEST, "alike": ALIKE, "newest": NEWEST, "distance": NEAREST}
_NEWEST_FIRST: Final = (SearchDocument.said_at.desc(), SearchDocument.id.desc())


class NothingAsked(Invalid):
    """There is no word in the question that could be found."""

    code = "nothing_asked"
    text = N_("Bitte geben Sie ein, wonach Sie suchen.")

    def __init__(self) -> None:
        super().__init__(FieldError(("q",), self.code, self.text))


def _narrowed(names: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    """Yield what a search is narrowed down to: marks, and what no mark says."""
    yield SearchDocument.marks.contains(given("marks", ARRAY(Text())))
    if "since" in names:
        yield SearchDocument.said_at >= given("since", DateTime(timezone=True))
    if "radius_km" in names:
        around = [given(name, Double()) for name in ("latitude", "longitude", "radius_km")]
        inside = within_km(Place.latitude, Place.longitude, *around)
        # "is true" keeps it from becoming a join: the places are collected once.
        yield SearchDocument.place_id.in_(select(Place.id).where(inside)).is_(true())


def _in_time(times: Any) -> Any:
    return SearchDocument.marks.overlap(cast(times, ARRAY(Text())))


def _steps(*columns: Any) -> FromClause:
    """Select parameters side by side, a row for each place in them, in their order."""
    values = [cast(given(f"step_{one.name}", ARRAY(Text())), ARRAY(one.type)) for one in columns]
    return func.unnest(*values).table_valued(*columns, name="steps").render_derived()


@prepared
def _hits(actor: Actor, names: frozenset[str], *, order: str, after: bool) -> Select[Any]:
    """Select hits tier by tier, and ask of each in that order whether it may be seen.

    So the policies are asked of about as many documents as are shown, however many fit.
    """
    by_rank = order != "newest"
    document = [SearchDocument.id, SearchDocument.thing, SearchDocument.said_at]
    steps = _steps(column("points", Integer()), column("asked", TSQUERY()), column("times", Text()))
    fit = [fits(SearchDocument.words, steps.c.asked), _in_time(steps.c.times), *_narrowed(names)]
    if by_rank:
        fit.append(SearchDocument.name_key != given("key", Text()))
    if after:
        at, id_ = ("after_1", "after_2") if by_rank else ("after_0", "after_1")
        before = tuple_(SearchDocument.said_at, SearchDocument.id) < tuple_(
            given(at, DateTime(timezone=True)), given(id_, Uuid())
        )
        further = [steps.c.points < given("after_0", Integer())] if by_rank else []
        fit.append(or_(before, *further))
    step = select(*document).where(*fit).order_by(*_NEWEST_FIRST).lateral("step")
    found: Any = (
        select(step, steps.c.points)
        .select_from(steps.join(step, true()))
        .where(seen_by(actor, step.c))
        .limit(given("limit", Integer()))
    )
    if by_rank:
        exact = select(*document, points_of_exact().label("points"))
        named = exact.where(is_exactly(), matches("wide"), *_narrowed(names)).subquery("named")
        seen = select(named).where(seen_by(actor, named.c))
        found = union_all(seen, select(found.subquery()))
    every = found.subquery("found")
    return _ORDERS[order].page(select(every.c.id, every.c.thing, every.c.points), after=after)


def newest_of_each(actor: Actor, names: frozenset[str], *more: Any) -> Subquery:
    """Select the newest hits of each thing that ``actor`` may see, at most ``MOST`` and one.

    Of documents it takes the id, ``thing`` and ``more`` columns.
    """
    things = _steps(column("thing", Text()))
    steps = _steps(column("of", Text()), column("times", Text()))
    fit = [
        fits(SearchDocument.words, cast(given("wide", Text()), TSQUERY)),
        SearchDocument.marks.contains(array([steps.c.of])),
        _in_time(steps.c.times),
        *_narrowed(names),
    ]
    document: list[Any] = [SearchDocument.id, SearchDocument.thing, *more]
    step = select(*document).where(*fit).order_by(*_NEWEST_FIRST).correlate(steps)
    here = step.lateral("step")
    newest = (
        select(here)
        .select_from(steps.join(here, true()))
        .where(steps.c.of == things.c.thing, seen_by(actor, here.c))
        .limit(MOST + 1)
        .lateral("newest")
    )
    return select(newest).select_from(things.join(newest, true())).subquery("every")


def params_of_newest(actor: Actor, search: Search) -> dict[str, Any]:
    """Return what a read with ``newest_of_each`` fills in."""
    things = [mark("thing", thing) for thing in ([search.thing] if search.thing else Thing)]
    back = _times(search, growing=_GROWING_FOR_MANY)
    steps = [
        (thing, times)
        for thing in things
        for times in (back if thing in _SAID else ["{" + thing + "}"])
    ]
    return _params(actor, search) | {
        "step_thing": things,
        "step_of": [thing for thing, _ in steps],
        "step_times": [times for _, times in steps],
    }


@prepared
def _nearest(actor: Actor, names: frozenset[str], *, after: bool) -> Select[Any]:
    """Select hits by how far their place is from the one asked for."""
    newest = newest_of_each(actor, names, SearchDocument.said_at, SearchDocument.place_id)
    here = [given(name, Double()) for name in ("latitude", "longitude")]
    columns: list[Any] = [
        newest.c.id,
        newest.c.thing,
        distance_km(Place.latitude, Place.longitude, *here).label("distance_km"),
        (-func.extract("epoch", newest.c.said_at).cast(Double())).label("age"),
    ]
    placed = select(*columns).join(Place, Place.id == newest.c.place_id).subquery("found")
    zero: Any = literal(0, Integer()).label("points")
    return NEAREST.page(select(placed.c.id, placed.c.thing, zero), after=after)


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a search, as it was asked, or with words that are spelt alike."""

    page: Page[Any]
    search: Search

    @property
    def is_forgiving(self) -> bool:
        """Whether hits may have words that are only spelt like those asked for."""
        return self.search.question.is_forgiving


async def find(reader: Reader, actor: Actor, search: Search, paging: Paging) -> Found:
    """Return hits that ``actor`` may see: ``id`` and ``thing``, in the order asked for.

    Where there are hardly any, words that the words asked for are parts of count as well; and words
    spelt alike, unless a name or heading has those asked for. Refuses a question without words.
    """
    if search.question.is_empty:
        raise NothingAsked
    try:
        page = await _page(reader, actor, search, paging, search.order)
    except BadCursor:
        search = await _forgiving(reader, actor, search)
        return Found(await _page(reader, actor, search, paging, "alike"), search)
    if len(page.items) > FEW or paging.cursor:
        return Found(page, search)
    wider = await _forgiving(reader, actor, search)
    if wider is search:
        return Found(page, search)
    return Found(await _page(reader, actor, wider, paging, "alike"), wider)


async def _forgiving(reader: Reader, actor: Actor, search: Search) -> Search:
    """Return the search with words spelt alike, itself where there are none.

    What stands in the name or heading of a hit is a word, and not misspelt.
    """
    best = await _page(reader, actor, search, Paging(FEW), "best")
    others = await words_alike(
        reader,
        search.question.stems,
        is_misspelt=not any(is_headed(one.points) for one in best.items),
    )
    return replace(search, question=search.question.forgiving(others)) if others else search


async def _page(
    reader: Reader, actor: Actor, search: Search, paging: Paging, order: str
) -> Page[Any]:
    chosen, is_further = _ORDERS[order], paging.cursor is not None
    if order == "distance":
        nearest = _nearest(actor.shape, search.given, after=is_further)
        return await chosen.fetch(reader, nearest, paging, params_of_newest(actor, search))
    read = _hits(actor.shape, search.given, order=order, after=is_further)
    after = chosen.position(paging.cursor) if paging.cursor is not None else None
    steps = list(_steps_of(search, order, after))
    params = _params(actor, search) | {
        "step_points": [str(tier.points) for tier, _ in steps],
        "step_asked": [tier.asked for tier, _ in steps],
        "step_times": [times for _, times in steps],
    }
    return await chosen.fetch(reader, read, paging, params)


def _steps_of(search: Search, order: str, after: list[Any] | None) -> Iterator[tuple[Tier, str]]:
    """Yield tiers with a step back through time each, from where ``after`` stands."""
    question = search.question
    if order == "newest":
        tiers, at = [Tier(0, question.wide)], after[0] if after else None
    else:
        tiers, at = list(tiers_of(question)), after[1] if after else None
        if after:
            tiers = [tier for tier in tiers if tier.points <= after[0]]
    for tier in tiers:
        begin = at if after and (order == "newest" or tier.points == after[0]) else None
        for times in _times(search, growing=_GROWING, until=begin):
            yield tier, times


def _times(search: Search, *, growing: int, until: datetime | None = None) -> list[str]:
    """Return steps back through time as PostgreSQL writes them."""
    steps = steps_back(until or clock.now(), search.narrowed.get("since"), growing=growing)
    return ["{" + ",".join(step) + "}" for step in steps]


def _params(actor: Actor, search: Search) -> dict[str, Any]:
    return (
        params_of(search.question)
        | search.narrowed
        | {"marks": search.marks, "me": actor.person_id}
    )
