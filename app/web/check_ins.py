"""Pages for the day itself: letting people in by code or QR, and the list to be signed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from app.core.i18n import N_, translate
from app.core.reads import Reader
from app.core.text import sort_key
from app.edge.attendance_sheets import attendance_csv
from app.edge.deps import Reads, Tx
from app.edge.forms import Form, Option
from app.edge.wording import exactly
from app.features.events.admitting import (
    CheckInDraft,
    check_in,
    check_in_by_code,
    undo_check_in,
)
from app.features.events.policy import COMING
from app.features.events.reading import DateView, read_date
from app.features.events.registrations import everybody_in_line, find_by_code
from app.features.events.walking_in import WalkInDraft, walk_in
from app.models.occurrences import RegistrationState
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
Code = Annotated[str, Path(max_length=40)]
_FREE_LINES = 5  # for those who come without having registered


def _fit(form: Form, date: DateView) -> None:
    """Have a form of the door ask only what the date asks for."""
    left_out = {"slot": not date.slots, "even_if_full": date.free is None}
    form.fields = [field for field in form.fields if not left_out.get(field.name)]
    if date.slots and any(field.name == "slot" for field in form.fields):
        chosen = str(form["slot"].value or "")
        free = [(str(slot.number), exactly(slot.starts_at)) for slot in date.slots if slot.free]
        form["slot"].options = [
            Option(value, text, selected=value == chosen)
            for value, text in [("", translate(N_("das erste freie"))), *free]
        ]


def _fitted(form: Form, date: DateView) -> Form:
    _fit(form, date)
    return form


async def _context(page: Page, reader: Reader, occurrence_id: UUID) -> dict[str, Any]:
    """Return a date, how many of those who come are there, and a form for who just came."""
    _ = page.me
    post, date = await read_date(reader, page.actor, occurrence_id)
    people = await everybody_in_line(reader, page.actor, date)
    coming = [one for one in people if one.row.state in COMING]
    there = sum(one.row.state == RegistrationState.ATTENDED for one in coming)
    return {
        "post": post.row,
        "date": date,
        "coming": len(coming),
        "there": there,
        "own": None,
        "is_too_many": False,
        "form": _fitted(page.blank(CheckInDraft), date),
        "walk_in_form": _fitted(page.blank(WalkInDraft), date),
    }


@router.get("/occurrences/{occurrence_id}/check-in")
async def ask(occurrence_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Ask for a code; who opens this page has nothing noted."""
    context = await _context(page, reader, occurrence_id)
    return await page.render("events/check_in.html", **context)


@router.get("/occurrences/{occurrence_id}/check-in/{code}")
async def show(occurrence_id: UUID, code: Code, page: CurrentPage, reader: Reads) -> Response:
    """Show whose code it is, as the QR code leads here; only the button notes that they came."""
    context = await _context(page, reader, occurrence_id)
    own = await find_by_code(reader, page.actor, context["date"].row, code)
    waits = own.row.state == RegistrationState.WAITING
    context |= {"own": own, "is_too_many": waits and context["date"].free == 0}
    return await page.render("events/check_in.html", **context)


@router.post("/occurrences/{occurrence_id}/check-in")
async def let_in(occurrence_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Note that somebody came."""
    context = await _context(page, reader, occurrence_id)
    del context["form"]
    draft = await page.form(
        CheckInDraft,
        "events/check_in.html",
        prepare=lambda form: _fit(form, context["date"]),
        **context,
    )
    made, was_there = await check_in_by_code(tx, page.actor, occurrence_id, draft)
    notice = "event.was_there" if was_there else "event.checked_in"
    return page.go(f"/occurrences/{occurrence_id}/check-in/{made.code}", notice)


@router.post("/occurrences/{occurrence_id}/walk-ins")
async def add_walk_in(occurrence_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Enter somebody who came without having registered."""
    context = await _context(page, reader, occurrence_id)
    del context["walk_in_form"]
    draft = await page.form(
        WalkInDraft,
        "events/check_in.html",
        name="walk_in_form",
        prepare=lambda form: _fit(form, context["date"]),
        **context,
    )
    await walk_in(tx, page.actor, occurrence_id, draft)
    return page.go(f"/occurrences/{occurrence_id}/check-in", "event.walked_in")


@router.get("/occurrences/{occurrence_id}/attendance")
async def attendance(occurrence_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show who comes, by time and name, to be printed and signed."""
    _ = page.me
    post, date = await read_date(reader, page.actor, occurrence_id)
    people = await everybody_in_line(reader, page.actor, date)
    coming = [one for one in people if one.row.state in COMING]
    coming.sort(key=lambda one: (one.starts_at, sort_key(one.name)))
    return await page.render(
        "events/attendance.html",
        post=post.row,
        date=date,
        people=coming,
        questions=date.row.details.get("questions") or [],
        free_lines=_FREE_LINES,
    )


@router.get("/occurrences/{occurrence_id}/attendance.csv")
async def as_csv(occurrence_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Give the list as a file."""
    _, date = await read_date(reader, page.actor, occurrence_id)
    return attendance_csv(date, await everybody_in_line(reader, page.actor, date))


@router.post("/registrations/{registration_id}/check-in")
async def let_in_listed(registration_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Note from the list that somebody came."""
    _ = page.me
    made = await check_in(tx, page.actor, registration_id)
    return page.go(f"/occurrences/{made.occurrence_id}/registrations", "event.checked_in")


@router.post("/registrations/{registration_id}/undo-check-in")
async def undo(registration_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take back that somebody came."""
    _ = page.me
    made = await undo_check_in(tx, page.actor, registration_id)
    return page.go(f"/occurrences/{made.occurrence_id}/registrations", "event.check_in_undone")
