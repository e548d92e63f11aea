"""Pages for the staff of a company, and for invitations to it."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.errors import NotFound
from app.edge.deps import Reads, Tx
from app.features.companies.invitations import (
    InvitationDraft,
    accept_invitation,
    find_invitation,
    invite_staff,
    open_invitations,
    revoke_invitation,
)
from app.features.companies.policy import Act
from app.features.companies.reading import CompanyView, find_company
from app.features.companies.staff import (
    StaffDraft,
    change_staff,
    hand_over,
    leave_company,
    list_staff,
    remove_staff,
)
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter(prefix="/companies")


async def _context(page: Page, reads: Reads, view: CompanyView) -> dict[str, Any]:
    managing = Act.MANAGE_STAFF in view.viewer_can
    page.require(view.company.role is not None)
    return {
        "view": view,
        "company": view.company,
        "managing": managing,
        "staff": await list_staff(reads, view.company.id, managing=managing),
        "invitations": await open_invitations(reads, view.company.id) if managing else [],
    }


@router.get("/invitations/{token}")
async def ask_to_accept(token: str, page: CurrentPage, reads: Reads) -> Response:
    """Show an invitation to who holds its link."""
    invitation = await find_invitation(reads, token)
    return await page.render("companies/invitation.html", invitation=invitation, token=token)


@router.post("/invitations/{token}/accept")
async def accept(token: str, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Join a company's staff."""
    staff = await accept_invitation(tx, page.actor, token)
    view = await find_company(reads, page.actor, company_id=staff.company_id)
    return page.go(f"/companies/{view.company.slug}", "staff.joined")


@router.get("/{slug}/staff")
async def show(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show who works for a company; owners see everybody and the open invitations."""
    view = await find_company(reads, page.actor, slug=slug)
    context = await _context(page, reads, view)
    return await page.render("companies/staff.html", form=page.blank(InvitationDraft), **context)


@router.post("/{company_id}/staff-invitations")
async def invite(company_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Invite somebody by e-mail."""
    view = await find_company(reads, page.actor, company_id=company_id)
    context = await _context(page, reads, view)
    draft = await page.form(InvitationDraft, "companies/staff.html", **context)
    await invite_staff(tx, page.actor, company_id, draft)
    return page.go(f"/companies/{view.company.slug}/staff", "staff.invited")


@router.post("/{company_id}/staff-invitations/{invitation_id}/revoke")
async def revoke(
    company_id: UUID, invitation_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Revoke an invitation."""
    await revoke_invitation(tx, page.actor, company_id, invitation_id)
    return await _back(page, reads, company_id, "staff.revoked")


@router.get("/{slug}/staff/{staff_id}")
async def ask_to_change(slug: str, staff_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show the form that changes somebody's place on the staff."""
    view = await find_company(reads, page.actor, slug=slug)
    row = await _row(page, reads, view, staff_id)
    form = page.blank(StaffDraft, row._asdict(), version=row.version)
    return await page.render("companies/staff_edit.html", form=form, view=view, row=row)


@router.post("/{company_id}/staff/{staff_id}")
async def change(
    company_id: UUID, staff_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Change somebody's place on the staff."""
    view = await find_company(reads, page.actor, company_id=company_id)
    row = await _row(page, reads, view, staff_id)
    draft = await page.form(StaffDraft, "companies/staff_edit.html", view=view, row=row)
    await change_staff(tx, page.actor, company_id, staff_id, draft, expected=await page.version())
    return await _back(page, reads, company_id, "staff.changed")


@router.post("/{company_id}/staff/{staff_id}/remove")
async def remove(
    company_id: UUID, staff_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """End somebody's place on the staff."""
    await remove_staff(tx, page.actor, company_id, staff_id)
    return await _back(page, reads, company_id, "staff.removed")


@router.post("/{company_id}/staff/{staff_id}/hand-over")
async def give(
    company_id: UUID, staff_id: UUID, page: CurrentPage, reads: Reads, tx: Tx
) -> Response:
    """Hand a company over to somebody of its staff."""
    await hand_over(tx, page.actor, company_id, staff_id)
    return await _back(page, reads, company_id, "staff.handed_over")


@router.post("/{company_id}/leave")
async def leave(company_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Leave a company."""
    await leave_company(tx, page.actor, company_id)
    return page.go("/me/companies", "company.left")


async def _row(page: Page, reads: Reads, view: CompanyView, staff_id: UUID) -> Any:
    managing = Act.MANAGE_STAFF in view.viewer_can
    rows = await list_staff(reads, view.company.id, managing=True)
    row = next((row for row in rows if row.id == staff_id and not row.ended_at), None)
    if row is None:
        raise NotFound
    page.require(managing or row.person_id == page.actor.person_id)
    return row


async def _back(page: Page, reads: Reads, company_id: UUID, notice: str) -> Response:
    view = await find_company(reads, page.actor, company_id=company_id)
    still = view.company.role is not None
    return page.go(f"/companies/{view.company.slug}{'/staff' if still else ''}", notice)
