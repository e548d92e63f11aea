"""One group, as a reader sees it, and who belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    case,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.asking import label
from app.core.errors import NotFound
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.slugs import renamed_to
from app.features.groups import policy
from app.features.people.policy import slug_seen
from app.models.groups import Admission, Group, GroupPlace, Membership, Standing
from app.models.people import Person
from app.models.places import Place
from app.models.posts import Post, PostStatus

label(
    {
        Standing.OWNER: N_("Inhaberschaft"),
        Standing.MODERATOR: N_("Moderation"),
        Standing.MEMBER: N_("Mitglied"),
        Standing.REQUESTED: N_("Angefragt"),
        Standing.INVITED: N_("Eingeladen"),
        Standing.REFUSED: N_("Abgelehnt"),
        Standing.BANNED: N_("Ausgeschlossen"),
    }
)


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """A place of a group."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """A group in a list. ``posts`` is None for readers who may not read them."""

    id: UUID
    slug: str
    name: str
    summary: str
    admission: Admission
    topics: list[str]
    places: list[PlaceNamed]
    members: int
    posts: int | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    standing: Standing | None
    viewer_can: frozenset[policy.Act]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage(GroupSummary):
    """A group with all that its own page tells. ``requests`` only for those who decide on them."""

    description: str
    description_html: str
    charter: str
    charter_html: str
    charter_version: int
    founder_name: str
    founder_slug: str | None
    version: int
    accepted_charter: int | None
    reason: str
    requests: int | None


def summary_columns(shape: Actor) -> list[Any]:
    """Return the columns from which ``summary_of`` makes a GroupSummary."""
    members = (
        select(func.count())
        .where(Membership.group_id == Group.id, Membership.standing.in_(policy.INSIDE))
        .scalar_subquery()
    )
    posts = (
        select(func.count())
        .where(Post.group_id == Group.id, Post.status == PostStatus.ACTIVE)
        .scalar_subquery()
    )
    entry = func.json_build_array(Place.id, Place.name)
    places = (
        select(func.json_agg(aggregate_order_by(entry, Place.sort_name, Place.id)))
        .join(GroupPlace, GroupPlace.place_id == Place.id)
        .where(GroupPlace.group_id == Group.id)
        .scalar_subquery()
    )
    return [
        Group.id,
        Group.slug,
        Group.name,
        Group.summary,
        Group.admission,
        Group.topics,
        Group.created_at,
        Group.updated_at,
        Group.archived_at,
        places.label("places"),
        members.label("members"),
        case((policy.readable_to(shape), posts), else_=null()).label("posts"),
        own(shape, Membership.standing).label("standing"),
    ]


def own(shape: Actor, column: Any) -> ColumnElement[Any]:
    """Return a column of the reader's own membership in the group at hand."""
    if not shape.is_signed_in:
        return literal(None, column.type)
    mine = aliased(Membership)
    return (
        select(getattr(mine, column.key))
        .where(mine.group_id == Group.id, mine.person_id == shape.person_id)
        .scalar_subquery()
    )


def summary_of(row: Any, actor: Actor) -> GroupSummary:
    """Make a GroupSummary of a row with ``summary_columns``."""
    return GroupSummary(**_shared(row, actor))


def _shared(row: Any, actor: Actor) -> dict[str, Any]:
    archived = row.archived_at is not None
    fields = GroupSummary.__dataclass_fields__
    return {name: getattr(row, name) for name in fields if hasattr(row, name)} | {
        "places": [PlaceNamed(UUID(place_id), name) for place_id, name in row.places or []],
        "viewer_can": policy.acts(actor, row.admission, row.standing, archived=archived),
    }


@prepared
def _one(shape: Actor, *, by_slug: bool) -> Select[Any]:
    founder = aliased(Person)
    requests = (
        select(func.count())
        .where(
            Membership.group_id == Group.id,
            Membership.standing == Standing.REQUESTED,
        )
        .scalar_subquery()
    )
    key: ColumnElement[bool] = (
        Group.slug == bound("key", Text()) if by_slug else Group.id == bound("key", Uuid())
    )
    return (
        select(
            *summary_columns(shape),
            Group.description,
            Group.description_html,
            Group.charter,
            Group.charter_html,
            Group.charter_version,
            Group.version,
            founder.name.label("founder_name"),
            slug_seen(founder).label("founder_slug"),
            own(shape, Membership.charter_version).label("accepted_charter"),
            own(shape, Membership.reason).label("reason"),
            requests.label("requests"),
        )
        .join(founder, founder.id == Group.founded_by_id)
        .where(key, policy.visible_to(shape))
    )


async def group_page(reader: Reader, actor: Actor, key: UUID | str) -> GroupPage:
    """Return the group with this id, slug or former slug, or raise NotFound."""
    by_slug = isinstance(key, str)
    params = {"key": key, "me": actor.person_id}
    row = await reader.first(_one(actor.shape, by_slug=by_slug), params)
    if row is None:
        moved = await renamed_to(reader, "group", key) if isinstance(key, str) else None
        if moved and moved != key:
            return await group_page(reader, actor, moved)
        raise NotFound
    shared = _shared(row, actor)
    decides = row.standing in policy.RUNNING
    told = row.standing in {Standing.BANNED, Standing.REFUSED}
    return GroupPage(
        **shared,
        description=row.description,
        description_html=row.description_html,
        charter=row.charter,
        charter_html=row.charter_html,
        charter_version=row.charter_version,
        founder_name=row.founder_name,
        founder_slug=row.founder_slug,
        version=row.version,
        accepted_charter=row.accepted_charter,
        reason=(row.reason or "") if told else "",
        requests=row.requests if decides else None,
    )


RANK = case(
    {Standing.OWNER: 0, Standing.MODERATOR: 1, Standing.MEMBER: 2},
    value=Membership.standing,
    else_=3,
)


@prepared
def _run_by() -> Select[Any]:
    columns: list[Any] = [Person.name, Person.slug, Person.headline, Membership.standing]
    return (
        select(*columns)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.group_id == bound("group", Uuid()),
            Membership.standing.in_(policy.RUNNING),
        )
        .order_by(RANK, Person.sort_name, Membership.id)
        .limit(12)
    )


async def run_by(reader: Reader, group: GroupPage) -> Sequence[Any]:
    """Return who owns and moderates a group: at most twelve, for the reader to turn to."""
    if group.admission == Admission.HIDDEN and group.standing not in policy.INSIDE:
        return []
    return await reader.all(_run_by(), {"group": group.id})
