"""Finding what fits a post, whenever it is published or changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import case, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import Event, emit, on
from app.core.ids import new_id
from app.features.matching.parties import Found, candidates, open_party
from app.features.posts.drafts import KINDS
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostEnded, PostReleased, PostRenewed, PostReserved
from app.features.posts.matching_rules import Rule, Verdict
from app.features.posts.publishing import PostPublished
from app.models.matches import Match
from app.models.posts import Post

_AT_ONCE = 1_000  # rows in one statement


class MatchesFound(Event):
    """Posts were found to fit ``post_id`` that never did before; each pair is said once."""

    name: ClassVar[str] = "match.found"
    post_id: UUID
    match_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Pair:
    """An offer and a request, and how well they fit."""

    offer: Found
    request: Found
    verdict: Verdict


@on(PostPublished)
async def match_published(session: Session, event: PostPublished) -> None:
    """Find what fits a new post."""
    await match_post(session, event.post_id)


@on(PostEdited)
async def match_edited(session: Session, event: PostEdited) -> None:
    """Find what fits a post as it reads now, and drop what fits no more."""
    await match_post(session, event.post_id)


@on(PostRenewed)
async def match_renewed(session: Session, event: PostRenewed) -> None:
    """Find what fits a post that lives on."""
    await match_post(session, event.post_id)


@on(PostReleased)
async def match_released(session: Session, event: PostReleased) -> None:
    """Find what fits a post that is on offer again."""
    await match_post(session, event.post_id)


@on(PostReserved)
async def drop_reserved(session: Session, event: PostReserved) -> None:
    """Match a reserved post no more."""
    await match_post(session, event.post_id)


@on(PostEnded)
async def drop_ended(session: Session, event: PostEnded) -> None:
    """Match an ended post no more."""
    await match_post(session, event.post_id)


async def match_post(session: Session, post_id: UUID) -> None:
    """Bring the matches of a post up to date with how it and all others are now.

    Pairs that never fitted before are emitted, to be told; a second run changes nothing. A post
    that is not open has no matches.
    """
    kind = await session.scalar(select(Post.kind).where(Post.id == post_id))
    rule = KINDS[kind].rule if kind in KINDS else None
    if rule is None:
        return
    await _take_turns(session, rule)
    subject = await open_party(session, post_id, rule)
    pairs = await find_pairs(session, subject, rule) if subject else []
    await _drop_others(session, post_id, [_other(pair, post_id) for pair in pairs])
    new = await _keep(session, pairs)
    if new:
        emit(session, MatchesFound(post_id=post_id, match_ids=new))


async def find_pairs(session: Session, subject: Found, rule: Rule) -> list[Pair]:
    """Return every open post that fits ``subject``."""
    judged = (
        judge_pair(rule, subject, other) for other in await candidates(session, subject, rule)
    )
    return [pair for pair in judged if pair]


def judge_pair(rule: Rule, one: Found, other: Found) -> Pair | None:
    """Judge two posts as offer and request, whichever of them is given first."""
    mirrored = rule.offers == rule.seeks
    is_offer = one.post_id < other.post_id if mirrored else one.kind == rule.offers
    offer, request = (one, other) if is_offer else (other, one)
    verdict = rule.judge(offer.party, request.party)
    if verdict is None or verdict.score < rule.least:
        return None
    return Pair(offer, request, verdict)


async def _take_turns(session: Session, rule: Rule) -> None:
    """Wait until no other job works on this rule: two never judge the same pair at once."""
    await session.execute(text("SET LOCAL lock_timeout = '30s'"))
    key = f"match:{rule.offers}:{rule.seeks}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def _other(pair: Pair, post_id: UUID) -> UUID:
    return pair.request.post_id if pair.offer.post_id == post_id else pair.offer.post_id


async def _drop_others(session: Session, post_id: UUID, kept: Iterable[UUID]) -> None:
    other = case((Match.offer_post_id == post_id, Match.request_post_id), else_=Match.offer_post_id)
    await session.execute(
        update(Match)
        .where(
            or_(Match.offer_post_id == post_id, Match.request_post_id == post_id),
            Match.is_current,
            other.not_in(list(kept)),
        )
        .values(is_current=False)
    )


async def _keep(session: Session, pairs: list[Pair]) -> list[UUID]:
    """Write pairs as they were judged; return the ids of those that are new.

    A pair whose versions are those it was judged on before stays as it is.
    """
    now, new = clock.now(), list[UUID]()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "offer_post_id": pair.offer.post_id,
            "request_post_id": pair.request.post_id,
            "score": pair.verdict.score,
            "reasons": [reason.stored for reason in pair.verdict.reasons],
            "offer_version": pair.offer.version,
            "request_version": pair.request.version,
            "judged_at": now,
            "is_current": True,
        }
        for pair in pairs
    ]
    for start in range(0, len(rows), _AT_ONCE):
        written = insert(Match).values(rows[start : start + _AT_ONCE])
        told = written.excluded
        changed = ("score", "reasons", "offer_version", "request_version", "judged_at")
        upserted: Any = written.on_conflict_do_update(
            index_elements=["offer_post_id", "request_post_id"],
            set_={name: told[name] for name in changed} | {"is_current": True},
            where=or_(
                ~Match.is_current,
                Match.offer_version != told.offer_version,
                Match.request_version != told.request_version,
            ),
        ).returning(Match.id, literal_column("xmax = 0").label("is_new"))
        new += [row.id for row in await session.execute(upserted) if row.is_new]
    return new
