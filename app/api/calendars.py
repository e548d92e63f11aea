"""JSON endpoints for calendars elsewhere whose events are published here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import PREFIX, ContractRouter, Listing, Out, Paged, listing, operation
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.speaking import ImprintMissing
from app.features.events.subscribing import (
    CalendarDraft,
    CalendarKnown,
    add_calendar,
    find_calendar,
    list_calendars,
    read_again,
    remove_calendar,
)
from app.models.calendars import CalendarState

router = ContractRouter(prefix="/me/calendars", tags=["events"])


class CalendarOut(Out):
    """A calendar elsewhere, and what came of reading it the last time."""

    id: UUID
    url: str
    company_id: UUID | None
    state: CalendarState
    created: int = Field(description="Events that were published.")
    changed: int
    unchanged: int
    withdrawn: int
    left_out: int = Field(description="Events that are private, over, or were ended here.")
    refusals: list[str] = Field(description="What was not taken, and why, in your language.")
    created_at: datetime
    read_at: datetime | None = Field(description="When it was read with success.")
    next_at: datetime


@router.get(
    "",
    response_model=Listing[CalendarOut],
    summary="List the calendars that are read for you",
    **operation(scope="events:read", refuses=(BadCursor,)),
)
async def calendars(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List those that you entered, and those of companies that you speak for."""
    return listing(await list_calendars(reader, actor, paged.paging), request, response)


@router.post(
    "",
    status_code=201,
    response_model=CalendarOut,
    summary="Have a calendar read regularly",
    **operation(
        scope="posts:write",
        refuses=(NotFound, Forbidden, ImprintMissing, CalendarKnown),
        has_body=True,
    ),
)
async def add(draft: CalendarDraft, tx: Tx, actor: CurrentActor, response: Response) -> Any:
    """Have its events published here, changed when they change, withdrawn when they go.

    It is read within five minutes, then every six hours.
    """
    made = await add_calendar(tx, actor, draft)
    response.headers["Location"] = f"{PREFIX}/me/calendars/{made.id}"
    return await find_calendar(SessionReader(tx), actor, made.id)


@router.get(
    "/{calendar_id}",
    response_model=CalendarOut,
    summary="Read what came of a calendar",
    **operation(scope="events:read", refuses=(NotFound,)),
)
async def read(calendar_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Return its last result."""
    return await find_calendar(reader, actor, calendar_id)


@router.post(
    "/{calendar_id}/read",
    response_model=CalendarOut,
    summary="Have a calendar read now",
    **operation(scope="posts:write", refuses=(NotFound,)),
)
async def again(calendar_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Have it read within five minutes."""
    await read_again(tx, actor, calendar_id)
    return await find_calendar(SessionReader(tx), actor, calendar_id)


@router.delete(
    "/{calendar_id}",
    status_code=204,
    summary="Have a calendar read no more",
    **operation(scope="posts:write", refuses=(NotFound,)),
)
async def remove(calendar_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take it out; the events that it brought stay as they are."""
    await remove_calendar(tx, actor, calendar_id)
