"""JSON endpoints for events: their dates, and deciding on single ones."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AwareDatetime, Field

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.api.event_shapes import OccurrenceOut, occurrence_shape
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.events.counting import count_dates
from app.features.events.deciding import (
    DateOffRule,
    MoveDraft,
    NothingProposed,
    OccurrencePatch,
    ProposalDecision,
    cancel_occurrence,
    change_occurrence,
    decide_proposal,
    move_occurrence,
    restore_occurrence,
)
from app.features.events.finding import EventFilters, dates_wanted, list_met_dates
from app.features.events.loading import DateOver
from app.features.events.reading import DateFilter, list_dates, list_past_dates, read_date
from app.features.posts.access import PostGone
from app.features.posts.reading import read_post

router = ContractRouter(tags=["events"])
_SEEN = (NotFound, PostGone)
_DECIDED = (*_SEEN, Forbidden, DateOver, Stale)


class DateQuery(PageParams):
    """Which dates of one event, and which part of the list."""

    since: AwareDatetime | None = Field(
        None, description="Dates that are not over then; by default now."
    )
    until: AwareDatetime | None = Field(None, description="Dates that begin before.")
    past: bool = Field(
        default=False,
        description="Dates that are over instead, the last first, whatever else is asked.",
    )


class EventQuery(EventFilters, PageParams):
    """Which dates of all events, and which part of the list."""


class DateCountsOut(Out):
    """How many dates fit, by facet and value; `all` counts each of them once, under `""`."""

    counts: dict[str, dict[str, int]]


@router.get(
    "/events",
    response_model=Listing[OccurrenceOut],
    summary="List the dates of events",
    **operation(scope="posts:read", public=True, refuses=(BadCursor,)),
)
async def events(
    query: Annotated[EventQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List the dates of all events that you may read, the next first.

    What you can do with one stands with the date itself: here `viewer_can` is empty. Events are
    published, changed and withdrawn as posts of the kind `event`.
    """
    wanted = await dates_wanted(reader, actor, query)
    page = await list_met_dates(reader, actor, wanted, query.paging)
    return listing(page.map(occurrence_shape), request, response)


@router.get(
    "/events/facets",
    response_model=DateCountsOut,
    summary="Count the dates of events by their facets",
    **operation(scope="posts:read", public=True),
)
async def facets(
    query: Annotated[EventFilters, Query()], reader: Reads, actor: CurrentActor
) -> Any:
    """Count the dates that you may see and that fit, up to 25 months ahead."""
    counts, _ = await count_dates(reader, actor, await dates_wanted(reader, actor, query))
    return {"counts": counts}


@router.get(
    "/events/{event_id}/occurrences",
    response_model=Listing[OccurrenceOut],
    summary="List the dates of an event",
    **operation(scope="posts:read", public=True, refuses=(*_SEEN, BadCursor)),
)
async def occurrences(
    event_id: UUID,
    query: Annotated[DateQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List them, the next first, up to 25 months ahead."""
    post = await read_post(reader, actor, event_id)
    if query.past:
        page = await list_past_dates(reader, actor, post, query.paging)
    else:
        wanted = DateFilter(query.since, query.until)
        page = await list_dates(reader, actor, post, wanted, query.paging)
    return listing(page.map(occurrence_shape), request, response)


async def _shown(reader: Reader, actor: Actor, request: Request, occurrence_id: UUID) -> Any:
    _, view = await read_date(reader, actor, occurrence_id)
    tagged(request, view.row.version)
    return occurrence_shape(view)


@router.get(
    "/occurrences/{occurrence_id}",
    response_model=OccurrenceOut,
    summary="Read a date of an event",
    **operation(scope="posts:read", public=True, refuses=_SEEN),
)
async def read(occurrence_id: UUID, reader: Reads, actor: CurrentActor, request: Request) -> Any:
    """Read it with its time slots, and what you can do."""
    return await _shown(reader, actor, request, occurrence_id)


@router.patch(
    "/occurrences/{occurrence_id}",
    response_model=OccurrenceOut,
    summary="Change a date of an event",
    **operation(scope="posts:write", refuses=_DECIDED, has_body=True),
)
async def change(
    occurrence_id: UUID,
    patch: OccurrencePatch,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Change its place, its number of places, or a note; who is registered is told."""
    await change_occurrence(tx, actor, occurrence_id, patch, expected=expected)
    return await _shown(SessionReader(tx), actor, request, occurrence_id)


@router.post(
    "/occurrences/{occurrence_id}/move",
    response_model=OccurrenceOut,
    summary="Move a date of an event",
    **operation(scope="posts:write", refuses=(*_DECIDED, DateOffRule), has_body=True),
)
async def move(
    occurrence_id: UUID,
    draft: MoveDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Hold it at another time. Registrations stay; who is registered is told."""
    await move_occurrence(tx, actor, occurrence_id, draft, expected=expected)
    return await _shown(SessionReader(tx), actor, request, occurrence_id)


@router.post(
    "/occurrences/{occurrence_id}/cancel",
    response_model=OccurrenceOut,
    summary="Cancel a date of an event",
    **operation(scope="posts:write", refuses=_DECIDED),
)
async def cancel(
    occurrence_id: UUID, tx: Tx, actor: CurrentActor, request: Request, expected: ExpectedVersion
) -> Any:
    """Cancel it; who is registered is told. Twice changes nothing."""
    await cancel_occurrence(tx, actor, occurrence_id, expected=expected)
    return await _shown(SessionReader(tx), actor, request, occurrence_id)


@router.post(
    "/occurrences/{occurrence_id}/restore",
    response_model=OccurrenceOut,
    summary="Restore a date of an event",
    **operation(scope="posts:write", refuses=(*_DECIDED, DateOffRule)),
)
async def restore(
    occurrence_id: UUID, tx: Tx, actor: CurrentActor, request: Request, expected: ExpectedVersion
) -> Any:
    """Hold it as its rule has it, after it was moved or cancelled. Twice changes nothing."""
    await restore_occurrence(tx, actor, occurrence_id, expected=expected)
    return await _shown(SessionReader(tx), actor, request, occurrence_id)


@router.post(
    "/occurrences/{occurrence_id}/proposal",
    response_model=OccurrenceOut,
    summary="Decide what becomes of a date on a holiday",
    **operation(scope="posts:write", refuses=(*_DECIDED, NothingProposed), has_body=True),
)
async def decide(
    occurrence_id: UUID,
    decision: ProposalDecision,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Move or cancel it as proposed, or hold it all the same."""
    await decide_proposal(tx, actor, occurrence_id, decision, expected=expected)
    return await _shown(SessionReader(tx), actor, request, occurrence_id)
