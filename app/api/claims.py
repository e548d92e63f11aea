"""JSON endpoints for claiming companies."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation, tagged
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.core.text import Line
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.claiming.deciding import (
    CodeDraft,
    CodeWrong,
    DecisionDraft,
    decide_claim,
    enter_code,
)
from app.features.companies.claiming.loading import ClaimIsForOwners, ClaimOver
from app.features.companies.claiming.policy import Act
from app.features.companies.claiming.reading import (
    ClaimView,
    claims_for_operators,
    claims_on_company,
    find_claim,
    find_claimable,
    find_ways,
    own_claims,
)
from app.features.companies.claiming.requesting import (
    AlreadyOwner,
    ClaimAlreadyOpen,
    ClaimDraft,
    NoEmailOnFile,
    request_claim,
    withdraw_claim,
)
from app.models.companies import ClaimState, ClaimWay, CompanyState

router = ContractRouter(tags=["claims"])


class ClaimableOut(Out):
    """A company that may be the reader's; imported ones are not public beyond this."""

    id: UUID
    name: str
    town: str | None
    state: CompanyState = Field(description="`stub`: nobody owns it; `active`: it has owners.")


class ClaimableListOut(Out):
    items: list[ClaimableOut]


class WaysOut(Out):
    """How a company can be claimed."""

    id: UUID
    name: str
    town: str
    state: CompanyState
    ways: list[ClaimWay]
    masked_email: str | None = Field(description="Where a code would go, as `k•••@f•••.example`.")
    domain: str | None = Field(description="The domain at which an address proves enough.")


class ClaimedCompanyOut(Out):
    id: UUID
    name: str
    slug: str | None = Field(description="Null while the company is not public.")
    town: str | None


class ClaimantOut(Out):
    id: UUID
    name: str
    slug: str | None = Field(description="Null for a person who has left.")


class ClaimOut(Out):
    """A person's claim on a company."""

    id: UUID
    company: ClaimedCompanyOut
    person: ClaimantOut
    way: ClaimWay
    state: ClaimState
    reason: str
    decision: str = Field(description="The word of those who decided.")
    tries_left: int | None = Field(description="How often a code may still be entered.")
    created_at: datetime
    expires_at: datetime
    version: int
    viewer_can: list[Act]


def _out(view: ClaimView) -> ClaimOut:
    row = view.claim
    return ClaimOut(
        id=row.id,
        company=ClaimedCompanyOut(
            id=row.company_id, name=row.company_name, slug=view.company_slug, town=row.town
        ),
        person=ClaimantOut(id=row.person_id, name=row.person_name, slug=row.person_slug),
        way=row.way,
        state=row.state,
        reason=row.reason,
        decision=row.decision,
        tries_left=view.tries_left,
        created_at=row.created_at,
        expires_at=row.expires_at,
        version=row.version,
        viewer_can=sorted(view.viewer_can),
    )


async def _shown(reader: Reader, actor: Actor, claim_id: UUID, request: Request) -> ClaimOut:
    view = await find_claim(reader, actor, claim_id)
    tagged(request, view.claim.version)
    return _out(view)


@router.get(
    "/claimable-companies",
    response_model=ClaimableListOut,
    summary="Find a company in order to claim it",
    **operation(scope="companies:read"),
)
async def find(
    reads: Reads,
    actor: CurrentActor,
    q: Annotated[str, Line(80, 0), Query(description="Its name, at least three letters.")] = "",
) -> Any:
    """Find companies by name, at most ten. Counted: 60 searches an hour for each account."""
    return {"items": await find_claimable(reads, actor, q)}


