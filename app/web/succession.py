"""Pages about concealed posts: choosing a mediator, mediating, and releasing who one is."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.errors import Invalid, NotFound
from app.core.i18n import N_, translate
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import Form, Option
from app.edge.post_words import facts_in
from app.features.companies.directory import CompanyFilters, list_companies
from app.features.inquiries.policy import UNDECIDED
from app.features.posts.drafts import KINDS
from app.features.posts.policy import Act
from app.features.posts.reading import PostView, read_post
from app.features.succession.mediating import (
    CheckDraft,
    MediatorDraft,
    check_request,
    choose_mediator,
    list_requests,
    mediator_of,
    read_request,
)
from app.features.succession.reading import contact_of, read_release
from app.features.succession.releasing import (
    open_identities,
    release_identity,
    withdraw_release,
)
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]
Place = Annotated[str, Query(max_length=120)]
OFFERED = 50  # mediators to choose from
FAR_KM = 200.0


async def _kept(page: Page, reader: Reader, post_id: UUID) -> PostView:
    _ = page.me
    view = await read_post(reader, page.actor, post_id)
    if Act.EDIT not in view.acts or not view.row.is_concealed:
        raise NotFound
    return view


async def _mediators(reader: Reader, place: str) -> list[Any]:
    """Return organisations that mediate: the nearest first, or without a place by name."""
    near = {"place": place, "radius_km": FAR_KM, "order": "distance"} if place else {}
    wanted = CompanyFilters.model_validate({"mediates_successions": True, **near})
    return (await list_companies(reader, wanted, Paging(OFFERED))).items


def _offer(form: Form, mediators: list[Any], present: Any | None) -> None:
    nobody = Option("", translate(N_("ohne Vermittlung")), selected=present is None)
    known = {one.id for one in mediators}
    rows = [*([present] if present and present.id not in known else []), *mediators]
    field = form["company_id"]
    field.options = [nobody]
    for one in rows:
        town = f", {one.town}" if getattr(one, "town", None) else ""
        selected = present is not None and one.id == present.id
        field.options.append(Option(str(one.id), f"{one.name}{town}", selected=selected))


@router.get("/posts/{post_id}/mediator")
async def ask_for_mediator(
    post_id: UUID, page: CurrentPage, reader: Reads, place: Place = ""
) -> Response:
    """Show who mediates, the nearest to a place first, to be chosen from."""
    view = await _kept(page, reader, post_id)
    search = page.blank(CompanyFilters, {"place": place})
    found: list[Any] = []
    try:
        found = await _mediators(reader, place)
    except Invalid as refusal:
        search.refuse(refusal.errors, page.actor.locale)
    form = page.blank(MediatorDraft)
    _offer(form, found, await mediator_of(reader, post_id))
    return await page.render("succession/mediator.html", form=form, search=search, post=view.row)


@router.post("/posts/{post_id}/mediator")
async def choose(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep who is to mediate."""
    view = await _kept(page, reader, post_id)
    draft = await page.form(
        MediatorDraft,
        "succession/mediator.html",
        search=page.blank(CompanyFilters),
        post=view.row,
    )
    await choose_mediator(tx, page.actor, post_id, draft)
    return page.go(f"/posts/{post_id}", "succession.mediator_chosen")


@router.get("/mediation")
async def requests(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show the requests that the reader's companies mediate."""
    _ = page.me
    found: Part[Any] = await list_requests(reader, page.actor, Paging(cursor=cursor))
    return await page.render(
        "succession/requests.html", requests=found.items, next=found.next, cursor=cursor
    )


async def _request_context(page: Page, reader: Reader, inquiry_id: UUID) -> dict[str, Any]:
    _ = page.me
    row = await read_request(reader, page.actor, inquiry_id)
    asked = KINDS[row.kind].inquiry_form
    questions = asked.fields if asked and row.fields else None
    said = questions.model_validate({"kind": row.kind, **row.fields}) if questions else None
    return {
        "request_row": row,
        "answers": facts_in(said) if said else [],
        "is_open": row.state in UNDECIDED,
    }


@router.get("/mediation/{inquiry_id}")
async def one_request(inquiry_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show what somebody who is interested says of themselves."""
    context = await _request_context(page, reader, inquiry_id)
    form = page.blank(CheckDraft, {"note": context["request_row"].note or ""})
    return await page.render("succession/request.html", form=form, **context)


@router.post("/mediation/{inquiry_id}/check")
async def check(inquiry_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep that the request was looked at."""
    context = await _request_context(page, reader, inquiry_id)
    draft = await page.form(CheckDraft, "succession/request.html", **context)
    await check_request(tx, page.actor, inquiry_id, draft)
    return page.go(f"/mediation/{inquiry_id}", "succession.checked")


@router.get("/releases/{inquiry_id}")
async def released(inquiry_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show how far both sides have released who they are, and then who the other is."""
    _ = page.me
    view = await read_release(reader, page.actor, inquiry_id)
    contact = await contact_of(reader, page.actor, inquiry_id) if view.here.opened else None
    return await page.render(
        "succession/release.html",
        view=view,
        inquiry=view.inquiry.row,
        contact=contact,
        can=view.acts,
    )


@router.post("/releases/{inquiry_id}")
async def release(inquiry_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Release from the button."""
    await release_identity(tx, page.actor, inquiry_id)
    return page.go(f"/releases/{inquiry_id}", "succession.released")


@router.post("/releases/{inquiry_id}/withdraw")
async def withdraw(inquiry_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take the release back."""
    await withdraw_release(tx, page.actor, inquiry_id)
    return page.go(f"/releases/{inquiry_id}", "succession.release_withdrawn")


@router.post("/releases/{inquiry_id}/look")
async def look(inquiry_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Look at who the other side is."""
    await open_identities(tx, page.actor, inquiry_id)
    return page.go(f"/releases/{inquiry_id}", "succession.opened")
