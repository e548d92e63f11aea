"""Lists as feeds, for websites, feed readers and calendars.

They stand beside the lists of the contract, so that pages of any origin may read them, without a
key. Whoever asks gets what everybody may read.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from app.api.contract import ContractRouter, operation
from app.core.actor import ANONYMOUS
from app.core.errors import NotFound
from app.core.i18n import N_, current_locale, translate
from app.core.paging import Paging
from app.core.settings import settings
from app.core.text import Line
from app.edge.channels import Channel, Entry
from app.edge.deps import Reads
from app.edge.post_entries import post_entry
from app.edge.syndication import (
    MAX_DATED,
    MAX_ENTRIES,
    MEDIA_TYPES,
    FeedForm,
    JsonFeedOut,
    syndicated,
)
from app.features.companies.directory import CompanyFilters, list_companies
from app.features.events.calendar import calendar_dates
from app.features.feed.sector_groups import talking_of
from app.features.groups.directory import GroupFilter, GroupOrder, list_groups
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.features.posts.access import PostGone
from app.features.posts.drafts import KINDS
from app.features.posts.feed import list_posts
from app.features.posts.filtering import PostFilters, filters_of
from app.features.posts.reading import read_post
from app.reference.codes import SectorFilter, sector_named
from app.reference.topics import Topic, topic_titles

router = ContractRouter(tags=["feeds"])
Undated = Literal[FeedForm.ATOM, FeedForm.JSON]  # groups and companies name no days


class JsonFeedResponse(JSONResponse):
    """Gives the media type under which the contract has the model of a JSON Feed."""

    media_type = MEDIA_TYPES[FeedForm.JSON]


class CalendarResponse(Response):
    """Gives the media type of what is a calendar and nothing else."""

    media_type = MEDIA_TYPES[FeedForm.ICS]


def feed(*forms: FeedForm, refuses: Sequence[Any] = ()) -> dict[str, Any]:
    """Return what FastAPI needs to know of a feed in these forms."""
    said = operation(public=True, refuses=refuses)
    others = [form for form in forms if form != FeedForm.JSON]
    content = {MEDIA_TYPES[form]: {"schema": {"type": "string"}} for form in others}
    if FeedForm.JSON not in forms:
        said["responses"] = {200: {"content": content}, **said["responses"]}
        return {**said, "response_class": CalendarResponse}
    said["responses"] = {200: {"model": JsonFeedOut, "content": content}, **said["responses"]}
    return {**said, "response_class": JsonFeedResponse}


class GroupFeedParams(BaseModel):
    """Which groups."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Line(80, 0)] = Field("", description="A name, or the beginning of one.")
    topic: Topic | None = Field(None, description="Code of a topic.")
    place: Annotated[str, Line(120)] | None = Field(
        None, description="Postcode or name of a place: groups of it, in it, and around it."
    )
    sector: SectorFilter = None


def _channel(request: Request, page: str, parts: Sequence[str | None], entries: Any) -> Channel:
    query = f"?{request.url.query}" if request.url.query else ""
    title = " – ".join([*(part for part in parts if part), settings().site.name])
    address = f"{request.scope['path']}{query}"
    return Channel(title, f"{page}{query}", address, current_locale.get(), tuple(entries))


@router.get(
    "/posts.{form}",
    summary="Subscribe to a list of posts",
    **feed(*FeedForm, refuses=(PlaceUnknown, PlaceAmbiguous)),
)
async def posts(
    form: FeedForm, query: Annotated[PostFilters, Query()], reader: Reads, request: Request
) -> Response:
    """Return the first 50 posts that everybody may read, with the filters of `GET /posts`.

    The calendar (`ics`) has the dates of events, by their rules, and the days that other posts
    name: loading, courses, deadlines; of the 100 posts that come due first. Answers may be kept
    for five minutes.
    """
    filters, most = await filters_of(reader, query), MAX_ENTRIES
    if form == FeedForm.ICS:
        filters, most = replace(filters, order="soonest"), MAX_DATED
    rows = (await list_posts(reader, ANONYMOUS, filters, Paging(most))).items
    kind = KINDS.get(filters.kind or "")
    first = rows[0] if rows else None
    parts = [
        translate(kind.plural if kind else N_("Beiträge")),
        first.group_name if first and filters.group_id else None,
        first.company_name if first and filters.company_id else None,
        query.tag,
        query.place,
    ]
    dates = await calendar_dates(reader, rows) if form == FeedForm.ICS else {}
    entries = (post_entry(row, dates.get(row.id)) for row in rows)
    return await syndicated(_channel(request, "/posts", parts, entries), form)


@router.get(
    "/events/{event_id}.ics",
    summary="Subscribe to an event",
    **feed(FeedForm.ICS, refuses=(NotFound, PostGone)),
)
async def event(event_id: UUID, reader: Reads, request: Request) -> Response:
    """Return an event that everybody may read as a calendar: its rule, and what differs from it.

    A moved or cancelled date bears its `RECURRENCE-ID`.
    """
    row = (await read_post(reader, ANONYMOUS, event_id)).row
    if row.kind != "event":
        raise NotFound
    dates = await calendar_dates(reader, [row])
    entry = post_entry(row, dates.get(row.id))
    channel = _channel(request, entry.path, [row.title], [entry])
    return await syndicated(channel, FeedForm.ICS)


@router.get(
    "/groups.{form}",
    summary="Subscribe to the directory of groups",
    **feed(FeedForm.ATOM, FeedForm.JSON, refuses=(PlaceUnknown,)),
)
async def groups(
    form: Undated, query: Annotated[GroupFeedParams, Query()], reader: Reads, request: Request
) -> Response:
    """Return the 50 newest groups that everybody may see; hidden and archived ones never."""
    wanted = GroupFilter(q=query.q, topic=query.topic, place=query.place)
    paging, order = Paging(MAX_ENTRIES), GroupOrder.NEWEST
    among = talking_of(query.sector)
    found = await list_groups(reader, ANONYMOUS, wanted, paging, order=order, among=among)
    entries = (
        _named_entry(one, f"/groups/{one.slug}", topic_titles(one.topics)) for one in found.items
    )
    sector = sector_named(query.sector, current_locale.get()) if query.sector else None
    parts = [translate(N_("Gruppen")), *topic_titles([query.topic or ""]), sector, query.place]
    return await syndicated(_channel(request, "/groups", parts, entries), FeedForm(form))


@router.get(
    "/companies.{form}",
    summary="Subscribe to the directory of companies",
    **feed(FeedForm.ATOM, FeedForm.JSON, refuses=(PlaceUnknown, PlaceAmbiguous)),
)
async def companies(
    form: Undated, query: Annotated[CompanyFilters, Query()], reader: Reads, request: Request
) -> Response:
    """Return the 50 newest companies that everybody may see, whatever `order` says."""
    newest = query.model_copy(update={"order": "newest"})
    found = await list_companies(reader, newest, Paging(MAX_ENTRIES))
    entries = (_named_entry(one, f"/companies/{one.slug}", []) for one in found.items)
    parts = [translate(N_("Unternehmen")), query.place]
    return await syndicated(_channel(request, "/companies", parts, entries), FeedForm(form))


def _named_entry(one: Any, path: str, topics: list[str]) -> Entry:
    """Return a group or a company as an entry."""
    return Entry(
        id=str(one.id),
        title=one.name,
        path=path,
        published=one.created_at,
        updated=one.updated_at,
        text=one.summary,
        tags=[(topic, None) for topic in topics],
    )
