"""The page of posts that fit a post, and the part of a post's page that shows the best of them."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.paging import Paging
from app.core.reads import Reader
from app.edge.deps import Reads
from app.features.matching.reading import MatchView, list_matches, matches_of
from app.features.posts.drafts import KINDS
from app.features.posts.reading import PostView
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import Card, cards_of

router = PageRouter()

BEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Fitting:
    """A post that fits, ready to be drawn."""

    card: Card
    score: int
    reasons: list[str]


async def best_matches(page: Page, reader: Reader, post: PostView) -> list[Fitting] | None:
    """Return the best few matches of a post for who keeps it; None where there can be none."""
    is_kept = post.row.is_kept_by_me and post.row.is_current
    if not is_kept or KINDS[post.row.kind].rule is None:
        return None
    part = await matches_of(reader, page.actor, post, Paging(BEST_SHOWN))
    return _drawn(part.items)


def _drawn(views: list[MatchView]) -> list[Fitting]:
    cards = cards_of([view.row for view in views])
    return [
        Fitting(card, view.score, view.reasons) for card, view in zip(cards, views, strict=True)
    ]


@router.get("/posts/{post_id}/matches")
async def matches(
    post_id: UUID,
    page: CurrentPage,
    reader: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show everything that fits a post of the reader's."""
    _ = page.me
    view, part = await list_matches(reader, page.actor, post_id, Paging(cursor=cursor))
    return await page.render(
        "posts/matches.html",
        post=view.row,
        matches=_drawn(part.items),
        next=part.next,
        cursor=cursor,
    )
