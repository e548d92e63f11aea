"""Pages for taking part in events: registering, one's own, a guest's, and the organiser's list."""

from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, create_model
from starlette.responses import Response

from app.core.asking import Asked
from app.core.errors import NotFound
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.core.text import Line
from app.edge.deps import CurrentCaller, Reads, Tx
from app.edge.forms import Form, Option
from app.edge.wording import exactly
from app.features.companies.speaking import voices_of
from app.features.events.answering import (
    approve_registration,
    cancel_by_key,
    cancel_registration,
    confirm_by_key,
    confirm_registration,
    decline_registration,
    registration_id_of,
)
from app.features.events.policy import Act, closes_at, takes_registrations
from app.features.events.reading import DateView, Slot, read_date
from app.features.events.registering import (
    FromCompany,
    GuestCompany,
    GuestDraft,
    GuestEmail,
    GuestName,
    RegistrationDraft,
    SlotNumber,
    register,
    register_guest,
)
from app.features.events.registrations import (
    RegistrationView,
    list_registrations,
    own_registrations,
    past_registrations,
    read_as_guest,
    read_registration,
)
from app.web.page import CurrentPage, Page, PageRouter
from app.web.posts import offer_voices

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]
Key = Annotated[str, Query(max_length=500)]


@cache
def _form_of(questions: tuple[str, ...], *, is_guest: bool, has_slots: bool) -> type[BaseModel]:
    """Return the questions of a registration: who, when, and what the event asks."""
    fields: dict[str, Any] = {}
    if is_guest:
        fields = {
            "name": (GuestName, ...),
            "email": (GuestEmail, ...),
            "company": (GuestCompany, ""),
        }
    else:
        fields["company_id"] = (FromCompany, None)
    if has_slots:
        fields["slot"] = (SlotNumber, None)
    for number, question in enumerate(questions):
        fields[f"answer_{number}"] = (Annotated[str, Line(500, 0), Asked(question)], "")
    config = ConfigDict(extra="forbid")
    return create_model("RegistrationForm", __config__=config, **fields)


def _asked(page: Page, date: DateView) -> type[BaseModel]:
    questions = tuple(date.row.details.get("questions") or ())
    is_guest = not page.actor.is_signed_in
    return _form_of(questions, is_guest=is_guest, has_slots=bool(date.slots))


def _drafted(form: BaseModel) -> dict[str, Any]:
    """Return what a form said as the draft of the use-case takes it."""
    said = form.model_dump()
    answers = [said.pop(name) for name in sorted(said) if name.startswith("answer_")]
    return {**said, "answers": answers}


def _said_of(slot: Slot) -> str:
    """Say when a slot is, and that one waits for it where it is taken."""
    starts = exactly(slot.starts_at)
    return starts if slot.free else translate(N_("%(starts)s (Warteliste)"), starts=starts)


async def _preparing(page: Page, reader: Reader, date: DateView) -> Any:
    """Return what completes the form: free slots, and the companies the reader speaks for."""
    voices = await voices_of(reader, page.actor)

    def prepare(form: Form) -> None:
        names = {field.name for field in form.fields}
        if "company_id" in names:
            offer_voices(page, form, voices)
        if "slot" in names:
            offered = [
                (str(one.number), _said_of(one))
                for one in date.slots
                if one.free or date.row.details.get("has_waiting_list")
            ]
            chosen = str(form["slot"].value or "")
            first = translate(N_("das erste freie"))
            form["slot"].options = [
                Option(value, text, selected=value == chosen)
                for value, text in [("", first), *offered]
            ]

    return prepare


async def _context(page: Page, reader: Reader, occurrence_id: UUID) -> dict[str, Any]:
    post, date = await read_date(reader, page.actor, occurrence_id)
    own = None
    if date.row.registration_id:
        own = await read_registration(reader, page.actor, date.row.registration_id)
    keeps_days = settings().retention.registrations_days
    row = date.row
    return {
        "post": post.row,
        "closes_at": closes_at(row.details, row.starts_at)
        if takes_registrations(row.details)
        else None,
        "date": date,
        "can": date.acts,
        "own": own,
        "keeps_days": keeps_days,
    }


