"""JSON endpoints for companies: the directory, founding, profiles, closing, business cards."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.core.actor import Actor
from app.core.errors import Forbidden, Gone, NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.core.vcards import write_card
from app.edge.cards import CardResponse
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.cards import card_of_company
from app.features.companies.closing import close_company, reopen_company
from app.features.companies.directory import CompanyFilters, count_facets, list_companies
from app.features.companies.founding import found_company
from app.features.companies.policy import Act
from app.features.companies.profile import CompanyChanges, CompanyDraft, edit_company
from app.features.companies.reading import CompanyView, find_company
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.models.companies import CompanyState, OrganisationForm, StaffRole
from app.models.people import Visibility

router = ContractRouter(prefix="/companies", tags=["companies"])


class CompanyListedOut(Out):
    """A company in a list."""

    id: UUID
    slug: str
    name: str
    form: OrganisationForm
    summary: str
    size_band: str | None
    trains_apprentices: bool | None
    postcode: str | None
    town: str | None
    sector: str | None = Field(description="The first one, as `2008:25.62`.")
    distance_km: float | None = Field(
        None, description="Of the main site from `place`; null where none is asked for."
    )


class FacetsOut(Out):
    """How many companies fit, and how many of those have each value."""

    count: int
    sector: dict[str, int] = Field(description="By section of WZ 2008.")
    size_band: dict[str, int]
    form: dict[str, int]
    topic: dict[str, int] = Field(description="Has a contact person for it.")
    trains_apprentices: dict[str, int]


class SectorOut(Out):
    """A sector with the classification without which its code means nothing."""

    classification: int
    code: str
    section: str
    division: str | None
    title: str


class SiteOut(Out):
    """A place of business."""

    id: UUID
    label: str
    street: str
    postcode: str
    town: str
    latitude: float | None
    longitude: float | None
    is_main: bool


class StaffShownOut(Out):
    """Somebody who works for a company."""

    id: UUID
    person_id: UUID
    name: str
    slug: str
    role: StaffRole
    function: str


class ContactOut(Out):
    """A contact person, with the contact data that the reader may see."""

    id: UUID
    topic: str
    place: str | None = Field(description="Null: everywhere.")
    person_id: UUID
    name: str
    slug: str
    function: str
    phone: str | None
    email: str | None
    stand_in_id: UUID | None
    stand_in: str | None
    company_id: UUID
    company: str
    company_slug: str
    company_phone: str | None
    company_email: str | None
    company_place: str | None
    distance_km: float | None = Field(
        None, description="Of the company's main site; null where no place is asked for."
    )


class CompanyOut(Out):
    """A company as the reader may see it."""

    id: UUID
    slug: str
    name: str
    form: OrganisationForm
    state: CompanyState
    legal_form: str | None
    register_court: str | None
    register_type: str | None
    register_number: str | None
    vat_id: str | None
    size_band: str | None
    trains_apprentices: bool | None
    mediates_successions: bool = Field(description="Offers to mediate between aliases.")
    founded_year: int | None
    summary: str
    description: str = Field(description="Markdown.")
    description_html: str
    offers: list[str]
    needs: list[str]
    website: str | None
    phone: str | None = Field(description="E.164; null where the reader may not see it.")
    phone_visibility: Visibility | None = Field(description="For those who edit.")
    email: str | None = Field(description="Null where the reader may not see it.")
    email_visibility: Visibility | None = Field(description="For those who edit.")
    imprint: str
    imprint_url: str | None
    may_publish: bool = Field(description="Whether there is an Impressum.")
    sectors: list[SectorOut]
    sites: list[SiteOut]
    staff: list[StaffShownOut]
    contacts: list[ContactOut]
    role: StaffRole | None = Field(description="The reader's own.")
    version: int
    updated_at: datetime
    viewer_can: list[Act]


class CompanyParams(PageParams, CompanyFilters):
    """Which companies, in which order."""


def company_out(view: CompanyView) -> dict[str, Any]:
    """Return a company as the contract has it."""
    edits = Act.EDIT in view.viewer_can
    company = view.company
    return {
        **company._asdict(),
        "phone": view.phone,
        "email": view.email,
        "phone_visibility": company.phone_visibility if edits else None,
        "email_visibility": company.email_visibility if edits else None,
        "may_publish": view.may_publish,
        "sectors": view.sectors,
        "sites": view.sites,
        "staff": view.staff,
        "contacts": view.contacts,
        "viewer_can": sorted(view.viewer_can),
    }


async def _shown(
    reader: Reader, actor: Actor, company_id: UUID, request: Request
) -> dict[str, Any]:
    view = await find_company(reader, actor, company_id=company_id)
    tagged(request, view.company.version)
    return company_out(view)


@router.get(
    "",
    response_model=Listing[CompanyListedOut],
    summary="List companies",
    **operation(
        scope="companies:read", public=True, refuses=(BadCursor, PlaceUnknown, PlaceAmbiguous)
    ),
)
async def list_(
    request: Request,
    response: Response,
    reads: Reads,
    params: Annotated[CompanyParams, Query()],
) -> Any:
    """List companies by name, or by distance from a place."""
    page = await list_companies(reads, params, params.paging)
    return listing(page, request, response)


@router.post(
    "",
    status_code=201,
    response_model=CompanyOut,
    summary="Found a company",
    **operation(scope="companies:write", has_body=True),
)
async def found(
    draft: CompanyDraft, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Found a company; the founder becomes its owner."""
    company = await found_company(tx, actor, draft)
    response.headers["Location"] = f"/api/v1/companies/{company.id}"
    return await _shown(SessionReader(tx), actor, company.id, request)


