"""The directory of groups: what a reader finds there, filtered and ordered as they choose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Select, Text, Uuid, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.actor import Actor
from app.core.asking import label
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.text import sort_key
from app.features.groups import policy
from app.features.groups.reading import GroupSummary, summary_columns, summary_of
from app.features.places.lookup import PlaceUnknown, suggest_places
from app.features.places.region import places_around, places_within
from app.features.wording.filtering import has_words
from app.features.wording.questions import understand
from app.models.groups import Group, GroupPlace, Membership
from app.models.search import Thing

_ALIKE = 0.5  # of 1: how alike a name must be to what was typed


class GroupOrder(StrEnum):
    """How the directory is ordered."""

    NAME = "name"
    NEWEST = "newest"


label({GroupOrder.NAME: N_("Name"), GroupOrder.NEWEST: N_("Neueste zuerst")})

ORDERS: dict[GroupOrder, Order] = {
    GroupOrder.NAME: Order(
        "groups_by_name", N_("Gruppen nach Namen, alphabetisch"), Group.sort_name, Group.id
    ),
    GroupOrder.NEWEST: Order(
        "groups_newest",
        N_("Gruppen nach ihrer Gründung, die neuesten zuerst"),
        Group.created_at,
        Group.id,
        descending=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter:
    """What is looked for: words, a topic's code, a place (``place`` as typed), my own groups."""

    q: str = ""
    topic: str | None = None
    place: str | None = None
    place_id: UUID | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """What a feature above has to say of groups: a condition, and what it fills in."""

    condition: Callable[[Actor], ColumnElement[bool]]
    params: Mapping[str, Any]


@prepared
def _listed(
    shape: Actor,
    order: GroupOrder,
    *,
    after: bool,
    named: bool,
    topic: bool,
    place: bool,
    mine: bool,
    among: Callable[[Actor], ColumnElement[bool]] | None,
) -> Select[Any]:
    found = select(*summary_columns(shape)).where(policy.visible_to(shape))
    if among:
        found = found.where(among(shape))
    if mine:
        belonging = policy.INSIDE | policy.WAITING
        found = found.where(
            Group.memberships.any(
                (Membership.person_id == shape.person_id) & Membership.standing.in_(belonging)
            )
        )
    else:
        found = found.where(Group.archived_at.is_(None))
    if named:
        q = bound("q", Text())
        alike = func.word_similarity(q, Group.sort_name, type_=Float()) >= literal(_ALIKE, Float())
        found = found.where(
            or_(
                func.starts_with(Group.sort_name, q),
                func.strpos(Group.sort_name, literal(" ", Text()) + q) > 0,
                alike,
                has_words(Group.id, Thing.GROUP),
            )
        )
    if topic:
        wanted = bound("topics", ARRAY(Text()))
        found = found.where(Group.topics.contains(wanted))
    if place:
        key = bound("place", Uuid())
        there = places_within(key).union(places_around(key))
        found = found.where(
            Group.id.in_(select(GroupPlace.group_id).where(GroupPlace.place_id.in_(there)))
        )
    return ORDERS[order].page(found, after=after)


async def list_groups(
    reader: Reader,
    actor: Actor,
    wanted: GroupFilter,
    paging: Paging,
    *,
    order: GroupOrder = GroupOrder.NAME,
    among: Among | None = None,
) -> Page[GroupSummary]:
    """Return the groups a reader may see; archived ones only among their own.

    A place finds groups of that place, of places in it, and of those it lies in; ``among`` narrows
    them further. Refuses a place that is unknown, and nobody's own groups.
    """
    if wanted.mine and not actor.is_signed_in:
        raise SignInRequired
    q = sort_key(wanted.q)
    params: dict[str, Any] = {
        "me": actor.person_id,
        "q": q,
        "words": understand(wanted.q).asked,
        "topics": [wanted.topic],
        "place": wanted.place_id,
    }
    if wanted.place:
        params["place"] = await _place_meant(reader, wanted.place)
    read = _listed(
        actor.shape,
        order,
        after=paging.cursor is not None,
        named=bool(q),
        topic=wanted.topic is not None,
        place=params["place"] is not None,
        mine=wanted.mine,
        among=among.condition if among else None,
    )
    params |= among.params if among else {}
    page = await ORDERS[order].fetch(reader, read, paging, params)
    return page.map(lambda row: summary_of(row, actor))


async def _place_meant(reader: Reader, text: str) -> UUID:
    found = await suggest_places(reader, text, limit=1)
    if not found:
        raise PlaceUnknown
    place_id: UUID = found[0].id
    return place_id
