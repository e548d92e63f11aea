"""JSON endpoints for the life of a post: drafts, reserving, concluding, renewing, one's own."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    Listing,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.api.post_shapes import PostOut, PostSummaryOut, post_shape, summary
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.posts.access import PostGone, StepNotPossible
from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.ending import (
    ConclusionDraft,
    LongestReached,
    RenewalDraft,
    conclude_post,
    release_post,
    renew_post,
    reserve_post,
)
from app.features.posts.own import OwnFilters, own_posts
from app.features.posts.publishing import PublicationDraft, publish_draft
from app.features.posts.reading import read_post

router = ContractRouter(tags=["posts"])
_STEPS = (NotFound, PostGone, Forbidden, StepNotPossible, Stale)


class OwnQuery(OwnFilters, PageParams):
    """Which of your posts, and which part of the list."""


@router.get(
    "/me/posts",
    response_model=Listing[PostSummaryOut],
    summary="List the posts you keep",
    **operation(scope="posts:read", refuses=(BadCursor,)),
)
async def own(
    query: Annotated[OwnQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List your posts and those of companies you speak for, in every state, latest first."""
    page = await own_posts(reader, actor, query, query.paging)
    return listing(page.map(summary), request, response)


async def _answer(request: Request, tx: Any, actor: Any, post_id: UUID) -> dict[str, Any]:
    view = await read_post(SessionReader(tx), actor, post_id)
    tagged(request, view.row.version)
    return post_shape(view)


@router.post(
    "/posts/{post_id}/publish",
    response_model=PostOut,
    summary="Publish a draft",
    **operation(scope="posts:write", refuses=(*_STEPS, ConfirmationNeeded), has_body=True),
)
async def publish(
    post_id: UUID,
    draft: PublicationDraft,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Publish what you kept as a draft."""
    await publish_draft(tx, actor, post_id, confirmed=draft.confirmed, expected=expected)
    return await _answer(request, tx, actor, post_id)


@router.post(
    "/posts/{post_id}/reserve",
    response_model=PostOut,
    summary="Reserve a post",
    **operation(scope="posts:write", refuses=_STEPS),
)
async def reserve(
    post_id: UUID, expected: ExpectedVersion, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Say that somebody is interested in earnest. Twice changes nothing."""
    await reserve_post(tx, actor, post_id, expected=expected)
    return await _answer(request, tx, actor, post_id)


@router.post(
    "/posts/{post_id}/release",
    response_model=PostOut,
    summary="Offer a reserved post again",
    **operation(scope="posts:write", refuses=_STEPS),
)
async def release(
    post_id: UUID, expected: ExpectedVersion, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Say that a reserved post is on offer again. Twice changes nothing."""
    await release_post(tx, actor, post_id, expected=expected)
    return await _answer(request, tx, actor, post_id)


@router.post(
    "/posts/{post_id}/conclude",
    response_model=PostOut,
    summary="Say that a post is done",
    **operation(scope="posts:write", refuses=_STEPS, has_body=True),
)
async def conclude(
    post_id: UUID,
    draft: ConclusionDraft,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Say that it is done, and how. Others find it gone from now on."""
    await conclude_post(tx, actor, post_id, draft, expected=expected)
    return await _answer(request, tx, actor, post_id)


@router.post(
    "/posts/{post_id}/renew",
    response_model=PostOut,
    summary="Renew a post",
    **operation(scope="posts:write", refuses=(*_STEPS, LongestReached), has_body=True),
)
async def renew(
    post_id: UUID,
    draft: RenewalDraft,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Let it live on from today, to `latest_end` at most; an expired one is published again."""
    await renew_post(tx, actor, post_id, draft, expected=expected)
    return await _answer(request, tx, actor, post_id)
