"""JSON endpoints for posts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.api.contract import (
    PREFIX,
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    Paged,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.api.post_shapes import PostOut, PostSummaryOut, post_shape, summary
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.speaking import ImprintMissing
from app.features.groups.loading import GroupArchived
from app.features.posts.access import MembersOnly, PostGone
from app.features.posts.bookmarks import bookmark_post, bookmarked_posts, unbookmark_post
from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.drafts import AnyPostDraft, AnyPostPatch
from app.features.posts.editing import edit_post
from app.features.posts.ending import withdraw_post
from app.features.posts.feed import Filters, count_facets, list_posts
from app.features.posts.filtering import PostFilters, filters_of
from app.features.posts.publishing import publish_post
from app.features.posts.reactions import find_post_helpful, unfind_post_helpful
from app.features.posts.reading import list_revisions, read_post

router = ContractRouter(tags=["posts"])
_PUBLISHING = (
    NotFound,
    Forbidden,
    MembersOnly,
    GroupArchived,
    ImprintMissing,
    ConfirmationNeeded,
)


class PostQuery(PostFilters, PageParams):
    """Which posts, and which part of the list."""


class RevisionOut(Out):
    """A post as it read before a change."""

    number: int
    title: str
    body: str
    details: dict[str, Any]
    tags: list[str]
    replaced_at: Any


class FacetCountsOut(Out):
    """How many posts fit, by facet and value; `all` counts each of them once, under ``""``."""

    counts: dict[str, dict[str, int]]


@router.get(
    "/posts",
    response_model=Listing[PostSummaryOut],
    summary="List posts",
    **operation(scope="posts:read", public=True, refuses=(BadCursor,)),
)
async def posts(
    query: Annotated[PostQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List the posts that you may see. Facets of a kind work together with that `kind`.

    They come newest first, or with `order` nearest or soonest first.
    """
    page = await list_posts(reader, actor, await filters_of(reader, query), query.paging)
    return listing(page.map(summary), request, response)


@router.get(
    "/posts/facets",
    response_model=FacetCountsOut,
    summary="Count the posts of a kind by their facets",
    **operation(scope="posts:read", public=True),
)
async def facets(query: Annotated[PostFilters, Query()], reader: Reads, actor: CurrentActor) -> Any:
    """Count the posts that you may see and that fit; `kind` says by which facets."""
    return {"counts": await count_facets(reader, actor, await filters_of(reader, query))}


async def _answer(
    request: Request, response: Response, reader: Reader, actor: Actor, post_id: UUID
) -> dict[str, Any]:
    view = await read_post(reader, actor, post_id)
    tagged(request, view.row.version)
    if response.status_code == 201:  # noqa: PLR2004
        response.headers["Location"] = f"{PREFIX}/posts/{post_id}"
    return post_shape(view)


@router.post(
    "/posts",
    status_code=201,
    response_model=PostOut,
    summary="Publish a post",
    **operation(scope="posts:write", refuses=_PUBLISHING, has_body=True),
)
async def publish(
    draft: AnyPostDraft, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Publish in your own name or a company's, in a group or on its own."""
    post = await publish_post(tx, actor, draft)
    response.status_code = 201
    return await _answer(request, response, SessionReader(tx), actor, post.id)


@router.get(
    "/groups/{group_id}/posts",
    response_model=Listing[PostSummaryOut],
    summary="List the posts of a group",
    **operation(scope="posts:read", public=True, refuses=(BadCursor,)),
)
async def group_posts(
    group_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List the posts of a group, newest first; none of a group that you may not read."""
    page = await list_posts(reader, actor, Filters(group_id=group_id), paged.paging)
    return listing(page.map(summary), request, response)


@router.post(
    "/groups/{group_id}/posts",
    status_code=201,
    response_model=PostOut,
    summary="Publish a post in a group",
    **operation(scope="posts:write", refuses=_PUBLISHING, has_body=True),
)
async def publish_in_group(
    group_id: UUID,
    draft: AnyPostDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Publish in this group, whatever `group_id` in the body says."""
    post = await publish_post(tx, actor, draft.model_copy(update={"group_id": group_id}))
    response.status_code = 201
    return await _answer(request, response, SessionReader(tx), actor, post.id)


@router.get(
    "/posts/{post_id}",
    response_model=PostOut,
    summary="Read a post",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone)),
)
async def read(
    post_id: UUID, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Read a post, and what you may do with it."""
    return await _answer(request, response, reader, actor, post_id)


@router.patch(
    "/posts/{post_id}",
    response_model=PostOut,
    summary="Change a post",
    **operation(
        scope="posts:write",
        refuses=(NotFound, PostGone, Forbidden, Stale, ConfirmationNeeded),
        has_body=True,
    ),
)
async def change(
    post_id: UUID,
    patch: AnyPostPatch,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Change what is given; how the post read before is kept for its readers."""
    await edit_post(tx, actor, post_id, patch, expected=expected)
    return await _answer(request, response, SessionReader(tx), actor, post_id)


@router.delete(
    "/posts/{post_id}",
    status_code=204,
    summary="Withdraw a post",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden, Stale)),
)
async def withdraw(post_id: UUID, expected: ExpectedVersion, tx: Tx, actor: CurrentActor) -> None:
    """Take a post from every list and page."""
    await withdraw_post(tx, actor, post_id, expected=expected)


@router.get(
    "/posts/{post_id}/revisions",
    response_model=Listing[RevisionOut],
    summary="List earlier versions of a post",
    **operation(scope="posts:read", public=True, refuses=(NotFound, PostGone, BadCursor)),
)
async def revisions(
    post_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List how a post read before each change, latest first."""
    _, page = await list_revisions(reader, actor, post_id, paged.paging)
    return listing(page, request, response)


@router.put(
    "/posts/{post_id}/reactions/helpful",
    response_model=PostOut,
    summary="Say that a post was helpful",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def find_helpful(
    post_id: UUID, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Say that somebody else's post was helpful. Twice changes nothing."""
    await find_post_helpful(tx, actor, post_id)
    return await _answer(request, response, SessionReader(tx), actor, post_id)


@router.delete(
    "/posts/{post_id}/reactions/helpful",
    status_code=204,
    summary="Take that back",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def unfind_helpful(post_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take back that a post was helpful. Twice changes nothing."""
    await unfind_post_helpful(tx, actor, post_id)


@router.put(
    "/posts/{post_id}/bookmark",
    response_model=PostOut,
    summary="Remember a post",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, Forbidden)),
)
async def bookmark(
    post_id: UUID, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Put a post on your list, which nobody else sees. Twice changes nothing."""
    await bookmark_post(tx, actor, post_id)
    return await _answer(request, response, SessionReader(tx), actor, post_id)


@router.delete(
    "/posts/{post_id}/bookmark",
    status_code=204,
    summary="Forget a post",
    **operation(scope="posts:write"),
)
async def unbookmark(post_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take a post from your list. Twice changes nothing."""
    await unbookmark_post(tx, actor, post_id)


@router.get(
    "/bookmarks",
    response_model=Listing[PostSummaryOut],
    summary="List the posts you remember",
    **operation(scope="posts:read", refuses=(BadCursor,)),
)
async def bookmarks(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List the posts on your list that can still be read, latest first."""
    page = await bookmarked_posts(reader, actor, paged.paging)
    return listing(page.map(summary), request, response)
