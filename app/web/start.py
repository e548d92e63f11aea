"""The start page, and the page that says how lists are ordered."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.i18n import translate
from app.core.paging import ORDERS, Paging
from app.edge.deps import Reads
from app.features.companies.contacts import ContactFilters
from app.features.posts.drafts import KINDS
from app.features.posts.feed import start_page
from app.features.posts.venues import groups_to_post_in
from app.features.search.ranking import RULES as HIT_RULES
from app.web.agenda import dates_near
from app.web.feed_links import feed_links
from app.web.metadata import website
from app.web.page import CurrentPage, PageRouter
from app.web.post_cards import cards_of

router = PageRouter()


@router.get("/")
async def start(
    page: CurrentPage,
    reader: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show the newest posts of the region; what readers follow is in their feed."""
    part = await start_page(reader, page.actor, Paging(cursor=cursor))
    return await page.render(
        "start.html",
        groups=await groups_to_post_in(reader, page.actor),
        agenda=await dates_near(reader, page.actor),
        cards=cards_of(part.items),
        feeds=feed_links("posts"),
        structured=website(),
        next=part.next,
        cursor=cursor,
        finder=page.filters(ContactFilters),
    )


@router.get("/ordering")
async def ordering(page: CurrentPage) -> Response:
    """Say the order of every list, as the code has it."""
    rules = {kind.rule.explained: kind.rule for kind in KINDS.values() if kind.rule}
    return await page.render(
        "ordering.html",
        hits=HIT_RULES,
        orders=sorted(translate(order.text) for order in ORDERS.values()),
        rules=[rules[text] for text in sorted(rules, key=translate)],
    )
