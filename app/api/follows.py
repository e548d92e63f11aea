"""JSON endpoints for following."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.core.errors import NotFound
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.core.text import Line
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.follows.followed import follow_seen, list_follows
from app.features.follows.following import (
    FollowDraft,
    FollowsTooMany,
    follow,
    unfollow,
    unfollow_thing,
)
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.models.follows import FollowTarget

router = ContractRouter(prefix="/follows", tags=["follows"])


Key = Annotated[
    str,
    Line(120),
    Path(
        description="Id of a person, company, group or place (places also by name or postcode); "
        "code of a sector (`2008:25`), topic or kind; or a tag.",
    ),
]
_REFUSALS = (PlaceUnknown, PlaceAmbiguous, FollowsTooMany)


class FollowOut(Out):
    """Something that the reader follows."""

    id: UUID
    target: FollowTarget
    key: str = Field(
        description="Id of a person, company, group or place; code of a sector, topic or kind; tag."
    )
    name: str
    path: str | None = Field(description="Of its page, if it has one.")
    created_at: datetime


@router.get(
    "",
    response_model=Listing[FollowOut],
    summary="List what one follows",
    **operation(scope="follows:read", refuses=(BadCursor,)),
)
async def list_(
    request: Request, response: Response, reads: Reads, actor: CurrentActor, params: Paged
) -> Any:
    """List what the reader follows and can still see."""
    return listing(await list_follows(reads, actor, params.paging), request, response)


@router.post(
    "",
    status_code=201,
    response_model=FollowOut,
    summary="Follow",
    **operation(scope="follows:write", refuses=_REFUSALS, has_body=True),
)
async def add(draft: FollowDraft, tx: Tx, actor: CurrentActor, response: Response) -> Any:
    """Follow something; following it twice changes nothing."""
    made = await follow(tx, actor, draft)
    response.headers["Location"] = f"/api/v1/follows/{made.id}"
    return await follow_seen(SessionReader(tx), actor, made.id)


@router.delete(
    "/{follow_id}",
    status_code=204,
    summary="Unfollow",
    **operation(scope="follows:write", refuses=(NotFound,)),
)
async def remove(follow_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Follow something no more."""
    await unfollow(tx, actor, follow_id)


@router.put(
    "/{target}/{key}",
    response_model=FollowOut,
    summary="Follow a thing that has a key",
    **operation(scope="follows:write", refuses=_REFUSALS),
)
async def put(target: FollowTarget, key: Key, tx: Tx, actor: CurrentActor) -> Any:
    """Follow something; following it twice changes nothing."""
    made = await follow(tx, actor, FollowDraft(target=target, key=key))
    return await follow_seen(SessionReader(tx), actor, made.id)


@router.delete(
    "/{target}/{key}",
    status_code=204,
    summary="Unfollow a thing by its key",
    **operation(scope="follows:write"),
)
async def remove_thing(target: FollowTarget, key: Key, tx: Tx, actor: CurrentActor) -> None:
    """Follow something no more, by its key as the list has it. Twice changes nothing."""
    await unfollow_thing(tx, actor, target, key)
