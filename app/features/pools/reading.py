"""Reading a purchasing pool: what there is already, and for those inside, who takes part."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, func, literal, select

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.pools import policy
from app.features.pools.joining import NoPool, is_pool
from app.features.pools.policy import Act, Standing
from app.features.posts import policy as posts_policy
from app.features.posts.access import PostGone
from app.features.posts.policy import Act as PostAct
from app.features.posts.reading import PostView, read_post
from app.models.companies import Company
from app.models.people import Person
from app.models.pools import Pool, PoolShare
from app.models.posts import Post, PostStatus

FIRST = Order(
    "pools.shares",
    N_("Einkaufsgemeinschaften: Wer zuerst beigetreten ist, steht oben."),
    PoolShare.created_at,
    PoolShare.id,
)


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool as ``actor`` sees it; quantities are in ``unit``."""

    row: Any
    unit: str
    threshold: float
    own: list[Any]
    acts: frozenset[Act]

    @property
    def remaining(self) -> float:
        """What is missing to the threshold; never less than nothing."""
        missing: float = self.threshold - self.row.total
        return max(0.0, round(missing, 3))


def _post_id() -> Any:
    return bound("post_id", Uuid())


@prepared
def _pool() -> Select[Any]:
    shares = select(PoolShare).where(PoolShare.post_id == Post.id)
    total = shares.with_only_columns(func.coalesce(func.sum(PoolShare.quantity), 0.0))
    count = shares.with_only_columns(func.count())
    columns: list[Any] = [
        total.correlate(Post).scalar_subquery().label("total"),
        count.correlate(Post).scalar_subquery().label("count"),
        Pool.reached_at,
        Pool.closed_at,
    ]
    return (
        select(*columns)
        .select_from(Post)
        .outerjoin(Pool, Pool.post_id == Post.id)
        .where(Post.id == _post_id())
    )


def _shares(actor: Actor) -> Select[Any]:
    columns: list[Any] = [
        PoolShare.id,
        PoolShare.quantity,
        PoolShare.created_at.label("joined_at"),
        Person.name.label("person_name"),
        Person.slug.label("person_slug"),
        Person.left_at.is_not(None).label("person_has_left"),
        Company.id.label("company_id"),
        Company.name.label("company_name"),
        Company.slug.label("company_slug"),
        policy.held_by(actor).label("is_mine"),
    ]
    return (
        select(*columns)
        .join(Person, Person.id == PoolShare.person_id)
        .outerjoin(Company, Company.id == PoolShare.company_id)
        .join(Post, Post.id == PoolShare.post_id)
        .where(PoolShare.post_id == _post_id())
    )


@prepared
def _own(actor: Actor) -> Select[Any]:
    mine: ColumnElement[bool] = policy.held_by(actor)
    return _shares(actor).where(mine).order_by(PoolShare.created_at, PoolShare.id).limit(50)


@prepared
def _who(actor: Actor, *, after: bool) -> Select[Any]:
    return FIRST.page(_shares(actor).where(policy.sees_who(actor)), after=after)


@prepared
def _done(actor: Actor) -> Select[Any]:
    no: Any = literal(value=False)
    columns: list[Any] = [Post.id, Post.kind, Post.title, Post.details]
    return select(*columns, no.label("is_current"), no.label("is_kept_by_me")).where(
        Post.id == _post_id(),
        Post.status == PostStatus.DONE,
        posts_policy.stands_open_to(actor),
        policy.takes_part(actor),
    )


async def read_post_of_pool(reader: Reader, actor: Actor, post_id: UUID) -> PostView:
    """Return the post of a pool to its readers, and once it is done to those who took part.

    They have agreed on something, and must know with whom; after a withdrawal nothing holds.
    """
    try:
        return await read_post(reader, actor, post_id)
    except PostGone:
        given = {"post_id": post_id, "me": actor.person_id}
        row = await reader.first(_done(actor.shape), given) if actor.is_signed_in else None
        if row is None:
            raise
        return PostView(row, frozenset())


async def read_pool(reader: Reader, actor: Actor, post: PostView) -> PoolView:
    """Return the pool of a post that was read: sums for all, the own shares of ``actor``."""
    if not is_pool(post.row.kind, post.row.details):
        raise NoPool
    given = {"post_id": post.row.id, "me": actor.person_id}
    row = await reader.first(_pool(), given)
    if row is None:
        raise NotFound
    own = await reader.all(_own(actor.shape), given) if actor.is_signed_in else []
    here = Standing(
        is_open=row.closed_at is None and post.row.is_current,
        keeps=bool(actor.is_signed_in and post.row.is_kept_by_me),
        takes_part=bool(own),
        may_answer=PostAct.INQUIRE in post.acts,
    )
    details = post.row.details
    return PoolView(
        row, details["unit"], float(details["threshold"]), own, policy.acts(actor, here)
    )


async def list_shares(reader: Reader, actor: Actor, post: PostView, paging: Paging) -> Page[Any]:
    """Return who takes part and with how much, to who keeps the post or takes part."""
    if not actor.is_signed_in:
        raise SignInRequired
    view = await read_pool(reader, actor, post)
    if Act.SEE_WHO not in view.acts:
        raise Forbidden
    given = {"post_id": post.row.id, "me": actor.person_id}
    return await FIRST.fetch(
        reader, _who(actor.shape, after=paging.cursor is not None), paging, given
    )
