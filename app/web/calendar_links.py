"""Pages for the secret link by which calendar programs read one's own dates."""

from fastapi import Request
from starlette.responses import Response

from app.edge.channels import at
from app.edge.deps import Reads, Tx
from app.edge.kept_answers import keep_instead
from app.edge.own_dates import path_of
from app.features.events.calendar_links import (
    make_calendar_link,
    own_calendar_link,
    revoke_calendar_link,
)
from app.web.feed_links import webcal
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/me/calendar")


@router.get("")
async def overview(page: CurrentPage, reader: Reads) -> Response:
    """Say what the link is for, and since when there is one."""
    link = await own_calendar_link(reader, page.actor)
    return await page.render("events/calendar_link.html", link=link, addresses=[])


@router.post("")
async def make(page: CurrentPage, tx: Tx, request: Request) -> Response:
    """Show the address of a new link, this once."""
    link, secret = await make_calendar_link(tx, page.actor)
    keep_instead(request, page.go("/me/calendar", "calendar.link_made"))
    paths = [path_of(secret), path_of(secret, with_held=True)]
    addresses = [(at(path), webcal(path)) for path in paths]
    return await page.render("events/calendar_link.html", link=link, addresses=addresses)


@router.post("/revoke")
async def revoke(page: CurrentPage, tx: Tx) -> Response:
    """End the link."""
    await revoke_calendar_link(tx, page.actor)
    return page.go("/me/calendar", "calendar.link_revoked")
