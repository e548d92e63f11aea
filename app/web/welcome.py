"""The way on after signing up: to one's company, whether it is here already or not."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.text import Line
from app.edge.deps import Reads, Tx
from app.features.companies.claiming.reading import find_claimable
from app.features.companies.invited import (
    accept_own_invitation,
    decline_invitation,
    invitations_to_me,
)
from app.features.companies.own import own_claims, own_companies
from app.features.companies.reading import find_company
from app.web.page import CurrentPage, PageRouter

router = PageRouter()


@router.get("/welcome")
async def welcome(
    page: CurrentPage, reads: Reads, company: Annotated[str, Line(160, 0), Query()] = ""
) -> Response:
    """Offer to claim a company that is in the list, to found one, or to go on without."""
    page.require(page.actor.is_signed_in)
    return await page.render(
        "companies/welcome.html",
        wanted=company,
        found=await find_claimable(reads, page.actor, company),
    )


@router.get("/me/companies")
async def own(page: CurrentPage, reads: Reads) -> Response:
    """Show the companies one works for, invitations, and the claims that are open."""
    page.require(page.actor.is_signed_in)
    return await page.render(
        "companies/own.html",
        companies=await own_companies(reads, page.actor),
        claims=await own_claims(reads, page.actor),
        invitations=await invitations_to_me(reads, page.actor),
    )


@router.post("/me/company-invitations/{invitation_id}/accept")
async def accept(invitation_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Join the staff of a company that has invited the reader."""
    staff = await accept_own_invitation(tx, page.actor, invitation_id)
    view = await find_company(reads, page.actor, company_id=staff.company_id)
    return page.go(f"/companies/{view.company.slug}", "staff.joined")


@router.post("/me/company-invitations/{invitation_id}/decline")
async def decline(invitation_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Decline to join the staff of a company."""
    await decline_invitation(tx, page.actor, invitation_id)
    return page.go("/me/companies", "staff.declined")
