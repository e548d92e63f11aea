"""Pages for companies: the directory, one company, founding, changing and closing it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from app.core.errors import Invalid, NotFound
from app.core.paging import Paging
from app.core.slugs import renamed_to
from app.core.text import Line
from app.edge.cards import card_response
from app.edge.deps import Reads, Tx
from app.edge.forms import PROSE_FORM_BYTES, Form
from app.features.companies.cards import card_of_company
from app.features.companies.closing import close_company, reopen_company
from app.features.companies.directory import CompanyFilters, count_facets, list_companies
from app.features.companies.founding import found_company
from app.features.companies.policy import Act
from app.features.companies.profile import CompanyDraft, edit_company
from app.features.companies.reading import CompanyView, find_company
from app.features.deals.reading import ratings_of
from app.features.follows.followed import follow_of
from app.features.posts.feed import Filters
from app.models.follows import FollowTarget
from app.reference.codes import said, sector_groups, titles_of
from app.reference.sectors import sector_label
from app.reference.tables import legal_forms, size_bands
from app.reference.topics import topic_titles
from app.web.agenda import dates_held_by
from app.web.feed_links import feed_links
from app.web.metadata import base_url, present
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import latest_cards

router = PageRouter(prefix="/companies")


class CompanySearch(CompanyFilters):
    """The filters of the directory, and where in it the reader is."""

    cursor: Annotated[str | None, Field(max_length=2_000)] = None


def _counted(form: Form, counts: dict[str, dict[str, int]]) -> None:
    """Write beside each choice how many companies it would leave."""
    for name in ("sector", "size_band", "form", "topic"):
        for option in form[name].options:
            if option.value:
                option.label = f"{option.label} ({counts[name].get(option.value, 0)})"


def sector_title(text: str | None) -> str | None:
    """Return the title of a sector such as ``2008:25.62``."""
    year, _, code = (text or "").partition(":")
    label = sector_label(code, int(year)) if code else None
    return said(label) if label else None


@router.get("")
async def directory(
    page: CurrentPage, reads: Reads, asked: Annotated[CompanySearch, Query()]
) -> Response:
    """Show the directory of companies."""
    form = page.filters(CompanyFilters, asked)
    found, count, status = None, 0, 200
    try:
        found = await list_companies(reads, asked, Paging(cursor=asked.cursor))
        counts = await count_facets(reads, asked)
        count = counts["all"].get("", 0)
        _counted(form, counts)
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        status = 422
    return await page.render(
        "companies/directory.html",
        status=status,
        form=form,
        asked=asked,
        active=len(asked.model_fields_set - {"cursor", "order"}),
        feeds=feed_links("companies", page.request.query_params.multi_items()),
        count=count,
        companies=[
            (row, sector_title(row.sector), "".join(titles_of(size_bands, [row.size_band or ""])))
            for row in found.items
        ]
        if found
        else [],
        next=found.next if found else None,
    )


def _form_context(page: Page, form: Form | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {"sector_groups": sector_groups(page.actor.locale)}
    return context | ({"form": form} if form else {})


@router.get("/new")
async def ask_to_found(
    page: CurrentPage, name: Annotated[str, Line(160, 0), Query()] = ""
) -> Response:
    """Show the form that founds a company, perhaps with a name already in it."""
    page.require(page.actor.is_signed_in)
    form = page.blank(CompanyDraft, {"name": name})
    return await page.render("companies/new.html", **_form_context(page, form))


@router.post("/new", max_body_size=PROSE_FORM_BYTES)
async def found(page: CurrentPage, tx: Tx) -> Response:
    """Found a company."""
    draft = await page.form(CompanyDraft, "companies/new.html", **_form_context(page))
    company = await found_company(tx, page.actor, draft)
    return page.go(f"/companies/{company.slug}", "company.founded")


async def company_at(slug: str, page: Page, reads: Reads) -> CompanyView:
    """Return the company at an address, as the reader sees it."""
    return await find_company(reads, page.actor, slug=slug)


@router.get("/{slug}")
async def show(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show a company."""
    try:
        view = await company_at(slug, page, reads)
    except NotFound:
        if moved := await renamed_to(reads, "company", slug):
            return page.moved(f"/companies/{moved}")
        raise
    company = view.company
    return await page.render(
        "companies/show.html",
        view=view,
        company=company,
        can={act.value for act in view.viewer_can},
        legal_form="".join(titles_of(legal_forms, [company.legal_form or ""])),
        size="".join(titles_of(size_bands, [company.size_band or ""])),
        contacts=[(contact, topic_titles([contact.topic])[0]) for contact in view.contacts],
        structured=structured_data(view),
        ratings=await ratings_of(reads, company.id),
        follow_id=await follow_of(reads, page.actor, FollowTarget.COMPANY, company.id),
        cards=await latest_cards(reads, page, Filters(company_id=company.id)),
        agenda=await dates_held_by(reads, page.actor, company.id),
        all_posts=f"/posts?company={company.id}",
        feeds=feed_links("posts", [("company", company.id)]),
    )


def structured_data(view: CompanyView) -> dict[str, Any]:
    """Return what machines read of a company (schema.org/Organization)."""
    company, site = view.company, view.main_site
    base = base_url()
    found = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": f"{base}/companies/{company.slug}",
        "name": company.name,
        "url": company.website or f"{base}/companies/{company.slug}",
        "description": company.summary,
        "telephone": view.phone,
        "email": view.email,
        "vatID": company.vat_id,
        "foundingDate": str(company.founded_year) if company.founded_year else None,
        "logo": f"{base}/media/{company.logo_id}/256" if company.logo_id else None,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": site.street,
            "postalCode": site.postcode,
            "addressLocality": site.town,
            "addressCountry": "DE",
        }
        if site
        else None,
    }
    return present(found)


@router.get("/{slug}/card.{form}")
async def card(
    slug: str, form: Literal["vcf", "svg", "png"], page: CurrentPage, reads: Reads
) -> Response:
    """Answer with a business card that holds what the reader may see."""
    view = await company_at(slug, page, reads)
    return card_response(card_of_company(view), slug, form)


@router.get("/{slug}/edit")
async def ask_to_edit(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the form that changes a company."""
    view = await company_at(slug, page, reads)
    page.require(Act.EDIT in view.viewer_can)
    site = view.main_site
    values = {
        **view.company._asdict(),
        "sectors": [f"{one.classification}:{one.code}" for one in view.sectors],
        "main_site": {name: getattr(site, name) for name in ("street", "postcode", "town")}
        if site
        else {},
    }
    form = page.blank(CompanyDraft, values, version=view.company.version)
    return await page.render("companies/edit.html", view=view, **_form_context(page, form))


@router.post("/{company_id}/edit", max_body_size=PROSE_FORM_BYTES)
async def edit(company_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Change a company."""
    view = await find_company(reads, page.actor, company_id=company_id)
    draft = await page.form(CompanyDraft, "companies/edit.html", view=view, **_form_context(page))
    company = await edit_company(tx, page.actor, company_id, draft, expected=await page.version())
    return page.go(f"/companies/{company.slug}", "company.edited")


@router.post("/{company_id}/close")
async def close(company_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Close a company."""
    await close_company(tx, page.actor, company_id, expected=await page.version())
    return page.go("/me/companies", "company.closed")


@router.post("/{company_id}/reopen")
async def reopen(company_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Open a company again."""
    company = await reopen_company(tx, page.actor, company_id)
    return page.go(f"/companies/{company.slug}", "company.reopened")
