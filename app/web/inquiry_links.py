"""What the page of a post says of inquiries and shares: to its readers, and to who keeps it."""

from typing import Any

from app.core.reads import Reader
from app.features.inquiries.reading import count_inquiries, own_inquiry_about
from app.features.pools.joining import is_pool
from app.features.pools.reading import PoolView, read_pool
from app.features.posts.drafts import KINDS
from app.features.posts.policy import Act
from app.features.posts.reading import PostView
from app.web.page import Page


async def inquiries_of(page: Page, reader: Reader, view: PostView) -> dict[str, Any]:
    """Return how one asks about a post, what the reader has asked, and how many have asked."""
    row, how = view.row, KINDS[view.row.kind].inquiry_form
    found: dict[str, Any] = {"how_to_ask": None, "own_inquiry": None, "inquiries_count": None}
    if how is None:
        return found
    if page.actor.is_signed_in and row.is_kept_by_me:
        return found | {"inquiries_count": await count_inquiries(reader, page.actor, row.id)}
    if Act.INQUIRE in view.acts:
        own = await own_inquiry_about(reader, page.actor, row.id)
        return found | {"how_to_ask": how, "own_inquiry": own}
    return found | ({} if page.actor.is_signed_in else {"how_to_ask": how})


async def pool_of(page: Page, reader: Reader, view: PostView) -> PoolView | None:
    """Return the purchasing pool of a post; None where it is none."""
    if not is_pool(view.row.kind, view.row.details):
        return None
    return await read_pool(reader, page.actor, view)