@router.get(
    "/claimable-companies/{company_id}",
    response_model=WaysOut,
    summary="Read how a company can be claimed",
    **operation(scope="companies:read", refuses=(NotFound, Forbidden)),
)
async def ways(company_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return the ways to a company that the reader does not own."""
    return await find_ways(reads, actor, company_id)


@router.post(
    "/companies/{company_id}/claims",
    status_code=201,
    response_model=ClaimOut,
    summary="Claim a company",
    **operation(
        scope="companies:write",
        refuses=(NotFound, Forbidden, AlreadyOwner, ClaimAlreadyOpen, NoEmailOnFile),
        has_body=True,
    ),
)
async def claim(
    company_id: UUID,
    draft: ClaimDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Ask for a company by a code, or by a reason on which operators or owners decide."""
    made = await request_claim(tx, actor, company_id, draft)
    response.headers["Location"] = f"/api/v1/claims/{made.id}"
    return await _shown(SessionReader(tx), actor, made.id, request)


@router.get(
    "/companies/{company_id}/claims",
    response_model=Listing[ClaimOut],
    summary="List the open claims on a company",
    **operation(scope="companies:read", refuses=(BadCursor,)),
)
async def of_company(
    company_id: UUID,
    reads: Reads,
    actor: CurrentActor,
    params: Paged,
    request: Request,
    response: Response,
) -> Any:
    """List what its owners are asked to decide; the list is empty for everybody else."""
    page = await claims_on_company(reads, actor, company_id, params.paging)
    return listing(page.map(_out), request, response)


@router.get(
    "/me/claims",
    response_model=Listing[ClaimOut],
    summary="List one's own claims",
    **operation(scope="companies:read", refuses=(BadCursor,)),
)
async def own(
    reads: Reads, actor: CurrentActor, params: Paged, request: Request, response: Response
) -> Any:
    """List the reader's claims, decided ones too, the newest first."""
    page = await own_claims(reads, actor, params.paging)
    return listing(page.map(_out), request, response)


@router.get(
    "/operator/claims",
    response_model=Listing[ClaimOut],
    summary="List the claims that operators decide on",
    **operation(scope="companies:read", refuses=(BadCursor, Forbidden)),
)
async def of_operators(
    reads: Reads, actor: CurrentActor, params: Paged, request: Request, response: Response
) -> Any:
    """List the open claims without a code, the oldest first; for operators."""
    page = await claims_for_operators(reads, actor, params.paging)
    return listing(page.map(_out), request, response)


@router.get(
    "/claims/{claim_id}",
    response_model=ClaimOut,
    summary="Read a claim",
    **operation(scope="companies:read", refuses=(NotFound,)),
)
async def read(claim_id: UUID, reads: Reads, actor: CurrentActor, request: Request) -> Any:
    """Return a claim to who made it and to those who decide on it."""
    return await _shown(reads, actor, claim_id, request)


@router.post(
    "/claims/{claim_id}/code",
    response_model=ClaimOut,
    summary="Enter the code of a claim",
    **operation(
        scope="companies:write",
        refuses=(NotFound, Forbidden, ClaimOver, ClaimIsForOwners, CodeWrong),
        has_body=True,
    ),
)
async def confirm(
    claim_id: UUID, draft: CodeDraft, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Become the owner with the code from the mail; five tries."""
    await enter_code(tx, actor, claim_id, draft)
    return await _shown(SessionReader(tx), actor, claim_id, request)


@router.delete(
    "/claims/{claim_id}",
    status_code=204,
    summary="Withdraw a claim",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, ClaimOver)),
)
async def withdraw(claim_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take back one's own open claim."""
    await withdraw_claim(tx, actor, claim_id)


_DECIDES = operation(
    scope="companies:write", refuses=(NotFound, Forbidden, ClaimOver), has_body=True
)


@router.post(
    "/claims/{claim_id}/decision",
    response_model=ClaimOut,
    summary="Decide on a claim on one's company",
    **_DECIDES,
)
async def decide(
    claim_id: UUID, draft: DecisionDraft, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Grant a role or refuse, as an owner."""
    await decide_claim(tx, actor, claim_id, draft)
    return await _shown(SessionReader(tx), actor, claim_id, request)


@router.post(
    "/operator/claims/{claim_id}/decision",
    response_model=ClaimOut,
    summary="Decide on a claim as an operator",
    **_DECIDES,
)
async def decide_as_operator(
    claim_id: UUID, draft: DecisionDraft, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Make who asked the owner of the company, or refuse."""
    if not actor.operator:
        raise Forbidden
    await decide_claim(tx, actor, claim_id, draft)
    return await _shown(SessionReader(tx), actor, claim_id, request)
