"""JSON endpoints for notifications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.notifications.inbox import ReadMark, list_notifications, mark_read
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


@router.post(
    "/read",
    response_model=UnreadOut,
    summary="Mark notifications as read",
    **operation(scope="notifications:write", has_body=True),
)
async def read(tx: Tx, actor: CurrentActor, mark: ReadMark | None = None) -> Any:
    """Mark some or all notifications as read."""
    return {"unread": await mark_read(tx, actor, mark or ReadMark())}
