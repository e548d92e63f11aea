"""Lists of posts: with filters, and for the start page. All of them strictly by time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Double,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.appearances.noting import note_posts
from app.features.places.distance import distance_km, within_km
from app.features.places.region import places_within, region_places
from app.features.posts import policy
from app.features.posts.disclosing import disclosed
from app.features.posts.drafts import KINDS
from app.features.posts.facets import COUNTED, Facet
from app.features.wording.filtering import documents_with
from app.models.companies import Company
from app.models.feed import About, FeedEntry
from app.models.follows import FollowTarget
from app.models.groups import Group
from app.models.people import Person
from app.models.places import Place, PlaceKind
from app.models.posts import Post, Reaction, Reply
from app.models.search import Thing
from app.models.statistics import Surface
from app.reference.sectors import WZ_2008, sections

LATITUDE: Any = bound("latitude", Double())
LONGITUDE: Any = bound("longitude", Double())
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)

NEWEST = Order(
    "posts.newest",
    N_(
        "Beiträge: Der neueste steht oben, auf der Startseite, in Gruppen und in jeder Auswahl. "
        "Wer ihn geschrieben hat und wie viele ihn hilfreich fanden, ändert daran nichts."
    ),
    Post.published_at,
    Post.id,
    descending=True,
)


NEAREST = Order(
    "posts.nearest",
    N_("Beiträge nach Entfernung (Luftlinie) von dem Ort, den Sie angeben: die nächsten zuerst"),
    func.coalesce(distance_km(Place.latitude, Place.longitude, LATITUDE, LONGITUDE), 99_999.0),
    Post.id,
)
SOONEST = Order(
    "posts.soonest",
    N_(
        "Beiträge nach Fälligkeit: Was am frühesten beginnt, lädt oder endet, steht oben; was "
        "keinen Tag nennt, zuletzt"
    ),
    func.coalesce(Post.due_at, literal(_NEVER, DateTime(timezone=True))),
    Post.id,
)
# The same order, read from an index in which the posts of each sector stand by time.
NEWEST_OF_SECTOR = Order(
    "sectors.newest",
    N_("Beiträge einer Branche: der neueste zuerst"),
    FeedEntry.at,
    FeedEntry.post_id,
    descending=True,
)
ORDERS: dict[str, Order] = {"newest": NEWEST, "nearest": NEAREST, "soonest": SOONEST}
OrderName = Literal["newest", "nearest", "soonest"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of posts is narrowed to; None leaves it as it is.

    ``place_id`` takes in every place within it, or with ``radius_km`` all around its centre.
    ``q`` are words as a question asks for them (``Question.asked``), ``sector`` is a section or
    division with its classification (``2008:C``).
    ``facets`` are values of the kind's own facets, by name. ``point`` is latitude and longitude
    of the place, from which the nearest posts come first.
    """

    kind: str | None = None
    q: str | None = None
    group_id: UUID | None = None
    company_id: UUID | None = None
    author_id: UUID | None = None
    place_id: UUID | None = None
    radius_km: float | None = None
    tag: str | None = None
    sector: str | None = None
    since: datetime | None = None
    due_by: datetime | None = None
    facets: Mapping[str, Any] = field(default_factory=dict)
    point: tuple[float, float] | None = None
    order: OrderName = "newest"

    @property
    def params(self) -> dict[str, Any]:
        """Everything that is set, as parameters of the read."""
        named = {name: getattr(self, name) for name in _CONDITIONS}
        facets = {f"facet_{name}": value for name, value in self.facets.items()}
        return {name: value for name, value in named.items() if value is not None} | facets

    @property
    def centre(self) -> dict[str, float]:
        """The point from which distances are told, as parameters of the read."""
        return dict(zip(("latitude", "longitude"), self.point or (), strict=False))


def cards(actor: Actor, *, kept: Any = None) -> Select[Any]:
    """Select what a card shows ``actor`` of a post; everything where ``kept`` is true."""
    replies = select(func.count()).where(Reply.post_id == Post.id, Reply.withdrawn_at.is_(None))
    helpful = select(func.count()).where(Reaction.post_id == Post.id)
    columns: list[Any] = [
        Post.id,
        Post.kind,
        Post.title,
        Post.excerpt,
        disclosed(actor, kept=kept).label("details"),
        Post.tags,
        Post.published_at,
        Post.edited_at,
        Post.status,
        Post.audience,
        Post.is_concealed,
        Post.reference,
        Post.due_at,
        Post.expires_at,
        Post.accepted_reply_id,
        Person.id.label("author_id"),
        Person.name.label("author_name"),
        Person.slug.label("author_slug"),
        Person.left_at.is_not(None).label("author_has_left"),
        Company.id.label("company_id"),
        Company.name.label("company_name"),
        Company.slug.label("company_slug"),
        Group.id.label("group_id"),
        Group.name.label("group_name"),
        Group.slug.label("group_slug"),
        Place.id.label("place_id"),
        Place.name.label("place_name"),
        replies.correlate(Post).scalar_subquery().label("replies"),
        helpful.correlate(Post).scalar_subquery().label("helpful"),
    ]
    return (
        select(*columns)
        .outerjoin(Person, Person.id == Post.author_id)
        .outerjoin(Company, Company.id == Post.company_id)
        .outerjoin(Group, Group.id == Post.group_id)
        .outerjoin(Place, Place.id == Post.place_id)
    )


