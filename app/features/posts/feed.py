"""Lists of posts: with filters, and for the start page. All of them strictly by time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
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
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, prepared
from app.core.settings import settings
from app.features.groups.policy import INSIDE
from app.features.places.distance import within_km
from app.features.places.region import places_within, region_places
from app.features.posts import policy
from app.models.companies import Company
from app.models.groups import Group, Membership
from app.models.people import Person
from app.models.places import Place, PlaceKind
from app.models.posts import Post, Reaction, Reply

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


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of posts is narrowed to; None leaves it as it is.

    ``place_id`` takes in every place within it, or with ``radius_km`` all around its centre.
    ``facets`` are values of the kind's own fields, by name.
    """

    kind: str | None = None
    group_id: UUID | None = None
    company_id: UUID | None = None
    author_id: UUID | None = None
    place_id: UUID | None = None
    radius_km: float | None = None
    tag: str | None = None
    since: datetime | None = None
    facets: Mapping[str, str] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, Any]:
        """Everything that is set, as parameters of the read."""
        named = {name: getattr(self, name) for name in _CONDITIONS}
        facets = {f"facet_{name}": value for name, value in self.facets.items()}
        return {name: value for name, value in named.items() if value is not None} | facets


def cards() -> Select[Any]:
    """Select what a card shows of a post."""
    replies = select(func.count()).where(Reply.post_id == Post.id, Reply.withdrawn_at.is_(None))
    helpful = select(func.count()).where(Reaction.post_id == Post.id)
    columns: list[Any] = [
        Post.id,
        Post.kind,
        Post.title,
        Post.excerpt,
        Post.details,
        Post.tags,
        Post.published_at,
        Post.edited_at,
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
        .join(Person, Person.id == Post.author_id)
        .outerjoin(Company, Company.id == Post.company_id)
        .outerjoin(Group, Group.id == Post.group_id)
        .outerjoin(Place, Place.id == Post.place_id)
    )


def _uuid(name: str) -> Any:
    return bindparam(name, type_=Uuid(), required=True)


def _in_place() -> ColumnElement[bool]:
    return _in_one_of(places_within(_uuid("place_id")))


def _in_one_of(places: Select[Any]) -> ColumnElement[bool]:
    """Keep posts in these places; as an array, they lead the planner to the index on places."""
    return Post.place_id == any_(func.array(places.scalar_subquery(), type_=ARRAY(Uuid())))


def _around_place() -> ColumnElement[bool]:
    centre = select(Place.latitude, Place.longitude).where(Place.id == _uuid("place_id")).cte()
    lat, lon = select(centre.c.latitude), select(centre.c.longitude)
    reach: Any = bindparam("radius_km", type_=Double(), required=True)
    inside = within_km(
        Place.latitude, Place.longitude, lat.scalar_subquery(), lon.scalar_subquery(), reach
    )
    return _in_one_of(select(Place.id).where(inside))


_CONDITIONS: dict[str, Any] = {
    "kind": lambda: Post.kind == bindparam("kind", type_=Text(), required=True),
    "group_id": lambda: Post.group_id == _uuid("group_id"),
    "company_id": lambda: Post.company_id == _uuid("company_id"),
    "author_id": lambda: Post.author_id == _uuid("author_id"),
    "place_id": _in_place,
    "radius_km": _around_place,
    "tag": lambda: Post.tags.contains(
        func.array_append(
            bindparam("no_tags", [], type_=ARRAY(Text())),
            bindparam("tag", type_=Text(), required=True),
        )
    ),
    "since": lambda: (
        Post.published_at >= bindparam("since", type_=DateTime(timezone=True), required=True)
    ),
}


@prepared
def _posts(actor: Actor, given: frozenset[str], *, after: bool) -> Select[Any]:
    query = cards().where(policy.current(), policy.stands_open_to(actor))
    wanted = given - {"place_id"} if "radius_km" in given else given
    for name in sorted(wanted):
        if name.startswith("facet_"):
            value = bindparam(name, type_=Text(), required=True)
            query = query.where(Post.details[name.removeprefix("facet_")].astext == value)
        else:
            query = query.where(_CONDITIONS[name]())
    return NEWEST.page(query, after=after)


async def list_posts(reader: Reader, actor: Actor, filters: Filters, paging: Paging) -> Page[Any]:
    """Return the posts that ``actor`` may see, newest first."""
    params = filters.params
    read = _posts(actor.shape, frozenset(params), after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {**params, "me": actor.person_id})


@prepared
def _start(actor: Actor, region: tuple[str, ...], *, near: bool, after: bool) -> Select[Any]:
    """Select the start page: the reader's place (with ``near``) or the region, and own groups."""
    if near:
        here: ColumnElement[bool] = Post.place_id.in_(places_within(_uuid("place_id")))
    else:
        here = or_(Post.place_id.is_(None), Post.place_id.in_(region_places(region)))
    if actor.is_signed_in:
        own = select(Membership.group_id).where(
            Membership.person_id == actor.person_id, Membership.standing.in_(INSIDE)
        )
        here = or_(here, Post.group_id.in_(own), Post.author_id == actor.person_id)
    query = cards().where(policy.current(), policy.stands_open_to(actor), here)
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


async def start_page(
    reader: Reader, actor: Actor, paging: Paging, *, place_id: UUID | None = None
) -> Page[Any]:
    """Return the newest posts of a place, else of the region, and of the reader's own groups."""
    region = settings().site.region
    near = place_id is not None
    read = _start(actor.shape, region, near=near, after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {"me": actor.person_id, "place_id": place_id})
