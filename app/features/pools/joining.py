"""Taking part in a purchasing pool, changing and leaving it, and closing it.

Every step locks the post first: two that arrive at once are counted one after the other.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, Forbidden, SignInRequired
from app.core.events import Event, emit, on
from app.core.i18n import N_
from app.features.accounts.account import AccountClosed
from app.features.companies.speaking import require_voice
from app.features.messages.blocking import is_blocked
from app.features.pools import policy
from app.features.pools.policy import Act, Standing
from app.features.posts.access import open_post
from app.features.posts.kinds.offer import Category
from app.features.posts.policy import Act as PostAct
from app.models.pools import Pool, PoolShare
from app.models.posts import Post


class PoolReached(Event):
    """So many take part that the threshold is reached, for the first time."""

    name: ClassVar[str] = "pool.reached"
    post_id: UUID


class PoolClosed(Event):
    name: ClassVar[str] = "pool.closed"
    post_id: UUID


class NoPool(Conflict):
    code: ClassVar[str] = "no_pool"
    text: ClassVar[str] = N_("Dieser Beitrag ist keine Einkaufsgemeinschaft.")


class PoolOver(Conflict):
    code: ClassVar[str] = "pool_over"
    text: ClassVar[str] = N_("Diese Einkaufsgemeinschaft ist geschlossen.")


class PoolNotJoinable(Forbidden):
    """Whoever blocked whom: both are told the same."""

    code: ClassVar[str] = "pool_not_joinable"
    text: ClassVar[str] = N_(
        "An dieser Einkaufsgemeinschaft können Sie nicht teilnehmen. Haben Sie blockiert, wer sie "
        "betreut, heben Sie das zuerst auf."
    )


class ShareDraft(BaseModel):
    """With how much somebody takes part."""

    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[
        float,
        Field(gt=0, ge=0.001, le=10_000_000, description="In the `unit` of the post; 3 decimals."),
        Asked(N_("Ihre Menge")),
    ]
    company_id: Annotated[
        UUID | None,
        Field(description="The company that takes part, through you."),
        Asked(N_("Teilnehmen als"), widget="select"),
    ] = None


@dataclass(frozen=True, slots=True)
class _Opened:
    post: Post
    pool: Pool
    acts: frozenset[Act]


def is_pool(kind: str, details: dict[str, Any]) -> bool:
    """Whether a post is a purchasing pool."""
    return kind in {"offer", "wanted"} and details.get("category") == Category.PURCHASING_POOL


async def _open_pool(session: Session, actor: Actor, post_id: UUID) -> _Opened:
    """Load a pool with its post locked until commit, or refuse as the post does."""
    opened = await open_post(session, actor, post_id, lock=True)
    if not actor.is_signed_in:
        raise SignInRequired
    post = opened.post
    if not is_pool(post.kind, post.details):
        raise NoPool
    await session.execute(insert(Pool).values(post_id=post_id).on_conflict_do_nothing())
    pool = await session.get_one(Pool, post_id, populate_existing=True)
    own = select(PoolShare.id).where(PoolShare.post_id == post_id, policy.held_by(actor)).limit(1)
    here = Standing(
        is_open=pool.closed_at is None and opened.here.is_current,
        keeps=opened.here.is_kept_by_me,
        takes_part=await session.scalar(own) is not None,
        may_answer=PostAct.INQUIRE in opened.acts,
    )
    return _Opened(post, pool, policy.acts(actor, here))


async def join_pool(session: Session, actor: Actor, post_id: UUID, draft: ShareDraft) -> None:
    """Take part with a quantity, or change one's own: a person or company has one share.

    When the threshold is reached for the first time, all are told. Refuses what is no pool, one
    that is closed, whom the post takes no answers from, and who has blocked its keeper or was
    blocked by them.
    """
    opened = await _open_pool(session, actor, post_id)
    _require(opened, Act.JOIN)
    if draft.company_id:
        await require_voice(session, actor, draft.company_id)
    await _refuse_if_blocked(session, actor, opened.post, draft.company_id)
    share = await session.scalar(
        select(PoolShare).where(
            PoolShare.post_id == post_id, _of(actor.person_id, draft.company_id)
        )
    )
    if share is None and actor.person_id:
        share = PoolShare(
            post_id=post_id,
            person_id=actor.person_id,
            company_id=draft.company_id,
            quantity=draft.quantity,
        )
        session.add(share)
    elif share:
        share.quantity = draft.quantity
    await session.flush()
    total = select(func.sum(PoolShare.quantity)).where(PoolShare.post_id == post_id)
    reached = (await session.scalar(total) or 0) >= opened.post.details["threshold"]
    if reached and opened.pool.reached_at is None:
        opened.pool.reached_at = clock.now()
        emit(session, PoolReached(post_id=post_id))
    await session.flush()


async def leave_pool(
    session: Session, actor: Actor, post_id: UUID, company_id: UUID | None = None
) -> None:
    """Take part no more, oneself or for a company. Twice changes nothing."""
    opened = await _open_pool(session, actor, post_id)
    if opened.pool.closed_at is not None:
        raise PoolOver
    if Act.LEAVE in opened.acts:
        await session.execute(
            delete(PoolShare).where(
                PoolShare.post_id == post_id,
                _of(actor.person_id, company_id),
                policy.held_by(actor),
            )
        )


async def close_pool(session: Session, actor: Actor, post_id: UUID) -> None:
    """Close a pool of one's own: shares stay as they are. Twice changes nothing."""
    opened = await _open_pool(session, actor, post_id)
    if opened.pool.closed_at is not None and Act.SEE_WHO in opened.acts:
        return
    _require(opened, Act.CLOSE)
    opened.pool.closed_at = clock.now()
    emit(session, PoolClosed(post_id=post_id))
    await session.flush()


async def _refuse_if_blocked(
    session: Session, actor: Actor, post: Post, company_id: UUID | None
) -> None:
    """Refuse whom the keeper of a pool has blocked, and who has blocked its author."""
    if actor.person_id is None or actor.person_id == post.author_id:
        return
    blocks = [(actor.person_id, post.author_id, post.company_id)]
    if post.author_id:
        blocks.append((post.author_id, actor.person_id, None))
        if company_id:
            blocks.append((post.author_id, None, company_id))
    for person_id, by_person_id, by_company_id in blocks:
        if await is_blocked(
            session, person_id, by_person_id=by_person_id, by_company_id=by_company_id
        ):
            raise PoolNotJoinable


def _require(opened: _Opened, act: Act) -> None:
    if act not in opened.acts:
        raise PoolOver if opened.pool.closed_at is not None else Forbidden


def _of(person_id: UUID | None, company_id: UUID | None) -> Any:
    """Keep the share of a company, or without one that of a person alone."""
    if company_id:
        return PoolShare.company_id == company_id
    return (PoolShare.person_id == person_id) & PoolShare.company_id.is_(None)


@on(AccountClosed)
async def drop_shares(session: Session, event: AccountClosed) -> None:
    """Take whoever leaves out of the pools that are still open; companies stay in them."""
    open_pools = select(Pool.post_id).where(Pool.closed_at.is_(None))
    await session.execute(
        delete(PoolShare).where(PoolShare.post_id.in_(open_pools), _of(event.person_id, None))
    )