def _uuid(name: str) -> Any:
    return bound(name, Uuid())


def _in_place() -> ColumnElement[bool]:
    return _in_one_of(places_within(_uuid("place_id")))


def _in_one_of(places: Select[Any]) -> ColumnElement[bool]:
    """Keep posts in these places; as an array, they lead the planner to the index on places."""
    return Post.place_id == any_(func.array(places.scalar_subquery(), type_=ARRAY(Uuid())))


def _filed_under(sector: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Keep entries by which followers of a sector hear of posts."""
    return [
        FeedEntry.target == FollowTarget.SECTOR,
        FeedEntry.key == sector,
        FeedEntry.about == About.POST,
    ]


def filed_under_sections() -> list[ColumnElement[bool]]:
    """Keep entries by which followers of the sections of WZ 2008 hear of posts."""
    every: Any = any_(literal([f"{WZ_2008}:{one}" for one in sections(WZ_2008)], ARRAY(Text())))
    return _filed_under(every)


def _around_place() -> ColumnElement[bool]:
    centre = select(Place.latitude, Place.longitude).where(Place.id == _uuid("place_id")).cte()
    lat, lon = select(centre.c.latitude), select(centre.c.longitude)
    reach: Any = bound("radius_km", Double())
    inside = within_km(
        Place.latitude, Place.longitude, lat.scalar_subquery(), lon.scalar_subquery(), reach
    )
    return _in_one_of(select(Place.id).where(inside))


Value = Callable[[str, TypeEngine[Any]], Any]  # where the value of a filter comes from
_MOMENT = DateTime(timezone=True)
_CONDITIONS: dict[str, Callable[[Value], ColumnElement[bool]]] = {
    "kind": lambda value: Post.kind == value("kind", Text()),
    "q": lambda value: Post.id.in_(documents_with(Thing.POST, value("q", Text()))),
    "group_id": lambda value: Post.group_id == value("group_id", Uuid()),
    "company_id": lambda value: Post.company_id == value("company_id", Uuid()),
    "author_id": lambda value: Post.author_id == value("author_id", Uuid()),
    "place_id": lambda _: _in_place(),
    "radius_km": lambda _: _around_place(),
    "tag": lambda value: Post.tags.contains(
        func.array_append(bindparam("no_tags", [], type_=ARRAY(Text())), value("tag", Text()))
    ),
    "sector": lambda value: Post.id.in_(
        select(FeedEntry.post_id).where(*_filed_under(value("sector", Text())))
    ),
    "since": lambda value: Post.published_at >= value("since", _MOMENT),
    "due_by": lambda value: Post.due_at < value("due_by", _MOMENT),
}


def condition(
    kind: str | None, name: str, value: Value = bound, given: frozenset[str] | None = None
) -> ColumnElement[bool] | None:
    """Return what one filter makes, with its value bound by name, or from where ``value`` says.

    A saved search asks the same of its own columns. ``given`` are the filters that have a value;
    any may have one by default. None for a facet that the kind does not have.
    """
    if not name.startswith("facet_"):
        return _CONDITIONS[name](value)
    facet = KINDS[str(kind)].facet(name.removeprefix("facet_"))
    if facet and facet.together:
        return facet.together(
            lambda one, type_: None if given is not None and one not in given else value(one, type_)
        )
    return facet.where(value(name, facet.type)) if facet else None


def conditions(kind: str | None, given: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return what the filters named in ``given`` make."""
    names = sorted(given - {"place_id"} if "radius_km" in given else given)
    made = (condition(kind, name, given=given) for name in names)
    return [one for one in made if one is not None]


@prepared
def _posts(
    actor: Actor, kind: str | None, given: frozenset[str], *, order: str, near: bool, after: bool
) -> Select[Any]:
    chosen = _order_of(order, given)
    by_sector = chosen is NEWEST_OF_SECTOR
    kept = conditions(kind, given - {"sector"} if by_sector else given)
    query = cards(actor).where(policy.current(), policy.stands_open_to(actor), *kept)
    if by_sector:
        query = query.join(FeedEntry, FeedEntry.post_id == Post.id).where(
            *_filed_under(bound("sector", Text()))
        )
    if by_sector and kind:
        query = query.where(FeedEntry.kind == bound("kind", Text()))
    if near:
        away = distance_km(Place.latitude, Place.longitude, LATITUDE, LONGITUDE)
        query = query.add_columns(away.label("distance_km"))
    is_planned = "q" in given or ("sector" in given and not by_sector)
    return chosen.page(query, after=after).execution_options(plan_each_time=is_planned)


def _order_of(name: str, given: frozenset[str]) -> Order:
    return NEWEST_OF_SECTOR if name == "newest" and "sector" in given else ORDERS[name]


async def list_posts(reader: Reader, actor: Actor, filters: Filters, paging: Paging) -> Page[Any]:
    """Return the posts that ``actor`` may see, in the order asked for.

    Rows have ``distance_km`` only where the filters have a point.
    """
    given = frozenset(filters.params)
    order = _order_of(filters.order, given)
    read = _posts(
        actor.shape,
        filters.kind,
        given,
        order=filters.order,
        near=bool(filters.point),
        after=paging.cursor is not None,
    )
    params = {**filters.params, **filters.centre, "me": actor.person_id}
    page = await order.fetch(reader, read, paging, params)
    note_posts(Surface.LIST, actor, page.items)
    return page


@prepared
def _counts(actor: Actor, kind: str, given: frozenset[str]) -> CompoundSelect[Any]:
    columns: list[Any] = list(COUNTED)
    fits = (
        select(*columns)
        .where(policy.current(), policy.stands_open_to(actor), *conditions(kind, given))
        .cte("fits")
        .prefix_with("MATERIALIZED")
    )
    how_many: Any = func.count().label("count")

    def counted(facet: Facet) -> Select[Any]:
        values = select(facet.values_of(fits.c).label("value")).select_from(fits).subquery()
        columns: list[Any] = [literal(facet.name).label("facet"), values.c.value, how_many]
        return select(*columns).where(values.c.value.is_not(None)).group_by(values.c.value)

    every: list[Any] = [literal("all").label("facet"), literal("").label("value"), how_many]
    counts = [counted(facet) for facet in KINDS[kind].facets if facet.is_counted]
    letter: Any = func.split_part(FeedEntry.key, ":", 2)
    letters: list[Any] = [literal("sector").label("facet"), letter.label("value"), how_many]
    of_sector = (
        select(*letters)
        .join(fits, fits.c.id == FeedEntry.post_id)
        .where(*filed_under_sections())
        .group_by(letter)
    )
    return union_all(select(*every).select_from(fits), of_sector, *counts)


async def count_facets(reader: Reader, actor: Actor, filters: Filters) -> dict[str, dict[str, int]]:
    """Return how many posts of a kind fit, under ``all``, and how many have each value."""
    if filters.kind is None:
        return {}
    read = _counts(actor.shape, filters.kind, frozenset(filters.params))
    rows = await reader.all(read, {**filters.params, **filters.centre, "me": actor.person_id})
    counted = [facet.name for facet in KINDS[filters.kind].facets if facet.is_counted]
    found: dict[str, dict[str, int]] = {name: {} for name in ("all", "sector", *counted)}
    for facet, value, count in sorted(rows, key=lambda row: (row[0], -row[2], row[1])):
        found[facet][value] = count
    return found


@prepared
def _start(actor: Actor, region: tuple[str, ...], *, after: bool) -> Select[Any]:
    """Select the start page: posts of the region, and those that name no place."""
    here = or_(Post.place_id.is_(None), Post.place_id.in_(region_places(region)))
    query = cards(actor).where(policy.current(), policy.stands_open_to(actor), here)
    return NEWEST.page(query, after=after)


@prepared
def _home(actor: Actor) -> Select[Any]:
    """Select the municipality in which the reader is, or a wider place, if they named one."""
    home = aliased(Place)
    town = case((Place.kind == PlaceKind.POSTCODE, Place.parent_id), else_=Place.id)
    columns: list[Any] = [home.id, home.name]
    return (
        select(*columns)
        .select_from(Person)
        .join(Place, Place.id == Person.place_id)
        .join(home, home.id == town)
        .where(Person.id == actor.person_id)
    )


async def home_of(reader: Reader, actor: Actor) -> Any | None:
    """Return id and name of the municipality of ``actor``, None for nobody and without one."""
    if not actor.is_signed_in:
        return None
    return await reader.first(_home(actor.shape), {"me": actor.person_id})


async def start_page(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the newest posts of the region."""
    read = _start(actor.shape, settings().site.region, after=paging.cursor is not None)
    page = await NEWEST.fetch(reader, read, paging, {"me": actor.person_id})
    note_posts(Surface.LIST, actor, page.items)
    return page
