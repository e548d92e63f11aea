"""JSON endpoints for replies."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import (
    PREFIX,
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    Paged,
    listing,
    operation,
    tagged,
)
from app.api.post_shapes import PostOut, ReplyOut, post_shape, reply_shape
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.speaking import ImprintMissing
from app.features.posts.access import MembersOnly, PostGone
from app.features.posts.reactions import find_reply_helpful, unfind_reply_helpful
from app.features.posts.reading import list_replies, list_reply_revisions, read_post, read_reply
from app.features.posts.replying import (
    ReplyChange,
    ReplyDraft,
    accept_answer,
    edit_reply,
    reply_to,
    unaccept_answer,
    withdraw_reply,
)

router = ContractRouter(tags=["replies"])


class AcceptedAnswerIn(BaseModel):
    """Which reply answered the question."""

    model_config = ConfigDict(extra="forbid")

    reply_id: Annotated[UUID, Field(description="A reply to this post.")]


class ReplyRevisionOut(Out):
    """A reply as it read before a change."""

    number: int
    body: str
    replaced_at: datetime


async def _answer(request: Request, reader: Reader, actor: Actor, reply_id: UUID) -> dict[str, Any]:
    _, reply = await read_reply(reader, actor, reply_id)
    tagged(request, reply.row.version)
    return reply_shape(reply)


@router.get(
    "/posts/{post_id}/replies",
    response_model=Listing[ReplyOut],
    summary="List the replies to a post",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone, BadCursor)),
)
async def replies(
    post_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List replies, oldest first. A withdrawn reply keeps its place without its words."""
    post = await read_post(reader, actor, post_id)
    page = await list_replies(reader, actor, post, paged.paging)
    return listing(page.map(reply_shape), request, response)


@router.post(
    "/posts/{post_id}/replies",
    status_code=201,
    response_model=ReplyOut,
    summary="Reply to a post",
    **operation(
        scope="posts:write",
        refuses=(NotFound, PostGone, MembersOnly, Forbidden, ImprintMissing),
        has_body=True,
    ),
)
async def reply(
    post_id: UUID,
    draft: ReplyDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Reply in your own name or a company's; in a group, as its member."""
    made = await reply_to(tx, actor, post_id, draft)
    response.headers["Location"] = f"{PREFIX}/replies/{made.id}"
    return await _answer(request, SessionReader(tx), actor, made.id)


@router.get(
    "/replies/{reply_id}",
    response_model=ReplyOut,
    summary="Read a reply",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone)),
)
async def read(reply_id: UUID, reader: Reads, actor: CurrentActor, request: Request) -> Any:
    """Read one reply."""
    return await _answer(request, reader, actor, reply_id)


@router.patch(
    "/replies/{reply_id}",
    response_model=ReplyOut,
    summary="Change a reply",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden, Stale), has_body=True),
)
async def change(
    reply_id: UUID,
    wanted: ReplyChange,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Change a reply; how it read before is kept for its readers."""
    await edit_reply(tx, actor, reply_id, wanted, expected=expected)
    return await _answer(request, SessionReader(tx), actor, reply_id)


@router.delete(
    "/replies/{reply_id}",
    status_code=204,
    summary="Withdraw a reply",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden, Stale)),
)
async def withdraw(reply_id: UUID, expected: ExpectedVersion, tx: Tx, actor: CurrentActor) -> None:
    """Take a reply back; its place stays, its words go."""
    await withdraw_reply(tx, actor, reply_id, expected=expected)


@router.get(
    "/replies/{reply_id}/revisions",
    response_model=list[ReplyRevisionOut],
    summary="List earlier versions of a reply",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone)),
)
async def revisions(reply_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """List how a reply read before each of its last 100 changes, latest first."""
    return await list_reply_revisions(reader, actor, reply_id)


@router.put(
    "/replies/{reply_id}/reactions/helpful",
    response_model=ReplyOut,
    summary="Say that a reply was helpful",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def find_helpful(reply_id: UUID, tx: Tx, actor: CurrentActor, request: Request) -> Any:
    """Say that somebody else's reply was helpful. Twice changes nothing."""
    await find_reply_helpful(tx, actor, reply_id)
    return await _answer(request, SessionReader(tx), actor, reply_id)


@router.delete(
    "/replies/{reply_id}/reactions/helpful",
    status_code=204,
    summary="Take that back",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def unfind_helpful(reply_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take back that a reply was helpful. Twice changes nothing."""
    await unfind_reply_helpful(tx, actor, reply_id)


@router.put(
    "/posts/{post_id}/accepted-answer",
    response_model=PostOut,
    summary="Accept a reply as the answer",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden), has_body=True),
)
async def accept(
    post_id: UUID, wanted: AcceptedAnswerIn, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Say which reply answered your question; it takes the place of another one."""
    await accept_answer(tx, actor, post_id, wanted.reply_id)
    view = await read_post(SessionReader(tx), actor, post_id)
    tagged(request, view.row.version)
    return post_shape(view)


@router.delete(
    "/posts/{post_id}/accepted-answer",
    status_code=204,
    summary="Open the question again",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def unaccept(post_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Say that the question is open again. Twice changes nothing."""
    await unaccept_answer(tx, actor, post_id)
