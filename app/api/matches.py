"""JSON endpoint for the posts that fit a post."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.api.post_shapes import PostSummaryOut, summary
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads
from app.features.matching.reading import MatchView, list_matches
from app.features.posts.access import PostGone

router = ContractRouter(tags=["posts"])


class MatchOut(Out):
    """A post that fits, how well, and why."""

    id: UUID
    post: PostSummaryOut
    score: int = Field(description="From 0 to 100; what counts stands on the page `/ordering`.")
    reasons: list[str] = Field(description="In plain words, in your language.")
    found_at: datetime


def _match(view: MatchView) -> dict[str, Any]:
    return {
        "id": view.row.match_id,
        "post": summary(view.row),
        "score": view.score,
        "reasons": view.reasons,
        "found_at": view.row.found_at,
    }


@router.get(
    "/posts/{post_id}/matches",
    response_model=Listing[MatchOut],
    summary="List the posts that fit a post of yours",
    **operation(scope="posts:read", refuses=(NotFound, PostGone, Forbidden, BadCursor)),
)
async def matches(
    post_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List what fits a post that you keep, as far as you may see it, best first."""
    _, page = await list_matches(reader, actor, post_id, paged.paging)
    return listing(page.map(_match), request, response)
