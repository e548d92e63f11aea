"""Pages for the words in which a company declines."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.errors import NotFound
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import PROSE_FORM_BYTES
from app.features.companies.speaking import voices_of
from app.features.inquiries.refusals import (
    TemplateDraft,
    drop_refusal,
    keep_refusal,
    kept_by_company,
)
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()


async def _context(page: Page, reader: Reader, slug: str) -> dict[str, Any]:
    """Return a company that the reader speaks for, and what it keeps."""
    _ = page.me
    voices = await voices_of(reader, page.actor)
    company = next((one for one in voices if one.slug == slug), None)
    if company is None:
        raise NotFound
    kept = await kept_by_company(reader, page.actor, company.id)
    return {"company": company, "templates": kept}


@router.get("/companies/{slug}/templates")
async def show(slug: str, page: CurrentPage, reader: Reads) -> Response:
    """Show what a company keeps, and a form for more."""
    context = await _context(page, reader, slug)
    form = page.blank(TemplateDraft)
    return await page.render("companies/templates.html", form=form, **context)


@router.post("/companies/{slug}/templates", max_body_size=PROSE_FORM_BYTES)
async def keep(slug: str, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep what the form holds."""
    context = await _context(page, reader, slug)
    draft = await page.form(TemplateDraft, "companies/templates.html", **context)
    await keep_refusal(tx, page.actor, context["company"].id, draft)
    return page.go(f"/companies/{slug}/templates", "template.kept")


@router.post("/companies/{slug}/templates/{template_id}/drop")
async def drop(slug: str, template_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Delete one of them."""
    await _context(page, reader, slug)
    await drop_refusal(tx, page.actor, template_id)
    return page.go(f"/companies/{slug}/templates", "template.dropped")
