"""Finding dates of events: what they can be narrowed to, the list of them, and what there is."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Select, Uuid, and_, or_, select

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.i18n import N_
from app.core.paging import Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.core.text import Line
from app.features.appearances.noting import note_posts
from app.features.events.naming import group_said, organiser_said
from app.features.events.openings import has_room
from app.features.events.policy import met_by
from app.features.events.reading import MOMENT, SOONEST, DateView, as_met, select_dates
from app.features.posts.events.terms import Attendance, EventType
from app.features.posts.feed import Filters, conditions
from app.features.posts.filtering import (
    PlaceFilter,
    PostFilters,
    RadiusFilter,
    TagFilter,
    WordsFilter,
    filters_of,
)
from app.models.companies import Company
from app.models.occurrences import Occurrence
from app.models.posts import Post
from app.models.statistics import Surface
from app.reference.codes import SectorFilter
from app.reference.occupations import OccupationName, occupation_choices

LONGEST = timedelta(days=32)  # no date takes longer: 31 days and a change of the clocks
# Filters whose best plan hangs on how many events there are of them.
_PLANNED = frozenset(
    {"q", "place_id", "radius_km", "group_id", "organiser", "sector", "tag", "facet_occupation"}
)


class EventFilters(Narrowing):
    """Which dates: one question for the form, the query string and the API."""

    q: WordsFilter = None
    place: PlaceFilter = None
    radius_km: RadiusFilter = None
    since: Annotated[
        AwareDatetime | date | None,
        Field(description="Not over by this moment or day; by default now."),
        Asked(N_("Von"), widget="date"),
    ] = None
    until: Annotated[
        AwareDatetime | date | None,
        Field(description="Begins before this moment, or on this day at the latest."),
        Asked(N_("Bis"), widget="date"),
    ] = None
    event_type: Annotated[EventType | None, Asked(N_("Art der Veranstaltung"))] = None
    attendance: Annotated[Attendance | None, Asked(N_("Vor Ort oder online"))] = None
    organiser: Annotated[
        Annotated[str, Line(160)] | None,
        Field(
            description="The company, or the person, in whose name it is held: id, slug or name."
        ),
        Asked(N_("Veranstalter"), hint=N_("Name eines Unternehmens oder einer Person")),
    ] = None
    group: Annotated[
        Annotated[str, Line(160)] | None,
        Field(description="A group: id, slug or name."),
        Asked(N_("Gruppe"), hint=N_("Name der Gruppe")),
    ] = None
    sector: SectorFilter = None
    occupation: Annotated[
        OccupationName | None,
        Asked(
            N_("Beruf"),
            hint=N_("Etwa für Prüfungsfristen"),
            widget="text",
            choices=occupation_choices,
        ),
    ] = None
    tag: TagFilter = None
    free: Annotated[
        bool | None,
        Field(description="One can still take part: open to all, or with a free place."),
        Asked(N_("Nur mit freien Plätzen"), widget="checkbox"),
    ] = None


@dataclass(frozen=True, slots=True)
class DatesWanted:
    """Which dates a list is narrowed to: of which events, in which time, with room or not."""

    events: Filters = field(default_factory=lambda: Filters(kind="event"))
    since: datetime | None = None
    until: datetime | None = None
    organiser: UUID | None = None
    has_room: bool = False
    names: dict[str, str] = field(default_factory=dict)  # of the organiser and the group

    @property
    def given(self) -> frozenset[str]:
        """The names of what is set."""
        own = {"until": self.until, "organiser": self.organiser, "room": self.has_room or None}
        return frozenset(self.events.params) - {"kind"} | {
            name for name, value in own.items() if value is not None
        }

    def params(self, actor: Actor) -> dict[str, Any]:
        """Return the parameters of the read."""
        now = clock.now()
        given: dict[str, Any] = {"me": actor.person_id, "now": now, "since": self.since or now}
        return given | self.events.params | {"until": self.until, "organiser": self.organiser}


async def dates_wanted(reader: Reader, actor: Actor, wanted: EventFilters) -> DatesWanted:
    """Return which dates are meant; refuse unknown places, organisers and groups."""
    fields = (
        "q", "place", "radius_km", "event_type", "attendance", "sector", "occupation", "tag",
    )  # fmt: skip
    asked = {name: getattr(wanted, name) for name in fields}
    names, organiser = dict[str, str](), None
    if wanted.organiser:
        organiser, names["organiser"] = await organiser_said(reader, wanted.organiser)
    if wanted.group:
        asked["group"], names["group"] = await group_said(reader, actor, wanted.group)
    return DatesWanted(
        await filters_of(reader, PostFilters(kind="event", **asked)),
        _beginning(wanted.since) if wanted.since else None,
        _end(wanted.until) if wanted.until else None,
        organiser,
        has_room=bool(wanted.free),
        names=names,
    )


def _beginning(since: datetime | date) -> datetime:
    if isinstance(since, datetime):
        return since
    return datetime.combine(since, time(), settings().zone)


def _end(until: datetime | date) -> datetime:
    if isinstance(until, datetime):
        return until
    return datetime.combine(until + timedelta(days=1), time(), settings().zone)


def narrowed(actor: Actor, given: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return what keeps dates not over at ``since`` that readers meet, narrowed by filters.

    For queries that join ``Post``. ``given`` are the names of ``DatesWanted.given``.
    """
    since = bound("since", MOMENT)
    kept = [
        Post.kind == "event",
        met_by(actor),
        Occurrence.ends_at > since,
        Occurrence.starts_at > since - LONGEST,  # what ended long ago is not even looked at
        *conditions("event", given - {"until", "organiser", "room"}),
    ]
    if "until" in given:
        kept.append(Occurrence.starts_at < bound("until", MOMENT))
    if "organiser" in given:
        kept.append(_held_by(bound("organiser", Uuid())))
    if "room" in given:
        kept.append(has_room(bound("now", MOMENT)))
    return kept


def _held_by(organiser: Any) -> ColumnElement[bool]:
    """Keep what is held in the name of a company, or of a person who speaks for none."""
    own = and_(Post.author_id == organiser, Post.company_id.is_(None))
    return or_(Post.company_id == organiser, own)


@prepared
def _company() -> Select[Any]:
    return select(Company.id).where(Company.id == bound("organiser", Uuid()))


async def narrowing_posts(reader: Reader, organiser: UUID | None) -> dict[str, UUID]:
    """Return what narrows lists of posts, and so their feeds, to those of an organiser."""
    if organiser is None:
        return {}
    is_company = await reader.first(_company(), {"organiser": organiser})
    return {"company" if is_company else "author": organiser}


@prepared
def _found(actor: Actor, given: frozenset[str], *, after: bool) -> Select[Any]:
    query = select_dates(actor).where(*narrowed(actor, given))
    return SOONEST.page(query, after=after).execution_options(plan_each_time=bool(given & _PLANNED))


async def list_met_dates(
    reader: Reader, actor: Actor, wanted: DatesWanted, paging: Paging
) -> Page[DateView]:
    """Return the dates of all events that readers meet, the next first.

    What may be done with one is left open here: ``acts`` is empty.
    """
    read = _found(actor.shape, wanted.given, after=paging.cursor is not None)
    page = await SOONEST.fetch(reader, read, paging, wanted.params(actor))
    note_posts(Surface.LIST, actor, page.items)
    return page.map(lambda row: as_met(actor, row))
