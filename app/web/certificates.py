"""Pages for certificates of attendance: getting one as PDF, and checking one that is shown."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.reads import SessionReader
from app.core.text import Line
from app.edge.certificate_sheets import certificate_response, grouped
from app.edge.deps import CurrentCaller, Reads, Tx
from app.features.events.answering import registration_id_of
from app.features.events.certifying import (
    HolderDraft,
    certificate_of,
    find_certificate,
    is_holder,
    issue_by_key,
    issue_certificate,
)
from app.features.events.registrations import read_as_guest, read_registration
from app.web.page import CurrentPage, PageRouter

router = PageRouter()
Code = Annotated[str, Path(max_length=40)]
Key = Annotated[str, Query(max_length=500)]


class CodeDraft(BaseModel):
    """The code of a certificate."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Line(40), Asked(N_("Prüfcode"), autocomplete="off")]


@router.post("/registrations/{registration_id}/certificate")
async def issue(registration_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Issue a certificate, and lead to its PDF."""
    _ = page.me
    await issue_certificate(tx, page.actor, registration_id)
    return page.go(f"/registrations/{registration_id}/certificate.pdf")


@router.get("/registrations/{registration_id}/certificate.pdf")
async def as_pdf(registration_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Give a certificate as PDF."""
    view = await read_registration(reader, page.actor, registration_id)
    return await certificate_response(await certificate_of(reader, view), view.name)


@router.post("/guest-registrations/certificate")
async def issue_to_guest(key: Key, page: CurrentPage, tx: Tx) -> Response:
    """Issue a guest's certificate, and lead to its PDF."""
    await issue_by_key(tx, key)
    return page.go(f"/guest-registrations/certificate.pdf?key={key}")


@router.get("/guest-registrations/certificate.pdf")
async def guest_as_pdf(key: Key, reader: Reads) -> Response:
    """Give a guest's certificate as PDF."""
    view = await read_as_guest(reader, registration_id_of(key))
    return await certificate_response(await certificate_of(reader, view), view.name)


@router.get("/certificates")
async def ask(
    page: CurrentPage, code: Annotated[str | None, Query(max_length=40)] = None
) -> Response:
    """Ask for the code of a certificate."""
    said = "".join(letter for letter in (code or "").upper() if letter.isalnum())
    if said:
        return page.go(f"/certificates/{grouped(said)}")
    return await page.render("events/certificates.html", form=page.blank(CodeDraft))


@router.get("/certificates/{code}")
async def check(code: Code, page: CurrentPage, reader: Reads) -> Response:
    """Show what was certified, without the name."""
    certificate = await find_certificate(reader, code)
    form = page.blank(HolderDraft)
    return await page.render(
        "events/certificate.html", certificate=certificate, form=form, is_holder=None
    )


@router.post("/certificates/{code}")
async def compare(code: Code, page: CurrentPage, tx: Tx, caller: CurrentCaller) -> Response:
    """Say whether the name on the certificate is right; nothing is written."""
    reader = SessionReader(tx)
    certificate = await find_certificate(reader, code)
    context = {"certificate": certificate, "is_holder": None}
    draft = await page.form(HolderDraft, "events/certificate.html", **context)
    context["is_holder"] = await is_holder(reader, code, draft, address=caller.address)
    return await page.render(
        "events/certificate.html", form=page.blank(HolderDraft, draft), **context
    )
