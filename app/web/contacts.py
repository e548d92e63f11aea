"""Pages for contact persons and places of business."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from app.core.errors import Invalid, NotFound
from app.core.paging import Paging
from app.edge.cards import card_response
from app.edge.deps import Reads, Tx
from app.edge.forms import Form, Option
from app.features.companies.cards import card_of_contact
from app.features.companies.contacts import (
    ContactDraft,
    ContactFilters,
    add_contact,
    edit_contact,
    find_contact,
    list_contacts,
    remove_contact,
)
from app.features.companies.policy import Act
from app.features.companies.reading import CompanyView, find_company
from app.features.companies.sites import FurtherSiteDraft, add_site, edit_site, remove_site
from app.features.companies.staff import list_staff
from app.reference.topics import topic_titles
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()


class ContactSearch(ContactFilters):
    """The filters of the list, and where in it the reader is."""

    cursor: Annotated[str | None, Field(max_length=2_000)] = None


async def _edited(page: Page, reads: Reads, **key: Any) -> CompanyView:
    view = await find_company(reads, page.actor, **key)
    page.require(Act.EDIT in view.viewer_can)
    return view


@router.get("/contacts")
async def finder(
    page: CurrentPage, reads: Reads, asked: Annotated[ContactSearch, Query()]
) -> Response:
    """Show who answers for a topic in a place."""
    form = page.filters(ContactFilters, asked)
    found, status = None, 200
    try:
        found = await list_contacts(reads, page.actor, asked, Paging(cursor=asked.cursor))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        status = 422
    return await page.render(
        "companies/finder.html",
        status=status,
        form=form,
        asked=asked,
        active=len(asked.model_fields_set - {"cursor"}),
        contacts=[(row, topic_titles([row.topic])[0]) for row in found.items] if found else [],
        next=found.next if found else None,
    )


@router.get("/contacts/{contact_id}")
async def show(contact_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show one contact person with a business card."""
    contact = await find_contact(reads, page.actor, contact_id)
    topic = topic_titles([contact.topic])[0]
    return await page.render("companies/contact.html", contact=contact, topic=topic)


@router.get("/contacts/{contact_id}/card.{form}")
async def card(
    contact_id: UUID, form: Literal["vcf", "svg", "png"], page: CurrentPage, reads: Reads
) -> Response:
    """Answer with a business card that holds what the reader may see."""
    contact = await find_contact(reads, page.actor, contact_id)
    return card_response(card_of_contact(contact), contact.slug, form)


async def _contact_context(reads: Reads, view: CompanyView) -> dict[str, Any]:
    return {
        "view": view,
        "company": view.company,
        "staff": await list_staff(reads, view.company.id, managing=True),
        "contacts": [(row, topic_titles([row.topic])[0]) for row in view.contacts],
    }


def _choose_people(form: Form, staff: list[Any]) -> None:
    """Let a form choose among the present staff."""
    present = [(str(row.person_id), row.name) for row in staff if not row.ended_at]
    for name, first in (("person_id", []), ("stand_in_id", [("", "–")])):
        field = form[name]
        field.widget = "select"
        field.options = [
            Option(value, label, selected=value == field.value)
            for value, label in [*first, *present]
        ]


@router.get("/companies/{slug}/contacts")
async def keep(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the contact persons of a company to those who name them."""
    context = await _contact_context(reads, await _edited(page, reads, slug=slug))
    form = page.blank(ContactDraft)
    _choose_people(form, context["staff"])
    return await page.render("companies/contacts.html", form=form, **context)


@router.post("/companies/{company_id}/contacts")
async def add(company_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Name a contact person."""
    view = await _edited(page, reads, company_id=company_id)
    context = await _contact_context(reads, view)
    draft = await page.form(
        ContactDraft,
        "companies/contacts.html",
        prepare=lambda form: _choose_people(form, context["staff"]),
        **context,
    )
    await add_contact(tx, page.actor, company_id, draft)
    return page.go(f"/companies/{view.company.slug}/contacts", "contact.saved")


@router.get("/companies/{slug}/contacts/{contact_id}")
async def ask_to_edit(slug: str, contact_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show the form that changes a contact person."""
    view = await _edited(page, reads, slug=slug)
    context = await _contact_context(reads, view)
    contact = await find_contact(reads, page.actor, contact_id)
    values = {
        "person_id": contact.person_id,
        "topic": contact.topic,
        "place": contact.place,
        "stand_in_id": contact.stand_in_id,
    }
    form = page.blank(ContactDraft, values)
    _choose_people(form, context["staff"])
    return await page.render("companies/contacts.html", form=form, editing=contact, **context)


@router.post("/companies/{company_id}/contacts/{contact_id}")
async def edit(
    company_id: UUID, contact_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Change a contact person."""
    view = await _edited(page, reads, company_id=company_id)
    context = await _contact_context(reads, view)
    editing = await find_contact(reads, page.actor, contact_id)
    draft = await page.form(
        ContactDraft,
        "companies/contacts.html",
        prepare=lambda form: _choose_people(form, context["staff"]),
        editing=editing,
        **context,
    )
    await edit_contact(tx, page.actor, company_id, contact_id, draft)
    return page.go(f"/companies/{view.company.slug}/contacts", "contact.saved")


@router.post("/companies/{company_id}/contacts/{contact_id}/remove")
async def remove(
    company_id: UUID, contact_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Name a contact person no longer."""
    view = await _edited(page, reads, company_id=company_id)
    await remove_contact(tx, page.actor, company_id, contact_id)
    return page.go(f"/companies/{view.company.slug}/contacts", "contact.removed")


@router.get("/companies/{slug}/sites")
async def sites(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the places of business to those who keep them."""
    view = await _edited(page, reads, slug=slug)
    form = page.blank(FurtherSiteDraft)
    return await page.render("companies/sites.html", form=form, view=view, company=view.company)


@router.post("/companies/{company_id}/sites")
async def site_added(company_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Add a place of business."""
    view = await _edited(page, reads, company_id=company_id)
    draft = await page.form(
        FurtherSiteDraft, "companies/sites.html", view=view, company=view.company
    )
    await add_site(tx, page.actor, company_id, draft)
    return page.go(f"/companies/{view.company.slug}/sites", "site.saved")


@router.get("/companies/{slug}/sites/{site_id}")
async def ask_to_edit_site(slug: str, site_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show the form that changes a place of business."""
    view = await _edited(page, reads, slug=slug)
    site = next((site for site in view.sites if site.id == site_id), None)
    if site is None:
        raise NotFound
    form = page.blank(FurtherSiteDraft, site._asdict())
    context = {"view": view, "company": view.company, "editing": site_id}
    return await page.render("companies/sites.html", form=form, **context)


@router.post("/companies/{company_id}/sites/{site_id}")
async def site_changed(
    company_id: UUID, site_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Change a place of business."""
    view = await _edited(page, reads, company_id=company_id)
    context = {"view": view, "company": view.company, "editing": site_id}
    draft = await page.form(FurtherSiteDraft, "companies/sites.html", **context)
    await edit_site(tx, page.actor, company_id, site_id, draft)
    return page.go(f"/companies/{view.company.slug}/sites", "site.saved")


@router.post("/companies/{company_id}/sites/{site_id}/remove")
async def site_removed(
    company_id: UUID, site_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Remove a place of business."""
    view = await _edited(page, reads, company_id=company_id)
    await remove_site(tx, page.actor, company_id, site_id)
    return page.go(f"/companies/{view.company.slug}/sites", "site.removed")
