"""Pages for claiming companies, and for deciding on claims."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.edge.forms import Form
from app.features.companies.claiming.deciding import (
    CodeDraft,
    DecisionDraft,
    decide_claim,
    enter_code,
)
from app.features.companies.claiming.policy import Act
from app.features.companies.claiming.reading import (
    ClaimView,
    claims_for_operators,
    claims_on_company,
    find_claim,
    find_ways,
    own_claims,
)
from app.features.companies.claiming.requesting import (
    ClaimDraft,
    request_claim,
    withdraw_claim,
)
from app.features.companies.reading import find_company
from app.models.companies import ClaimState, ClaimWay
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


def _ways_forms(page: Page) -> dict[str, Any]:
    forms = {f"{way}_form": page.blank(ClaimDraft, {"way": way}) for way in ClaimWay}
    for form in forms.values():
        _require_all(form)
    return forms


def _require_all(form: Form) -> None:
    """Mark what each way asks for as needed: its form shows nothing else."""
    for field in form.fields:
        field.required = True


def _own_forms(page: Page, view: ClaimView) -> dict[str, Any]:
    forms: dict[str, Any] = {"view": view, "claim": view.claim}
    if Act.CONFIRM in view.viewer_can:
        forms["code_form"] = page.blank(CodeDraft)
    if Act.DECIDE in view.viewer_can:
        forms["decision_form"] = page.blank(DecisionDraft)
    return forms


@router.get("/companies/{company_id}/claim")
async def choose_way(company_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show by which ways a company can be claimed."""
    ways = await find_ways(reads, page.actor, company_id)
    return await page.render("claims/ways.html", ways=ways, **_ways_forms(page))


@router.post("/companies/{company_id}/claim")
async def claim(company_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Claim a company by one of the ways."""
    ways = await find_ways(reads, page.actor, company_id)
    way = str((await page.request.form()).get("way", ""))
    name = f"{way if way in set(ClaimWay) else ClaimWay.OPERATOR}_form"
    forms = {key: form for key, form in _ways_forms(page).items() if key != name}
    draft = await page.form(
        ClaimDraft, "claims/ways.html", name=name, prepare=_require_all, ways=ways, **forms
    )
    made = await request_claim(tx, page.actor, company_id, draft)
    asked = made.way in {ClaimWay.OPERATOR, ClaimWay.OWNERS}
    return page.go(f"/claims/{made.id}", "claim.asked" if asked else "claim.code_sent")


@router.get("/claims/{claim_id}")
async def show(claim_id: UUID, page: CurrentPage, reads: Reads) -> Response:
    """Show a claim: where the code goes, what is to be decided, or how it was."""
    view = await find_claim(reads, page.actor, claim_id)
    return await page.render("claims/show.html", **_own_forms(page, view))


@router.post("/claims/{claim_id}/code")
async def confirm(claim_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Take the company over with the code from the mail."""
    view = await find_claim(reads, page.actor, claim_id)
    draft = await page.form(
        CodeDraft, "claims/show.html", name="code_form", view=view, claim=view.claim
    )
    await enter_code(tx, page.actor, claim_id, draft)
    return page.go(f"/companies/{view.claim.slug}", "claim.granted")


@router.post("/claims/{claim_id}/withdraw")
async def withdraw(claim_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take back one's own claim."""
    await withdraw_claim(tx, page.actor, claim_id)
    return page.go("/me/claims", "claim.withdrawn")


@router.post("/claims/{claim_id}/decision")
async def decide(claim_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Grant or refuse, as an owner or as an operator."""
    view = await find_claim(reads, page.actor, claim_id)
    draft = await page.form(
        DecisionDraft, "claims/show.html", name="decision_form", view=view, claim=view.claim
    )
    decided = await decide_claim(tx, page.actor, claim_id, draft)
    desk = view.claim.way == ClaimWay.OPERATOR
    back = "/operator/claims" if desk else f"/companies/{view.claim.slug}/claims"
    granted = decided.state == ClaimState.GRANTED
    return page.go(back, "claim.decided_granted" if granted else "claim.decided_refused")


@router.get("/me/claims")
async def own(page: CurrentPage, reads: Reads, cursor: Cursor = None) -> Response:
    """Show the reader's claims."""
    found = await own_claims(reads, page.actor, Paging(cursor=cursor))
    return await page.render("claims/list.html", found=found, whose="own")


@router.get("/operator/claims")
async def desk(page: CurrentPage, reads: Reads, cursor: Cursor = None) -> Response:
    """Show operators what they are asked to decide."""
    found = await claims_for_operators(reads, page.actor, Paging(cursor=cursor))
    return await page.render("claims/list.html", found=found, whose="operator")


@router.get("/companies/{slug}/claims")
async def of_company(slug: str, page: CurrentPage, reads: Reads, cursor: Cursor = None) -> Response:
    """Show owners who wants to belong to their company."""
    company = await find_company(reads, page.actor, slug=slug)
    page.require("manage_staff" in company.viewer_can)
    found = await claims_on_company(reads, page.actor, company.company.id, Paging(cursor=cursor))
    return await page.render(
        "claims/list.html", found=found, whose="company", company=company.company
    )
