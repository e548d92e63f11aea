"""JSON endpoints for notifications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.core.errors import SignInRequired
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads, Tx
from app.edge.refusals import NotAcceptable
from app.edge.streams import EventStream, unread_stream
from app.features.notifications.inbox import ReadMark, list_notifications, mark_read
from app.features.notifications.live import TooManyStreams
from app.features.notifications.unread import read_unread

router = ContractRouter(prefix="/notifications", tags=["notifications"])


class NotificationOut(Out):
    """One thing that the reader was told."""

    id: UUID
    type: str
    text: str = Field(description="In the language of the request.")
    path: str = Field(description="Of the page that it is about.")
    created_at: datetime
    read_at: datetime | None
    count: int = Field(description="How many became this line: all that is new of one matter.")


class UnreadOut(Out):
    """How many notifications are unread."""

    unread: int


class AllUnreadOut(Out):
    """How much you have not read."""

    notifications: int
    inquiries: int = Field(description="Messages of others in inquiries.")
    conversations: int = Field(description="Messages of others in conversations.")


@router.get(
    "",
    response_model=Listing[NotificationOut],
    summary="List notifications",
    **operation(scope="notifications:read", refuses=(BadCursor,)),
)
async def list_(
    request: Request, response: Response, reads: Reads, actor: CurrentActor, params: Paged
) -> Any:
    """List what the reader was told, the newest first."""
    return listing(await list_notifications(reads, actor, params.paging), request, response)


@router.get(
    "/unread",
    response_model=AllUnreadOut,
    summary="Count what is unread",
    **operation(scope="notifications:read"),
)
async def unread(reads: Reads, actor: CurrentActor) -> Any:
    """Count notifications, and messages of others in inquiries and conversations."""
    return await read_unread(reads, actor)


@router.get(
    "/stream",
    summary="Follow what is unread",
    response_class=EventStream,
    **operation(scope="notifications:read", refuses=(NotAcceptable, TooManyStreams)),
)
async def stream(request: Request, actor: CurrentActor) -> Response:
    """Send an event `unread` now, and whenever a number changes (server-sent events).

    Its data are the numbers of `GET /notifications/unread` and the id of the newest notification.
    With `Last-Event-ID` the present numbers are sent at once if they differ from those of that
    event, else nothing until they do. To learn what came while you were away, list notifications
    as far as their ids are greater than the `newest` you knew. A stream ends after five minutes:
    come again.
    """
    if actor.person_id is None:
        raise SignInRequired
    return unread_stream(request, actor.person_id)


@router.post(
    "/read",
    response_model=UnreadOut,
    summary="Mark notifications as read",
    **operation(scope="notifications:write", has_body=True),
)
async def read(tx: Tx, actor: CurrentActor, mark: ReadMark | None = None) -> Any:
    """Mark some or all notifications as read."""
    return {"unread": await mark_read(tx, actor, mark or ReadMark())}
