"""JSON endpoints for places of business and contact persons."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.api.companies import ContactOut, SiteOut
from app.api.contract import ContractRouter, Listing, Out, PageParams, listing, operation
from app.core.errors import Forbidden, Gone, NotFound
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.core.vcards import write_card
from app.edge.cards import CardResponse
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.cards import card_of_contact
from app.features.companies.contacts import (
    ContactDraft,
    ContactExists,
    ContactFilters,
    TooManyContacts,
    add_contact,
    edit_contact,
    find_contact,
    list_contacts,
    remove_contact,
)
from app.features.companies.reading import find_company
from app.features.companies.sites import (
    FurtherSiteDraft,
    MainSiteNeeded,
    TooManySites,
    add_site,
    edit_site,
    remove_site,
)
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.models.companies import Site

router = ContractRouter(tags=["companies"])


class SitesOut(Out):
    items: list[SiteOut]


class ContactsOut(Out):
    items: list[ContactOut]


class ContactParams(PageParams, ContactFilters):
    """Who answers for what, where."""


@router.get(
    "/companies/{company_id}/sites",
    response_model=SitesOut,
    summary="List places of business",
    **operation(scope="companies:read", public=True, refuses=(NotFound, Gone)),
)
async def sites(company_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """List the places of business, the main one first."""
    view = await find_company(reads, actor, company_id=company_id)
    return {"items": view.sites}


@router.post(
    "/companies/{company_id}/sites",
    status_code=201,
    response_model=SiteOut,
    summary="Add a place of business",
    **operation(
        scope="companies:write", refuses=(NotFound, Forbidden, TooManySites), has_body=True
    ),
)
async def site_added(
    company_id: UUID, draft: FurtherSiteDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Site:
    """Add a place of business, perhaps as the main one."""
    site = await add_site(tx, actor, company_id, draft)
    response.headers["Location"] = f"/api/v1/companies/{company_id}/sites/{site.id}"
    return site


@router.put(
    "/companies/{company_id}/sites/{site_id}",
    response_model=SiteOut,
    summary="Change a place of business",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden), has_body=True),
)
async def site_changed(
    company_id: UUID, site_id: UUID, draft: FurtherSiteDraft, tx: Tx, actor: CurrentActor
) -> Site:
    """Replace an address; the main one stays main until another becomes it."""
    return await edit_site(tx, actor, company_id, site_id, draft)


@router.delete(
    "/companies/{company_id}/sites/{site_id}",
    status_code=204,
    summary="Remove a place of business",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, MainSiteNeeded)),
)
async def site_removed(company_id: UUID, site_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Remove a place of business, but never the main one."""
    await remove_site(tx, actor, company_id, site_id)


@router.get(
    "/companies/{company_id}/contacts",
    response_model=ContactsOut,
    summary="List the contact persons of a company",
    **operation(scope="companies:read", public=True, refuses=(NotFound, Gone)),
)
async def contacts(company_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """List the contact persons by topic, with the data that the reader may see."""
    view = await find_company(reads, actor, company_id=company_id)
    return {"items": view.contacts}


@router.post(
    "/companies/{company_id}/contacts",
    status_code=201,
    response_model=ContactOut,
    summary="Name a contact person",
    **operation(
        scope="companies:write",
        refuses=(NotFound, Forbidden, ContactExists, TooManyContacts, PlaceUnknown, PlaceAmbiguous),
        has_body=True,
    ),
)
async def contact_added(
    company_id: UUID, draft: ContactDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Name who answers for a topic in a place, or everywhere."""
    contact = await add_contact(tx, actor, company_id, draft)
    response.headers["Location"] = f"/api/v1/contacts/{contact.id}"
    return await find_contact(SessionReader(tx), actor, contact.id)


@router.put(
    "/companies/{company_id}/contacts/{contact_id}",
    response_model=ContactOut,
    summary="Change a contact person",
    **operation(
        scope="companies:write",
        refuses=(NotFound, Forbidden, ContactExists, PlaceUnknown, PlaceAmbiguous),
        has_body=True,
    ),
)
async def contact_changed(
    company_id: UUID, contact_id: UUID, draft: ContactDraft, tx: Tx, actor: CurrentActor
) -> Any:
    """Replace who answers for a topic, where, and who stands in."""
    contact = await edit_contact(tx, actor, company_id, contact_id, draft)
    return await find_contact(SessionReader(tx), actor, contact.id)


@router.delete(
    "/companies/{company_id}/contacts/{contact_id}",
    status_code=204,
    summary="Name a contact person no longer",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden)),
)
async def contact_removed(company_id: UUID, contact_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take somebody off the list of contact persons."""
    await remove_contact(tx, actor, company_id, contact_id)


@router.get(
    "/contacts",
    response_model=Listing[ContactOut],
    summary="Find who answers for a topic",
    **operation(
        scope="companies:read", public=True, refuses=(BadCursor, PlaceUnknown, PlaceAmbiguous)
    ),
)
async def find(
    request: Request,
    response: Response,
    reads: Reads,
    actor: CurrentActor,
    params: Annotated[ContactParams, Query()],
) -> Any:
    """List contact persons of all organisations on equal terms: the nearest first, or by name."""
    page = await list_contacts(reads, actor, params, params.paging)
    return listing(page, request, response)


@router.get(
    "/contacts/{contact_id}",
    response_model=ContactOut,
    summary="Read a contact person",
    **operation(scope="companies:read", public=True, refuses=(NotFound,)),
)
async def read(contact_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return a contact person with the data that the reader may see."""
    return await find_contact(reads, actor, contact_id)


@router.get(
    "/contacts/{contact_id}/vcard",
    response_class=CardResponse,
    summary="Read a contact person's business card",
    **operation(scope="companies:read", public=True, refuses=(NotFound,)),
)
async def card(contact_id: UUID, reads: Reads, actor: CurrentActor) -> CardResponse:
    """Return a vCard 4.0 with the contact data that the reader may see."""
    return CardResponse(write_card(card_of_contact(await find_contact(reads, actor, contact_id))))
