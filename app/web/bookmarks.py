"""Pages for what readers mark: posts that were helpful, and posts to find again."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.features.posts.bookmarks import bookmark_post, bookmarked_posts, unbookmark_post
from app.features.posts.reactions import find_post_helpful, unfind_post_helpful
from app.web.page import CurrentPage, PageRouter
from app.web.post_cards import cards_of

router = PageRouter()


@router.post("/posts/{post_id}/helpful")
async def find_helpful(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Say that a post was helpful."""
    await find_post_helpful(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}")


@router.post("/posts/{post_id}/unhelpful")
async def unfind_helpful(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take that back."""
    await unfind_post_helpful(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}")


@router.post("/posts/{post_id}/bookmark")
async def bookmark(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Remember a post."""
    await bookmark_post(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}", "post.bookmarked")


@router.post("/posts/{post_id}/unbookmark")
async def unbookmark(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Forget a post; go back to the list of bookmarks, where it may be gone for good."""
    await unbookmark_post(tx, page.actor, post_id)
    return page.go("/bookmarks", "post.unbookmarked")


@router.get("/bookmarks")
async def bookmarks(
    page: CurrentPage, reader: Reads, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Show what the reader wants to find again."""
    part = await bookmarked_posts(reader, page.actor, Paging(cursor=cursor))
    return await page.render(
        "posts/bookmarks.html", cards=cards_of(part.items), next=part.next, cursor=cursor
    )