@router.get("/occurrences/{occurrence_id}")
async def show(occurrence_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show one date, and a form to take part."""
    context = await _context(page, reader, occurrence_id)
    form = None
    if Act.REGISTER in context["can"]:
        form = page.blank(_asked(page, context["date"]))
        (await _preparing(page, reader, context["date"]))(form)
    return await page.render("events/date.html", form=form, **context)


@router.post("/occurrences/{occurrence_id}")
async def take_part(
    occurrence_id: UUID, page: CurrentPage, reader: Reads, tx: Tx, caller: CurrentCaller
) -> Response:
    """Register with the account of the reader, or as a guest."""
    context = await _context(page, reader, occurrence_id)
    date = context["date"]
    said = await page.form(
        _asked(page, date),
        "events/date.html",
        prepare=await _preparing(page, reader, date),
        **context,
    )
    path = f"/occurrences/{occurrence_id}"
    if page.actor.is_signed_in:
        draft = RegistrationDraft.model_validate(_drafted(said))
        await register(tx, page.actor, occurrence_id, draft)
        return page.go(path, "event.registered")
    guest = GuestDraft.model_validate(_drafted(said))
    await register_guest(tx, page.actor, occurrence_id, guest, address=caller.address)
    return page.go(path, "event.mailed")


@router.get("/occurrences/{occurrence_id}/registrations")
async def registrations(
    occurrence_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show who keeps the event who comes, who waits and who asks."""
    _ = page.me
    post, date = await read_date(reader, page.actor, occurrence_id)
    part = await list_registrations(reader, page.actor, date, Paging(cursor=cursor))
    return await page.render(
        "events/registrations.html",
        post=post.row,
        date=date,
        registrations=part.items,
        next=part.next,
        cursor=cursor,
        keeps_days=settings().retention.registrations_days,
    )


@router.get("/me/registrations")
async def own(
    page: CurrentPage,
    reader: Reads,
    cursor: Cursor = None,
    past: bool = False,  # noqa: FBT001, FBT002 - FastAPI calls it
) -> Response:
    """Show what the reader takes part in, or took part in."""
    _ = page.me
    listed = past_registrations if past else own_registrations
    part = await listed(reader, page.actor, Paging(cursor=cursor))
    return await page.render(
        "events/own.html", registrations=part.items, past=past, next=part.next, cursor=cursor
    )


@router.post("/registrations/{registration_id}/{step}")
async def answer(registration_id: UUID, step: str, page: CurrentPage, tx: Tx) -> Response:
    """Take an offered place, cancel, approve or decline."""
    _ = page.me
    steps = {
        "confirm": (confirm_registration, "event.confirmed", ""),
        "cancel": (cancel_registration, "event.cancelled", ""),
        "approve": (approve_registration, "event.decided", "/registrations"),
        "decline": (decline_registration, "event.decided", "/registrations"),
    }
    if step not in steps:
        raise NotFound
    take, notice, rest = steps[step]
    registration = await take(tx, page.actor, registration_id)
    return page.go(f"/occurrences/{registration.occurrence_id}{rest}", notice)


async def _of_guest(page: Page, reader: Reader, key: str) -> Response:
    found: RegistrationView = await read_as_guest(reader, registration_id_of(key))
    return await page.render("events/guest.html", own=found, key=key)


@router.get("/guest-registrations")
async def guest(key: Key, page: CurrentPage, reader: Reads) -> Response:
    """Show a guest their registration; nothing happens before a button is pressed."""
    return await _of_guest(page, reader, key)


@router.post("/guest-registrations/{step}")
async def answer_as_guest(step: str, key: Key, page: CurrentPage, tx: Tx) -> Response:
    """Confirm or cancel a guest's registration."""
    if step == "confirm":
        await confirm_by_key(tx, key)
    elif step == "cancel":
        await cancel_by_key(tx, key)
    else:
        raise NotFound
    notice = "event.confirmed" if step == "confirm" else "event.cancelled"
    return page.go(f"/guest-registrations?key={key}", notice)
