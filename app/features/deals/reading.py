"""Reading how a deal was rated: for its two sides, and for everybody as sums of a company."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, cast, func, select

from app.core.actor import ANONYMOUS, Actor
from app.core.errors import NotFound, SignInRequired
from app.core.reads import Reader, bound, prepared
from app.features.deals import policy
from app.features.deals.policy import Act, Standing
from app.features.inquiries import policy as inquiries_policy
from app.features.inquiries.answering import side_of
from app.features.posts import policy as posts_policy
from app.models.companies import Company, CompanyState
from app.models.deals import Deal, Rating
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.posts import Post

LEAST: Final = 3  # ratings of a company, by as many people, before anything is told of them


@dataclass(frozen=True, slots=True)
class DealView:
    """A deal as one of its sides sees it; ``other`` is None until both are shown."""

    row: Any
    own: Any | None
    other: Any | None
    acts: frozenset[Act]


@prepared
def _deal(actor: Actor) -> Select[Any]:
    columns: list[Any] = [
        Deal.id,
        Deal.inquiry_id,
        Deal.delivered_at,
        Deal.closes_at,
        Deal.closed_at,
        (func.now() >= Deal.delivered_at).label("is_delivered"),
        (func.now() >= Deal.closes_at).label("is_over"),
        Post.title,
        side_of(actor).label("side"),
    ]
    return (
        select(*columns)
        .join(Inquiry, Inquiry.id == Deal.inquiry_id)
        .join(Post, Post.id == Inquiry.post_id)
        .where(
            Inquiry.id == bound("inquiry_id", Uuid()),
            inquiries_policy.visible_to(actor),
        )
    )


@prepared
def _ratings() -> Select[Any]:
    columns: list[Any] = [
        Rating.side,
        Rating.punctual,
        Rating.as_agreed,
        Rating.would_again,
        Rating.text,
        Rating.reply,
        Rating.replied_at,
    ]
    return (
        select(*columns)
        .where(Rating.deal_id == bound("deal_id", Uuid()))
        .order_by(Rating.id)
        .limit(2)
    )


async def find_deal(reader: Reader, actor: Actor, inquiry_id: UUID) -> DealView | None:
    """Return the deal of an inquiry to one of its sides, if it led to one."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"inquiry_id": inquiry_id, "me": actor.person_id}
    row = await reader.first(_deal(actor.shape), given)
    if row is None:
        return None
    side = Side(row.side)
    ratings = await reader.all(_ratings(), {"deal_id": row.id})
    own = next((one for one in ratings if one.side == side), None)
    other = next((one for one in ratings if one.side != side), None)
    here = Standing(
        side=side,
        is_rateable=row.is_delivered and not row.is_over,
        is_closed=row.closed_at is not None,
        rated=own is not None,
        rated_me=other is not None,
        replied=other is not None and other.replied_at is not None,
    )
    acts = policy.acts(actor, here)
    return DealView(row, own, other if Act.SEE in acts else None, acts)


async def read_deal(reader: Reader, actor: Actor, inquiry_id: UUID) -> DealView:
    """Return the deal of an inquiry to one of its sides; nobody else finds it."""
    view = await find_deal(reader, actor, inquiry_id)
    if view is None:
        raise NotFound
    return view


@prepared
def _summary() -> Select[Any]:
    def share(answer: Any) -> Any:
        return func.round(100 * func.avg(cast(answer, Integer)))

    sums: list[Any] = [
        func.count().label("count"),
        func.count(Rating.author_id.distinct()).label("people"),
        cast(share(Rating.punctual), Integer).label("punctual_percent"),
        cast(share(Rating.as_agreed), Integer).label("as_agreed_percent"),
        cast(share(Rating.would_again), Integer).label("would_again_percent"),
    ]
    return (
        select(*sums)
        .select_from(Rating)
        .join(Deal, Deal.id == Rating.deal_id)
        .join(Inquiry, Inquiry.id == Deal.inquiry_id)
        .join(Post, Post.id == Inquiry.post_id)
        .join(Company, Company.id == Rating.rated_company_id)
        .where(
            Rating.rated_company_id == bound("company_id", Uuid()),
            Company.state == CompanyState.ACTIVE,
            Deal.closed_at.is_not(None),
            posts_policy.stands_open_to(ANONYMOUS),
        )
    )


async def ratings_of(reader: Reader, company_id: UUID) -> Any | None:
    """Return how often a company was rated and which share of answers was yes, in percent.

    None below three ratings by three people: of fewer one could tell who said what. Deals from
    posts that are not for everybody are left out.
    """
    row = await reader.first(_summary(), {"company_id": company_id})
    return row if row and row.people >= LEAST else None
