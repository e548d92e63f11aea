"""JSON endpoints for people: the directory, profiles, one's own profile, business cards."""

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
from app.core.errors import NotFound, SignInRequired, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.core.vcards import write_card
from app.edge.cards import CardResponse
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.people.cards import card_of_person
from app.features.people.directory import PersonFilters, list_people
from app.features.people.policy import Act
from app.features.people.profile import PersonChanges, PersonView, edit_profile, find_person
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.models.companies import StaffRole
from app.models.people import Visibility

router = ContractRouter(tags=["people"])


class PersonListedOut(Out):
    """A person in a list."""

    id: UUID
    slug: str
    name: str
    headline: str
    function: str
    topics: list[str]
    languages: list[str]
    place: str | None
    company: str | None = Field(description="Where they work; the first by name.")
    distance_km: float | None = Field(
        None, description="Of their place from `place`; null where none is asked for."
    )


class PositionOut(Out):
    """A person's place on the staff of a company."""

    id: UUID = Field(description="Of the company.")
    slug: str
    name: str
    role: StaffRole
    function: str
    ended_at: datetime | None = Field(description="Null as long as they work there.")


class ResponsibilityOut(Out):
    """A topic that a person answers for in a company."""

    topic: str
    place: str | None = Field(description="Null: everywhere.")
    company: str
    company_slug: str


class PersonOut(Out):
    """A profile as the reader may see it."""

    id: UUID
    slug: str
    name: str
    headline: str
    function: str
    about: str = Field(description="Markdown.")
    about_html: str
    topics: list[str]
    languages: list[str]
    place: str | None
    phone: str | None = Field(description="E.164; null where the reader may not see it.")
    contact_email: str | None = Field(description="Null where the reader may not see it.")
    website: str | None = Field(description="Null where the reader may not see it.")
    positions: list[PositionOut]
    responsibilities: list[ResponsibilityOut]
    version: int
    updated_at: datetime
    viewer_can: list[Act]


class OwnProfileOut(PersonOut):
    """One's own profile, with who sees what of it."""

    phone_visibility: Visibility
    contact_email_visibility: Visibility
    website_visibility: Visibility
    found_by_search_engines: bool
    accepts_messages: bool
    is_minor: bool


class PersonParams(PageParams, PersonFilters):
    """Which people, in which order."""


def _out(view: PersonView) -> dict[str, Any]:
    return {
        **view.person._asdict(),
        "phone": view.phone,
        "contact_email": view.contact_email,
        "website": view.website,
        "positions": view.positions,
        "responsibilities": view.responsibilities,
        "viewer_can": sorted(view.viewer_can),
    }


async def _own(reader: Reader, actor: Actor, request: Request) -> dict[str, Any]:
    if actor.person_id is None:
        raise SignInRequired
    view = await find_person(reader, actor, person_id=actor.person_id)
    tagged(request, view.person.version)
    return _out(view)


@router.get(
    "/people",
    response_model=Listing[PersonListedOut],
    summary="List people",
    **operation(
        scope="people:read", public=True, refuses=(BadCursor, PlaceUnknown, PlaceAmbiguous)
    ),
)
async def list_(
    request: Request,
    response: Response,
    reads: Reads,
    actor: CurrentActor,
    params: Annotated[PersonParams, Query()],
) -> Any:
    """List people by name, or by distance from a place."""
    page = await list_people(reads, actor, params, params.paging)
    return listing(page, request, response)


@router.get(
    "/people/{person_id}",
    response_model=PersonOut,
    summary="Read a person's profile",
    **operation(scope="people:read", public=True, refuses=(NotFound,)),
)
async def read(person_id: UUID, reads: Reads, actor: CurrentActor, request: Request) -> Any:
    """Return a profile with the contact data that the reader may see."""
    view = await find_person(reads, actor, person_id=person_id)
    tagged(request, view.person.version)
    return _out(view)


@router.get(
    "/people/{person_id}/vcard",
    response_class=CardResponse,
    summary="Read a person's business card",
    **operation(scope="people:read", public=True, refuses=(NotFound,)),
)
async def card(person_id: UUID, reads: Reads, actor: CurrentActor) -> CardResponse:
    """Return a vCard 4.0 with the contact data that the reader may see."""
    view = await find_person(reads, actor, person_id=person_id)
    return CardResponse(write_card(card_of_person(view)))


@router.get(
    "/me",
    response_model=OwnProfileOut,
    summary="Read one's own profile",
    **operation(scope="people:read", refuses=(NotFound,)),
)
async def read_own(reads: Reads, actor: CurrentActor, request: Request) -> Any:
    """Return one's own profile with everything in it."""
    return await _own(reads, actor, request)


@router.patch(
    "/me",
    response_model=OwnProfileOut,
    summary="Change one's own profile",
    **operation(
        scope="people:write",
        refuses=(NotFound, Stale, PlaceUnknown, PlaceAmbiguous),
        has_body=True,
    ),
)
async def change_own(
    changes: PersonChanges,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Change what is given, and nothing else."""
    await edit_profile(tx, actor, changes, expected=expected)
    return await _own(SessionReader(tx), actor, request)
