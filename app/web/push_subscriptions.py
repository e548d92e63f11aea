"""The page for messages to this device."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.features.notifications.push_subscriptions import (
    PushSubscriptionDraft,
    list_subscriptions,
    remove_subscription,
    subscribe_browser,
)
from app.features.notifications.pushing import server_key
from app.web.devices import device_name
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter(prefix="/settings/push")


@router.get("")
async def overview(
    page: CurrentPage,
    reads: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """List the devices, and offer this one where its browser can."""
    about = await _about(page, reads, Paging(cursor=cursor))
    form = page.blank(PushSubscriptionDraft)
    return await page.render("settings/push.html", form=form, cursor=cursor, **about)


@router.post("")
async def subscribe(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Have messages sent to this device."""
    about = await _about(page, reads, Paging())
    draft = await page.form(PushSubscriptionDraft, "settings/push.html", cursor=None, **about)
    await subscribe_browser(tx, page.actor, draft)
    return page.go("/settings/push", "push.subscribed")


@router.post("/{subscription_id}/remove")
async def remove(subscription_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Send nothing more to a device."""
    await remove_subscription(tx, page.actor, subscription_id)
    return page.go("/settings/push", "push.removed")


async def _about(page: Page, reads: Reads, paging: Paging) -> dict[str, Any]:
    found = await list_subscriptions(reads, page.actor, paging)
    named = [(one, one.token_label or device_name(one.user_agent or "")) for one in found.items]
    return {"devices": named, "next": found.next, "key": server_key()}
