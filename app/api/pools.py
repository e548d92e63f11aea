"""JSON endpoints for purchasing pools."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.i18n import translate
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.speaking import ImprintMissing
from app.features.pools.joining import (
    NoPool,
    PoolNotJoinable,
    PoolOver,
    ShareDraft,
    close_pool,
    join_pool,
    leave_pool,
)
from app.features.pools.policy import Act
from app.features.pools.reading import list_shares, read_pool, read_post_of_pool
from app.features.posts.access import PostGone
from app.features.posts.reading import FORMER_MEMBER

router = ContractRouter(tags=["posts"])
_POOL = (NotFound, PostGone, NoPool)


class OwnShareOut(Out):
    """With how much you, or a company you speak for, take part."""

    quantity: float
    company_id: UUID | None
    joined_at: datetime


class PoolOut(Out):
    """A pool; quantities are in `unit`."""

    unit: str
    threshold: float = Field(description="From this quantity on it orders.")
    total: float
    remaining: float = Field(description="What is missing to the threshold.")
    count: int = Field(description="How many take part.")
    reached_at: datetime | None = Field(description="When the threshold was first reached.")
    closed_at: datetime | None
    own: list[OwnShareOut]
    viewer_can: list[Act]


class ShareOut(Out):
    """Who takes part, and with how much."""

    name: str = Field(description="Of the company, or of the person.")
    person: str
    company_id: UUID | None
    quantity: float
    joined_at: datetime
    is_mine: bool


async def _pool(reader: Reader, actor: Actor, post_id: UUID) -> dict[str, Any]:
    view = await read_pool(reader, actor, await read_post_of_pool(reader, actor, post_id))
    row = view.row
    return {
        **{name: getattr(row, name) for name in ("total", "count", "reached_at", "closed_at")},
        "unit": view.unit,
        "threshold": view.threshold,
        "remaining": view.remaining,
        "own": view.own,
        "viewer_can": sorted(view.acts),
    }


def _share(row: Any) -> dict[str, Any]:
    person = translate(FORMER_MEMBER) if row.person_has_left else row.person_name
    plain = ("company_id", "quantity", "joined_at", "is_mine")
    said = {name: getattr(row, name) for name in plain}
    return {**said, "name": row.company_name or person, "person": person}


@router.get(
    "/posts/{post_id}/pool",
    response_model=PoolOut,
    summary="Read a purchasing pool",
    **operation(scope="posts:read", public=True, refuses=_POOL),
)
async def read(post_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read how much there is already, and what is missing."""
    return await _pool(reader, actor, post_id)


@router.get(
    "/posts/{post_id}/pool/shares",
    response_model=Listing[ShareOut],
    summary="List who takes part in a purchasing pool",
    **operation(scope="posts:read", refuses=(*_POOL, Forbidden, BadCursor)),
)
async def shares(
    post_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List them to who keeps the post, and to those who take part, also once the post is done."""
    post = await read_post_of_pool(reader, actor, post_id)
    page = await list_shares(reader, actor, post, paged.paging)
    return listing(page.map(_share), request, response)


@router.put(
    "/posts/{post_id}/pool/share",
    response_model=PoolOut,
    summary="Take part in a purchasing pool",
    **operation(
        scope="posts:write",
        refuses=(*_POOL, Forbidden, PoolNotJoinable, PoolOver, ImprintMissing),
        has_body=True,
    ),
)
async def join(post_id: UUID, draft: ShareDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Take part with a quantity, or change yours: each person and each company has one share."""
    await join_pool(tx, actor, post_id, draft)
    return await _pool(SessionReader(tx), actor, post_id)


@router.delete(
    "/posts/{post_id}/pool/share",
    response_model=PoolOut,
    summary="Leave a purchasing pool",
    **operation(scope="posts:write", refuses=(*_POOL, PoolOver)),
)
async def leave(
    post_id: UUID,
    tx: Tx,
    actor: CurrentActor,
    company_id: Annotated[
        UUID | None, Query(description="The company that leaves; by default yourself.")
    ] = None,
) -> Any:
    """Take part no more. Twice changes nothing."""
    await leave_pool(tx, actor, post_id, company_id)
    return await _pool(SessionReader(tx), actor, post_id)


@router.post(
    "/posts/{post_id}/pool/close",
    response_model=PoolOut,
    summary="Close a purchasing pool of yours",
    **operation(scope="posts:write", refuses=(*_POOL, Forbidden, PoolOver)),
)
async def close(post_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Close it: nobody joins, leaves or changes a share any more. Twice changes nothing."""
    await close_pool(tx, actor, post_id)
    return await _pool(SessionReader(tx), actor, post_id)
