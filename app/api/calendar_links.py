"""JSON endpoints for the secret link to one's own dates, and the calendar that it leads to."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import PREFIX, ContractRouter, Out, operation
from app.api.feeds import feed
from app.core.errors import NotFound
from app.core.i18n import current_locale
from app.edge.channels import at
from app.edge.deps import CurrentActor, Reads, Tx
from app.edge.own_dates import own_channel, path_of
from app.edge.syndication import FeedForm, syndicated
from app.features.events.calendar_links import (
    make_calendar_link,
    own_calendar_link,
    revoke_calendar_link,
    who_is_behind,
)

router = ContractRouter(tags=["events"])
Key = Annotated[
    str,
    Path(max_length=200, pattern="^[A-Za-z0-9_-]+$", description="The secret part of the link."),
]


class CalendarQuery(BaseModel):
    """What stands in one's own calendar."""

    model_config = ConfigDict(extra="forbid")

    held: bool = Field(
        default=False,
        description="Also the events that you hold, yourself or for a company you speak for: the "
        "100 that are next.",
    )


class CalendarLinkOut(Out):
    """The link to your own dates; its address is told once."""

    created_at: datetime


class NewCalendarLinkOut(CalendarLinkOut):
    """A new link, with the address that is told only now."""

    secret: str | None = Field(
        description="The address of the calendar: whoever knows it reads your dates. Null where "
        "an earlier answer is repeated."
    )


@router.get(
    "/me/calendar_link",
    response_model=CalendarLinkOut,
    summary="Ask for the link to your dates",
    **operation(scope="events:read", refuses=(NotFound,)),
)
async def read(reader: Reads, actor: CurrentActor) -> Any:
    """Say since when there is a link; its address is told only where it is made."""
    found = await own_calendar_link(reader, actor)
    if found is None:
        raise NotFound
    return found


@router.post(
    "/me/calendar_link",
    status_code=201,
    response_model=NewCalendarLinkOut,
    summary="Make or renew the link to your dates",
    **operation(scope="events:write"),
)
async def make(tx: Tx, actor: CurrentActor, response: Response) -> Any:
    """Make a link to subscribe to your dates by; an earlier one ends."""
    link, secret = await make_calendar_link(tx, actor)
    response.headers["Location"] = f"{PREFIX}/me/calendar_link"
    return {"created_at": link.created_at, "secret": at(path_of(secret))}


@router.delete(
    "/me/calendar_link",
    status_code=204,
    summary="Revoke the link to your dates",
    **operation(scope="events:write"),
)
async def revoke(tx: Tx, actor: CurrentActor) -> None:
    """End it at once; doing so twice changes nothing."""
    await revoke_calendar_link(tx, actor)


@router.get(
    "/calendars/{key}.ics",
    summary="Subscribe to your own dates",
    **feed(FeedForm.ICS, refuses=(NotFound,)),
)
async def calendar(key: Key, query: Annotated[CalendarQuery, Query()], reader: Reads) -> Response:
    """Return what the person behind a secret link is registered for, from 30 days ago on.

    A place that is not yet theirs is `TENTATIVE`. Confirmed places have the link to take part
    online.
    """
    actor = await who_is_behind(reader, key)
    current_locale.set(actor.locale)
    channel = await own_channel(reader, actor, key, with_held=query.held)
    return await syndicated(channel, FeedForm.ICS, is_private=True)