@router.get(
    "/facets",
    response_model=FacetsOut,
    summary="Count companies",
    **operation(scope="companies:read", public=True, refuses=(PlaceUnknown, PlaceAmbiguous)),
)
async def facets(reads: Reads, params: Annotated[CompanyFilters, Query()]) -> Any:
    """Count the companies that fit, and how many of them have each value of each facet.

    The counts of a thousand companies or more may be half a minute old.
    """
    counts = await count_facets(reads, params)
    return {**counts, "count": counts["all"].get("", 0)}


@router.get(
    "/{company_id}",
    response_model=CompanyOut,
    summary="Read a company",
    **operation(scope="companies:read", public=True, refuses=(NotFound, Gone)),
)
async def read(company_id: UUID, reads: Reads, actor: CurrentActor, request: Request) -> Any:
    """Return a company with its sites, staff and contact persons."""
    return await _shown(reads, actor, company_id, request)


@router.patch(
    "/{company_id}",
    response_model=CompanyOut,
    summary="Change a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, Stale), has_body=True),
)
async def change(
    company_id: UUID,
    changes: CompanyChanges,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Change what is given, and nothing else; for its owners and editors."""
    await edit_company(tx, actor, company_id, changes, expected=expected)
    return await _shown(SessionReader(tx), actor, company_id, request)


@router.delete(
    "/{company_id}",
    status_code=204,
    summary="Close a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, Stale)),
)
async def close(company_id: UUID, tx: Tx, actor: CurrentActor, expected: ExpectedVersion) -> None:
    """Take a company out of every list; its owners may reopen it."""
    await close_company(tx, actor, company_id, expected=expected)


@router.post(
    "/{company_id}/reopen",
    response_model=CompanyOut,
    summary="Reopen a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden)),
)
async def reopen(company_id: UUID, tx: Tx, actor: CurrentActor, request: Request) -> Any:
    """Open a closed company again, as its owner."""
    await reopen_company(tx, actor, company_id)
    return await _shown(SessionReader(tx), actor, company_id, request)


@router.get(
    "/{company_id}/vcard",
    response_class=CardResponse,
    summary="Read a company's business card",
    **operation(scope="companies:read", public=True, refuses=(NotFound, Gone)),
)
async def card(company_id: UUID, reads: Reads, actor: CurrentActor) -> CardResponse:
    """Return a vCard 4.0 with the contact data that the reader may see."""
    view = await find_company(reads, actor, company_id=company_id)
    return CardResponse(write_card(card_of_company(view)))
