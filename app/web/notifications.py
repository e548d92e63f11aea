"""The page of notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.paging import Paging
from app.edge.csrf import require_own_page
from app.edge.deps import Reads, Tx
from app.edge.streams import unread_stream
from app.features.notifications.inbox import ReadMark, list_notifications, mark_read
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/notifications")


@router.get("")
async def show(
    page: CurrentPage,
    reads: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show what the reader was told."""
    told = await list_notifications(reads, page.actor, Paging(cursor=cursor))
    return await page.render("notifications/list.html", told=told, cursor=cursor)


@router.get("/stream")
async def stream(page: CurrentPage) -> Response:
    """Tell open pages what is unread, whenever it changes (server-sent events)."""
    require_own_page(page.request.headers)
    return unread_stream(page.request, page.me)


@router.post("/read")
async def read(page: CurrentPage, tx: Tx) -> Response:
    """Mark everything as read."""
    await mark_read(tx, page.actor, ReadMark())
    return page.go("/notifications", "notifications.read")


@router.post("/{notification_id}/read")
async def read_one(notification_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Mark one notification as read."""
    await mark_read(tx, page.actor, ReadMark(ids=[notification_id]))
    return page.go("/notifications")
