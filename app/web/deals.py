"""Pages for what follows from a deal: exact addresses, and rating each other."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.features.deals.addresses import FIELDS, AddressesDraft, keep_addresses, own_addresses
from app.features.deals.policy import Act
from app.features.deals.rating import RatingDraft, RatingReplyDraft, rate_deal, reply_to_rating
from app.features.deals.reading import read_deal
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()


async def _kept(page: Page, reader: Reader, post_id: UUID) -> Any:
    _ = page.me
    return await own_addresses(reader, page.actor, post_id)


@router.get("/posts/{post_id}/addresses")
async def ask_for_addresses(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show where exactly a transport is loaded and unloaded, to be changed."""
    post = await _kept(page, reader, post_id)
    form = page.blank(AddressesDraft, {name: getattr(post, name) or "" for name in FIELDS})
    return await page.render("deals/addresses.html", form=form, post=post)


@router.post("/posts/{post_id}/addresses")
async def keep(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep the addresses."""
    post = await _kept(page, reader, post_id)
    draft = await page.form(AddressesDraft, "deals/addresses.html", post=post)
    await keep_addresses(tx, page.actor, post_id, draft)
    return page.go(f"/posts/{post_id}", "deal.addresses_kept")


async def _deal(page: Page, reader: Reader, inquiry_id: UUID) -> dict[str, Any]:
    _ = page.me
    view = await read_deal(reader, page.actor, inquiry_id)
    return {"view": view, "deal": view.row, "can": view.acts}


@router.get("/deals/{inquiry_id}")
async def show_ratings(inquiry_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show how both sides rate each other, and a form to rate or to answer."""
    context = await _deal(page, reader, inquiry_id)
    draft = RatingDraft if Act.RATE in context["can"] else RatingReplyDraft
    form = page.blank(draft) if context["can"] & {Act.RATE, Act.REPLY} else None
    return await page.render("deals/ratings.html", form=form, **context)


@router.post("/deals/{inquiry_id}/rate")
async def rate(inquiry_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Rate the other side."""
    context = await _deal(page, reader, inquiry_id)
    draft = await page.form(RatingDraft, "deals/ratings.html", **context)
    await rate_deal(tx, page.actor, inquiry_id, draft)
    return page.go(f"/deals/{inquiry_id}", "deal.rated")


@router.post("/deals/{inquiry_id}/reply")
async def reply(inquiry_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Answer the rating by the other side."""
    context = await _deal(page, reader, inquiry_id)
    draft = await page.form(RatingReplyDraft, "deals/ratings.html", **context)
    await reply_to_rating(tx, page.actor, inquiry_id, draft)
    return page.go(f"/deals/{inquiry_id}", "deal.replied")
