"""JSON endpoints for what follows from a deal: exact addresses, and rating each other."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.contract import ContractRouter, Out, operation
from app.api.inquiry_shapes import AddressesOut, addresses_shape
from app.core.errors import NotFound
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.deals.addresses import AddressesDraft, NoStops, keep_addresses, own_addresses
from app.features.deals.policy import Act
from app.features.deals.rating import (
    RatingDraft,
    RatingNotPossible,
    RatingReplyDraft,
    rate_deal,
    reply_to_rating,
)
from app.features.deals.reading import DealView, ratings_of, read_deal
from app.features.posts.access import PostGone

router = ContractRouter(tags=["inquiries"])


@router.get(
    "/posts/{post_id}/addresses",
    response_model=AddressesOut,
    summary="Read the addresses of a transport of yours",
    **operation(scope="posts:read", refuses=(NotFound, NoStops)),
)
async def addresses(post_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read where exactly it is loaded and unloaded; for who keeps the post."""
    return addresses_shape(await own_addresses(reader, actor, post_id))


@router.put(
    "/posts/{post_id}/addresses",
    response_model=AddressesOut,
    summary="Keep the addresses of a transport of yours",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, NoStops), has_body=True),
)
async def keep(post_id: UUID, draft: AddressesDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Say where exactly it is loaded and unloaded.

    Besides you, nobody learns it but the other side of an inquiry that is accepted, and as long as
    it is (`addresses` of the inquiry). What is left out becomes empty.
    """
    await keep_addresses(tx, actor, post_id, draft)
    return addresses_shape(await own_addresses(SessionReader(tx), actor, post_id))


class RatingOut(Out):
    """What one side says of the other."""

    punctual: bool
    as_agreed: bool
    would_again: bool
    text: str
    reply: str = Field(description="What the rated side answers.")
    replied_at: datetime | None


class DealOut(Out):
    """How both sides of a transport rate each other."""

    delivered_at: datetime = Field(description="From then on each side may rate the other, once.")
    closes_at: datetime = Field(description="Until then.")
    closed_at: datetime | None = Field(
        description="When both had rated or the time was over: since then both are shown."
    )
    own: RatingOut | None
    other: RatingOut | None = Field(description="Null until both are shown.")
    viewer_can: list[Act]


class CompanyRatingsOut(Out):
    """Sums of ratings; all null below three ratings by three people."""

    count: int | None
    punctual_percent: int | None
    as_agreed_percent: int | None
    would_again_percent: int | None


def _deal(view: DealView) -> dict[str, Any]:
    plain = ("delivered_at", "closes_at", "closed_at")
    said = {name: getattr(view.row, name) for name in plain}
    return {**said, "own": view.own, "other": view.other, "viewer_can": sorted(view.acts)}


@router.get(
    "/inquiries/{inquiry_id}/ratings",
    response_model=DealOut,
    summary="Read how both sides of a transport rate each other",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def ratings(inquiry_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read your rating, and that of the other side once both are shown."""
    return _deal(await read_deal(reader, actor, inquiry_id))


@router.put(
    "/inquiries/{inquiry_id}/rating",
    response_model=DealOut,
    summary="Rate the other side of a transport",
    **operation(scope="inquiries:write", refuses=(NotFound, RatingNotPossible), has_body=True),
)
async def rate(inquiry_id: UUID, draft: RatingDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Rate once, from the day after the delivery and for 14 days; it cannot be changed."""
    await rate_deal(tx, actor, inquiry_id, draft)
    return _deal(await read_deal(SessionReader(tx), actor, inquiry_id))


@router.put(
    "/inquiries/{inquiry_id}/rating/reply",
    response_model=DealOut,
    summary="Answer a rating",
    **operation(scope="inquiries:write", refuses=(NotFound,), has_body=True),
)
async def reply(inquiry_id: UUID, draft: RatingReplyDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Answer once what the other side says of you."""
    await reply_to_rating(tx, actor, inquiry_id, draft)
    return _deal(await read_deal(SessionReader(tx), actor, inquiry_id))


@router.get(
    "/companies/{company_id}/ratings",
    response_model=CompanyRatingsOut,
    summary="Read how a company is rated",
    **operation(scope="companies:read", public=True),
)
async def of_company(company_id: UUID, reader: Reads) -> Any:
    """Read which share of its partners found a company punctual, as agreed, and would again."""
    found = await ratings_of(reader, company_id)
    return {name: getattr(found, name, None) for name in CompanyRatingsOut.model_fields}
