"""Pages for the dates of events: one date, all of them, and deciding on single ones."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import Asked
from app.core.errors import NotFound
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.features.events.deciding import (
    MoveDraft,
    OccurrencePatch,
    ProposalDecision,
    cancel_occurrence,
    change_occurrence,
    decide_proposal,
    move_occurrence,
    restore_occurrence,
)
from app.features.events.policy import Act
from app.features.events.reading import (
    DateFilter,
    DateView,
    list_dates,
    list_past_dates,
    read_date,
)
from app.features.posts.events.rules import local_of
from app.features.posts.reading import PostView, read_post
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]
NEXT_SHOWN = 6  # on the page of the event


class DecisionForm(BaseModel):
    """What becomes of a date on a holiday, said by one of two buttons."""

    model_config = ConfigDict(extra="forbid")

    accept: Annotated[bool, Asked("accept", widget="hidden")] = False


async def dates_of(page: Page, reader: Reader, view: PostView) -> Part[DateView] | None:
    """Return the next dates of an event for the page of its post; None of other kinds."""
    if view.row.kind != "event":
        return None
    return await list_dates(reader, page.actor, view, DateFilter(), Paging(NEXT_SHOWN))


@router.get("/posts/{post_id}/dates")
async def dates(
    post_id: UUID,
    page: CurrentPage,
    reader: Reads,
    cursor: Cursor = None,
    past: bool = False,  # noqa: FBT001, FBT002 - FastAPI calls it
) -> Response:
    """Show all dates of an event to come, or those that are over."""
    post = await read_post(reader, page.actor, post_id)
    paging = Paging(cursor=cursor)
    if past:
        part = await list_past_dates(reader, page.actor, post, paging)
    else:
        part = await list_dates(reader, page.actor, post, DateFilter(), paging)
    return await page.render(
        "events/dates.html",
        post=post.row,
        dates=part.items,
        past=past,
        next=part.next,
        cursor=cursor,
    )


async def _editing(page: Page, reader: Reader, occurrence_id: UUID) -> dict[str, Any]:
    """Return what the page for deciding on a date is drawn from.

    The end is left open, so that the date takes as long as before unless somebody says otherwise.
    """
    _ = page.me
    _, date = await read_date(reader, page.actor, occurrence_id)
    page.require(Act.DECIDE in date.acts)
    row, zone = date.row, date.row.details["time_zone"]
    starts = local_of(row.starts_at, zone).strftime("%Y-%m-%dT%H:%M")
    return {
        "date": date,
        "move_form": page.blank(
            MoveDraft,
            {"starts_at": starts},
            version=row.version,
        ),
        "form": page.blank(
            OccurrencePatch,
            {"venue": row.venue, "note": row.note, "capacity": row.capacity or 0},
            version=row.version,
        ),
    }


@router.get("/occurrences/{occurrence_id}/edit")
async def edit(occurrence_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Ask what is to become of one date."""
    return await page.render("events/edit.html", **await _editing(page, reader, occurrence_id))


@router.post("/occurrences/{occurrence_id}/edit")
async def change(occurrence_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Change the place, the places or the note of one date."""
    context = await _editing(page, reader, occurrence_id)
    del context["form"]
    patch = await page.form(OccurrencePatch, "events/edit.html", **context)
    await change_occurrence(tx, page.actor, occurrence_id, patch, expected=await page.version())
    return page.go(f"/occurrences/{occurrence_id}", "event.decided")


@router.post("/occurrences/{occurrence_id}/move")
async def move(occurrence_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Hold one date at another time."""
    context = await _editing(page, reader, occurrence_id)
    del context["move_form"]
    draft = await page.form(MoveDraft, "events/edit.html", name="move_form", **context)
    await move_occurrence(tx, page.actor, occurrence_id, draft, expected=await page.version())
    return page.go(f"/occurrences/{occurrence_id}", "event.decided")


@router.post("/occurrences/{occurrence_id}/{step}")
async def decide(
    occurrence_id: UUID, step: str, page: CurrentPage, reader: Reads, tx: Tx
) -> Response:
    """Cancel or restore one date, or decide what a holiday proposes."""
    _ = page.me
    if step == "cancel":
        await cancel_occurrence(tx, page.actor, occurrence_id)
    elif step == "restore":
        await restore_occurrence(tx, page.actor, occurrence_id)
    elif step == "proposal":
        context = await _editing(page, reader, occurrence_id)
        del context["form"]
        decision = await page.form(DecisionForm, "events/edit.html", **context)
        wanted = ProposalDecision(accept=decision.accept)
        await decide_proposal(tx, page.actor, occurrence_id, wanted)
    else:
        raise NotFound
    return page.go(f"/occurrences/{occurrence_id}", "event.decided")
