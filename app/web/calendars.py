"""Pages for calendars elsewhere whose events are published here."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.paging import Paging
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import Form
from app.features.companies.speaking import voices_of
from app.features.events.subscribing import (
    CalendarDraft,
    add_calendar,
    list_calendars,
    read_again,
    remove_calendar,
)
from app.web.page import CurrentPage, Page, PageRouter
from app.web.posts import offer_voices

router = PageRouter(prefix="/me/calendars")
_TEMPLATE = "events/calendars.html"


@router.get("")
async def overview(page: CurrentPage, reader: Reads, cursor: str | None = None) -> Response:
    """List the calendars with what came of them, and ask for another."""
    _ = page.me
    context = await _context(page, reader, cursor)
    return await page.render(_TEMPLATE, form=await _blank(page, reader), **context)


async def _context(page: Page, reader: Reader, cursor: str | None = None) -> dict[str, Any]:
    found = await list_calendars(reader, page.actor, Paging(cursor=cursor))
    return {"calendars": found.items, "next": found.next, "cursor": cursor}


async def _blank(page: Page, reader: Reader) -> Form:
    form = page.blank(CalendarDraft)
    offer_voices(page, form, await voices_of(reader, page.actor))
    return form


@router.post("")
async def add(page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Enter a calendar."""
    _ = page.me
    voices = await voices_of(reader, page.actor)
    context = await _context(page, reader)
    draft = await page.form(
        CalendarDraft, _TEMPLATE, prepare=lambda form: offer_voices(page, form, voices), **context
    )
    await add_calendar(tx, page.actor, draft)
    return page.go("/me/calendars", "calendar.added")


@router.post("/{calendar_id}/read")
async def again(calendar_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Have it read soon."""
    await read_again(tx, page.actor, calendar_id)
    return page.go("/me/calendars", "calendar.soon")


@router.post("/{calendar_id}/remove")
async def remove(calendar_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Have it read no more."""
    await remove_calendar(tx, page.actor, calendar_id)
    return page.go("/me/calendars", "calendar.removed")
