"""Reading dates of events: what is free, what the reader has there, and what they may do."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Select, Uuid, func, null, select
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.events import policy
from app.features.events.policy import Act
from app.features.events.seating import capacity_of, slot_start, slots_of
from app.features.posts.events.room import SEATED
from app.features.posts.policy import Act as PostAct
from app.features.posts.reading import PostView, read_post
from app.models.companies import Company
from app.models.groups import Group, Standing as GroupStanding
from app.models.occurrences import (
    Occurrence,
    Registration,
    RegistrationState,
)
from app.models.people import Person
from app.models.places import Place
from app.models.posts import Post

SOONEST = Order(
    "occurrences.soonest",
    N_("Termine: Der nächste steht oben."),
    Occurrence.starts_at,
    Occurrence.id,
)
LATEST = Order(
    "occurrences.latest",
    N_("Vergangene Termine einer Veranstaltung: Der letzte steht oben."),
    Occurrence.starts_at,
    Occurrence.id,
    descending=True,
)


MOMENT = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time slot of a date, and how many places of it are free."""

    number: int
    starts_at: datetime
    ends_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class DateView:
    """A date as ``actor`` sees it; ``free`` is None where as many may come as like.

    More places are ``taken`` than there are where who keeps the event let more people in.
    """

    row: Any
    acts: frozenset[Act]
    capacity: int | None
    taken: int
    free: int | None
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class DateFilter:
    """Which dates of one event: those not over at ``since``, and beginning before ``until``."""

    since: datetime | None = None
    until: datetime | None = None


def select_dates(actor: Actor) -> Select[Any]:
    """Select dates with their events, what is taken of them, and the reader's registration."""
    other, own = aliased(Registration), aliased(Registration)
    seats = (
        select(func.array_agg(func.coalesce(other.slot, -1)))
        .where(other.occurrence_id == Occurrence.id, other.state.in_(SEATED))
        .correlate(Occurrence)
    )
    waiting = (
        select(func.count())
        .where(other.occurrence_id == Occurrence.id, other.state == RegistrationState.WAITING)
        .correlate(Occurrence)
    )
    no: Any = null()
    mine: Any = no
    if actor.is_signed_in:
        mine = (
            select(own.id)
            .where(
                own.occurrence_id == Occurrence.id,
                own.person_id == actor.person_id,
                own.state.in_(policy.IN_LINE),
            )
            .correlate(Occurrence)
            .scalar_subquery()
        )
    columns: list[Any] = [
        Occurrence.id, Occurrence.post_id, Occurrence.original_starts_at, Occurrence.starts_at,
        Occurrence.ends_at, Occurrence.state, Occurrence.sequence, Occurrence.holiday,
        Occurrence.proposal, Occurrence.proposed_starts_at, Occurrence.capacity.label("capacity"),
        Occurrence.venue, Occurrence.note, Occurrence.version,
        Post.title, Post.details, Post.kind, Post.is_concealed, Post.author_id, Post.company_id,
        Place.name.label("place_name"),
        Person.name.label("author_name"), Person.slug.label("author_slug"),
        Person.left_at.is_not(None).label("author_has_left"),
        Company.name.label("company_name"), Company.slug.label("company_slug"),
        Group.name.label("group_name"), Group.slug.label("group_slug"),
        seats.scalar_subquery().label("seats"),
        waiting.scalar_subquery().label("waiting"),
        mine.label("registration_id"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Post, Post.id == Occurrence.post_id)
        .outerjoin(Place, Place.id == Post.place_id)
        .outerjoin(Person, Person.id == Post.author_id)
        .outerjoin(Company, Company.id == Post.company_id)
        .outerjoin(Group, Group.id == Post.group_id)
    )


def _between(query: Select[Any], *, until: bool) -> Select[Any]:
    query = query.where(Occurrence.ends_at > bound("since", MOMENT))
    if until:
        query = query.where(Occurrence.starts_at < bound("until", MOMENT))
    return query


@prepared
def _of_event(actor: Actor, *, until: bool, after: bool) -> Select[Any]:
    query = select_dates(actor).where(Occurrence.post_id == bound("post_id", Uuid()))
    return SOONEST.page(_between(query, until=until), after=after)


@prepared
def _past(actor: Actor, *, after: bool) -> Select[Any]:
    query = select_dates(actor).where(
        Occurrence.post_id == bound("post_id", Uuid()), Occurrence.ends_at <= bound("now", MOMENT)
    )
    return LATEST.page(query, after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    return select_dates(actor).where(Occurrence.id == bound("occurrence_id", Uuid()))


async def list_dates(
    reader: Reader, actor: Actor, post: PostView, wanted: DateFilter, paging: Paging
) -> Page[DateView]:
    """Return the dates of an event that was read, the next first; by default those to come."""
    if post.row.kind != "event":
        raise NotFound
    given = {"post_id": post.row.id, "me": actor.person_id, "since": wanted.since or clock.now()}
    if wanted.until:
        given["until"] = wanted.until
    read = _of_event(actor.shape, until=wanted.until is not None, after=paging.cursor is not None)
    page = await SOONEST.fetch(reader, read, paging, given)
    return page.map(lambda row: _view(actor, post, row))


async def list_past_dates(
    reader: Reader, actor: Actor, post: PostView, paging: Paging
) -> Page[DateView]:
    """Return the dates of an event that are over, the last first."""
    if post.row.kind != "event":
        raise NotFound
    given = {"post_id": post.row.id, "me": actor.person_id, "now": clock.now()}
    read = _past(actor.shape, after=paging.cursor is not None)
    page = await LATEST.fetch(reader, read, paging, given)
    return page.map(lambda row: _view(actor, post, row))


async def read_date(reader: Reader, actor: Actor, occurrence_id: UUID) -> tuple[PostView, DateView]:
    """Return a date and its event; refuse as the event does."""
    given = {"occurrence_id": occurrence_id, "me": actor.person_id}
    row = await reader.first(_one(actor.shape), given)
    if row is None:
        raise NotFound
    post = await read_post(reader, actor, row.post_id)
    return post, _view(actor, post, row)


def as_met(actor: Actor, row: Any) -> DateView:
    """Return a date of ``select_dates`` in a list; what may be done with it is left open."""
    return _view(actor, None, row)


def _view(actor: Actor, post: PostView | None, row: Any) -> DateView:
    now, details = clock.now(), row.details
    capacity = capacity_of(details, row)
    count = slots_of(details, row.starts_at, row.ends_at)
    taken = Counter(row.seats or [])
    is_open = policy.is_open(details, row.state, row.starts_at, now)
    granted = frozenset[Act]()
    if post is not None:
        here = policy.Standing(
            is_current=post.row.is_current,
            keeps=post.row.is_kept_by_me,
            may_edit=PostAct.EDIT in post.acts,
            is_banned=post.row.standing == GroupStanding.BANNED,
            is_open=is_open,
            is_admitting=policy.is_admitting(row.state, row.starts_at, now),
            is_over=row.ends_at <= now,
            is_registered=row.registration_id is not None,
        )
        granted = policy.acts(actor, here)
    slots = []
    if count and capacity:
        minutes = details["slot_minutes"]
        slots = [
            Slot(
                number,
                slot_start(row.starts_at, number, minutes),
                slot_start(row.starts_at, number + 1, minutes),
                max(0, capacity - taken[number]),
            )
            for number in range(count)
        ]
    free = None
    if slots:
        free = sum(one.free for one in slots)
    elif capacity is not None:
        free = max(0, capacity - taken.total())
    return DateView(row, granted, capacity, taken.total(), free, slots)
