"""The posts that fit a post, for those who keep it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, case, or_

from app.core.actor import Actor
from app.core.errors import Forbidden, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.posts import policy
from app.features.posts.feed import cards
from app.features.posts.matching_rules import restored_reason
from app.features.posts.reading import PostView, read_post
from app.models.matches import Match
from app.models.posts import Post

BEST = Order(
    "matches.best",
    N_(
        "Passende Beiträge: Wer am besten passt, steht oben. Wie viele Punkte wofür zählen, steht "
        "bei den Regeln; bei gleicher Punktzahl steht das zuletzt gefundene Paar oben."
    ),
    Match.score,
    Match.id,
    descending=True,
)


@dataclass(frozen=True, slots=True)
class MatchView:
    """A post that fits, as its card shows it, with the score and the reasons, said."""

    row: Any
    score: int
    reasons: list[str]


@prepared
def _matches(actor: Actor, *, after: bool) -> Select[Any]:
    post_id: Any = bound("post_id", Uuid())
    other = case((Match.offer_post_id == post_id, Match.request_post_id), else_=Match.offer_post_id)
    query = (
        cards(actor)
        .join(Match, Post.id == other)
        .add_columns(
            Match.id.label("match_id"),
            Match.score,
            Match.reasons,
            Match.created_at.label("found_at"),
        )
        .where(
            or_(Match.offer_post_id == post_id, Match.request_post_id == post_id),
            Match.is_current,
            policy.current(),
            policy.stands_open_to(actor),
        )
    )
    return BEST.page(query, after=after)


async def list_matches(
    reader: Reader, actor: Actor, post_id: UUID, paging: Paging
) -> tuple[PostView, Page[MatchView]]:
    """Return a post and what fits it, best first, as far as its keeper may see that.

    Refuses everybody else.
    """
    post = await read_post(reader, actor, post_id)
    if not actor.is_signed_in:
        raise SignInRequired
    if not post.row.is_kept_by_me:
        raise Forbidden
    return post, await matches_of(reader, actor, post, paging)


async def matches_of(
    reader: Reader, actor: Actor, post: PostView, paging: Paging
) -> Page[MatchView]:
    """Return what fits a post that ``actor`` keeps; nothing for anybody else."""
    if not post.row.is_kept_by_me:
        return Page([])
    read = _matches(actor.shape, after=paging.cursor is not None)
    page = await BEST.fetch(reader, read, paging, {"post_id": post.row.id, "me": actor.person_id})
    return page.map(_seen)


def _seen(row: Any) -> MatchView:
    return MatchView(row, row.score, [restored_reason(one).said() for one in row.reasons])
