"""JSON endpoints for browsers to which messages are sent (Web Push)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import PREFIX, ContractRouter, Listing, Out, Paged, listing, operation
from app.core.errors import NotFound
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.notifications.push_subscriptions import (
    PushSubscriptionDraft,
    find_subscription,
    list_subscriptions,
    remove_subscription,
    subscribe_browser,
)
from app.features.notifications.pushing import server_key

router = ContractRouter(prefix="/push_subscriptions", tags=["notifications"])


class PushKeyOut(Out):
    """The key by which push services know this instance (VAPID)."""

    public_key: str = Field(description="base64url; the `applicationServerKey` of browsers.")


class PushSubscriptionOut(Out):
    """A browser to which the reader has messages sent."""

    id: UUID
    service: str = Field(description="Host of the push service.")
    user_agent: str | None = Field(description="Of the session that it belongs to.")
    token_label: str | None = Field(description="Of the access token that it belongs to.")
    created_at: datetime
    is_present: bool = Field(description="Whether it is the browser that asks.")


@router.get("/key", response_model=PushKeyOut, summary="Read the key for messages", **operation())
async def read_key() -> Any:
    """Return what a browser needs to ask its push service for an address."""
    return {"public_key": server_key()}


@router.get(
    "",
    response_model=Listing[PushSubscriptionOut],
    summary="List browsers that get messages",
    **operation(scope="notifications:read", refuses=(BadCursor,)),
)
async def list_(
    request: Request, response: Response, reads: Reads, actor: CurrentActor, params: Paged
) -> Any:
    """List the reader's browsers, the newest first."""
    return listing(await list_subscriptions(reads, actor, params.paging), request, response)


@router.post(
    "",
    status_code=201,
    response_model=PushSubscriptionOut,
    summary="Have messages sent to a browser",
    **operation(scope="notifications:write", has_body=True),
)
async def subscribe(
    draft: PushSubscriptionDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Have what the reader is told sent to a browser, while its session or token is good."""
    subscribed = await subscribe_browser(tx, actor, draft)
    response.headers["Location"] = f"{PREFIX}/push_subscriptions/{subscribed.id}"
    return subscribed


@router.get(
    "/{subscription_id}",
    response_model=PushSubscriptionOut,
    summary="Read one of your browsers",
    **operation(scope="notifications:read", refuses=(NotFound,)),
)
async def read(subscription_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return a browser without its keys."""
    return await find_subscription(reads, actor, subscription_id)


@router.delete(
    "/{subscription_id}",
    status_code=204,
    summary="Send nothing more to a browser",
    **operation(scope="notifications:write", refuses=(NotFound,)),
)
async def remove(subscription_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Forget a browser."""
    await remove_subscription(tx, actor, subscription_id)
