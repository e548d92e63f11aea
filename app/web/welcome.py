"""The way on after signing up: to one's company, whether it is here already or not."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.text import Line
from app.edge.deps import Reads
from app.features.companies.claiming.reading import find_claimable
from app.features.companies.own import own_claims, own_companies
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
    """Show the companies one works for, and the claims that are open."""
    page.require(page.actor.is_signed_in)
    return await page.render(
        "companies/own.html",
        companies=await own_companies(reads, page.actor),
        claims=await own_claims(reads, page.actor),
    )
