"""Pages for the searches that one keeps."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import SessionReader
from app.edge.deps import Reads, Tx
from app.edge.forms import Form
from app.features.posts.drafts import KINDS
from app.features.posts.filtering import FACETS, PostFilters
from app.features.searches.own import list_hits, list_searches, read_search
from app.features.searches.saving import (
    SearchDraft,
    SearchPatch,
    change_search,
    delete_search,
    save_search,
)
from app.models.searches import Frequency
from app.web.environment import environment
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import cards_of

router = PageRouter(prefix="/searches")
Cursor = Annotated[str | None, Query(max_length=2_000)]


def in_words(page: Page, query: Mapping[str, Any]) -> list[str]:
    """Say what a search asks for: "Objektart: Halle oder Lager", "Umkreis in km: 20"."""
    said = []
    for field in page.blank(PostFilters, dict(query)).fields:
        if field.name not in query or field.name == "order":
            continue
        chosen = next((option.label for option in field.options if option.selected), None)
        if field.widget != "hidden":
            said.append(f"{field.label}: {chosen or _said(query[field.name], field.widget)}")
    return said


def _said(value: Any, widget: str) -> str:
    """Write a tick, a number or a day as people read it; anything else as it was asked."""
    filters = environment().filters
    if value is True:
        return translate(N_("Ja"))
    if isinstance(value, int | float):
        return str(filters["number"](value))
    return str(filters["date"](date.fromisoformat(value)) if widget == "date" else value)


def list_address(query: Mapping[str, Any]) -> str:
    """Return the address of the list of posts that a search keeps."""
    plain = {name: "true" if value is True else value for name, value in query.items()}
    return f"/posts?{urlencode(plain)}"


def _only_its_own(form: Form) -> list[str]:
    """Fix the kind that a form is about, and return the names of the facets it has not."""
    chosen = form["filters.kind"]
    chosen.widget = "hidden"
    kind = KINDS.get(str(chosen.value or ""))
    alien = [name for name in FACETS if not (kind and kind.facet(name))]
    return [f"filters.{name}" for name in ("order", *alien)]


def _kind_name(form: Form) -> str:
    kind = KINDS.get(str(form["filters.kind"].value or ""))
    return translate(kind.plural if kind else N_("Alle Arten"))


async def _form(page: Page, template: str, context: dict[str, Any]) -> SearchDraft:
    """Read the posted form; refused, it is shown again with the fields of its kind only."""

    def prepare(form: Form) -> None:
        context.update(leave_out=_only_its_own(form), kind_name=_kind_name(form))

    # The context is filled while the form is made, which is before it is kept to be shown.
    return await page.form(SearchDraft, template, prepare=prepare, search_context=context)


@router.get("")
async def show(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show the reader's searches."""
    found = await list_searches(reader, page.actor, Paging(cursor=cursor))
    searches = [(row, in_words(page, row.query), list_address(row.query)) for row in found.items]
    return await page.render(
        "searches/list.html", searches=searches, cursor=cursor, next=found.next
    )


@router.get("/new")
async def blank(page: CurrentPage) -> Response:
    """Ask how a search is to be called and told of; its filters come from the list's address."""
    _ = page.me
    given = page.request.query_params
    filters = {name: given[name] for name in PostFilters.model_fields if given.get(name)}
    kind = KINDS.get(filters.get("kind", ""))
    place = filters.get("place")
    label = " ".join(part for part in (translate(kind.plural) if kind else "", place) if part)
    values = {"label": label[:80], "frequency": Frequency.DAILY, "filters": filters}
    form = page.blank(SearchDraft, values)
    context = {"leave_out": _only_its_own(form), "kind_name": _kind_name(form)}
    return await page.render("searches/new.html", form=form, search_context=context)


@router.post("")
async def add(page: CurrentPage, tx: Tx) -> Response:
    """Keep the search that the form holds."""
    _ = page.me
    draft = await _form(page, "searches/new.html", {})
    await save_search(tx, page.actor, draft)
    return page.go("/searches", "search.saved")


@router.get("/{search_id}")
async def hits(
    search_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show what was found for a search."""
    search, found = await list_hits(reader, page.actor, search_id, Paging(cursor=cursor))
    cards = cards_of([view.row for view in found.items])
    return await page.render(
        "searches/hits.html",
        search=search,
        words=in_words(page, search.query),
        address=list_address(search.query),
        hits=list(zip(cards, (view.reasons for view in found.items), strict=True)),
        cursor=cursor,
        next=found.next,
    )


@router.get("/{search_id}/edit")
async def edit(search_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show a search as a form."""
    row = await read_search(reader, page.actor, search_id)
    values = {"label": row.label, "frequency": row.frequency, "filters": row.query}
    form = page.blank(SearchDraft, values, version=row.version)
    context = {"leave_out": _only_its_own(form), "kind_name": _kind_name(form), "search": row}
    return await page.render("searches/edit.html", form=form, search_context=context)


@router.post("/{search_id}/edit")
async def change(search_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Keep what the form holds."""
    row = await read_search(SessionReader(tx), page.actor, search_id)
    draft = await _form(page, "searches/edit.html", {"search": row})
    patch = SearchPatch(label=draft.label, frequency=draft.frequency, filters=draft.filters)
    await change_search(tx, page.actor, search_id, patch, expected=await page.version())
    return page.go(f"/searches/{search_id}", "search.changed")


@router.post("/{search_id}/delete")
async def remove(search_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Keep a search no more."""
    await delete_search(tx, page.actor, search_id)
    return page.go("/searches", "search.deleted")
