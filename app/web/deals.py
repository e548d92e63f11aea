"""Pages for what follows from a deal: the exact addresses of a transport."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.features.deals.addresses import FIELDS, AddressesDraft, keep_addresses, own_addresses
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
