"""Telling those who keep a post what fits it: each pair once, and only what they may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.appearances.noting import add_told
from app.features.matching.finding import MatchesFound
from app.features.notifications import topics
from app.features.notifications.about_posts import who_may_see
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording, named
from app.features.posts.keeping import keepers_of
from app.models.matches import Match
from app.models.posts import Post
from app.models.statistics import Surface

FOUND = Wording(
    "match.found",
    topics.MATCHES,
    N_("Zu Ihrem Beitrag „%(post)s“ passt „%(other)s“: %(reasons)s."),
    subject=N_("Passend zu Ihrem Beitrag: %(other)s"),
)
SEVERAL_FOUND = Wording(
    "match.several_found",
    topics.MATCHES,
    N_(
        "Zu Ihrem Beitrag „%(post)s“ passen %(count)s Beiträge, am besten „%(other)s“: %(reasons)s."
    ),
    subject=N_("Passend zu Ihrem Beitrag: %(count)s Beiträge"),
)

# Of what fits a concealed post a mail says nothing that would tell what its reader keeps.
UNNAMED_FOUND = Wording(
    "match.found_unnamed", topics.MATCHES, N_("Es gibt etwas, das zu einem Ihrer Beiträge passt.")
)


@on(MatchesFound)
async def tell_keepers(session: Session, event: MatchesFound) -> None:
    """Tell both sides of every new pair: of a post that several fit, its keepers hear once.

    Whoever keeps both posts of a pair knows.
    """
    post = await session.get(Post, event.post_id)
    if post is None:
        return
    pairs = await _pairs(session, post, event.match_ids)
    mine = await keepers_of(session, post)
    seen_by: dict[UUID, list[tuple[Match, Post]]] = {person_id: [] for person_id in mine}
    for match, other in pairs:
        theirs = await keepers_of(session, other)
        for person_id in await who_may_see(session, other.id, set(mine) - set(theirs)):
            seen_by[person_id].append((match, other))
        readers = await who_may_see(session, post.id, set(theirs) - set(mine))
        await _tell_one(session, readers, other, match, post)
    for person_id, found in seen_by.items():
        if len(found) == 1:
            await _tell_one(session, [person_id], post, *found[0])
        elif found:
            await _tell_several(session, person_id, post, found, event)


async def _pairs(
    session: Session, post: Post, match_ids: Sequence[UUID]
) -> list[tuple[Match, Post]]:
    """Return the pairs that still fit, best first, each with the other post."""
    rows = await session.execute(
        select(Match, Post)
        .join(Post, Post.id.in_([Match.offer_post_id, Match.request_post_id]))
        .where(Match.id.in_(match_ids), Match.is_current, Post.id != post.id)
        .order_by(Match.score.desc(), Match.id.desc())
    )
    return [(row.Match, row.Post) for row in rows]


async def _tell_one(
    session: Session, people: list[UUID], post: Post, match: Match, other: Post
) -> None:
    params = {"post": named(post), "other": named(other), "reasons": match.reasons}
    await add_told(session, Surface.MATCH, [other.id] * len(people))
    await tell(
        session,
        UNNAMED_FOUND if post.is_concealed else FOUND,
        people,
        params={} if post.is_concealed else params,
        path=f"/posts/{post.id}/matches" if post.is_concealed else f"/posts/{other.id}",
        dedup_key=f"{FOUND.type}:{match.id}",
        matter=Matter(f"matches:{post.id}", post_id=other.id),
    )


async def _tell_several(
    session: Session,
    person_id: UUID,
    post: Post,
    found: list[tuple[Match, Post]],
    event: MatchesFound,
) -> None:
    match, best = found[0]
    await add_told(session, Surface.MATCH, [other.id for _, other in found])
    params: dict[str, Any] = {
        "post": named(post),
        "other": named(best),
        "count": str(len(found)),
        "reasons": match.reasons,
    }
    await tell(
        session,
        UNNAMED_FOUND if post.is_concealed else SEVERAL_FOUND,
        [person_id],
        params={} if post.is_concealed else params,
        path=f"/posts/{post.id}/matches",
        dedup_key=f"{SEVERAL_FOUND.type}:{event.match_ids[0]}",
        matter=Matter(f"matches:{post.id}", post_id=post.id),
    )
