"""Contact persons: who answers for which topic in which place, and who stands in for them."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    Text,
    Uuid,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.drafts import Narrowing
from app.core.errors import Conflict, Invalid, NotFound
from app.core.i18n import N_
from app.core.paging import MAX_LIMIT, Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.text import Line
from app.features.appearances.noting import note_companies
from app.features.companies import policy
from app.features.companies.keeping import company_for
from app.features.companies.sectors import SectorLevel, of_sector, sector_params
from app.features.people.policy import contact_datum
from app.features.places.distance import distance_km
from app.features.places.lookup import find_place, find_point
from app.features.places.region import places_around
from app.models.companies import Company, CompanyState, Contact, Site, Staff
from app.models.people import Person, Visibility
from app.models.places import Place
from app.models.statistics import Surface
from app.reference.codes import SectorFilter
from app.reference.topics import Topic, topic_choices

MAX_CONTACTS = 500
SHOWN = 3  # of each topic, on pages of places and sectors
_UNKNOWN_KM = 99_999.0  # of organisations that name no address: last, but there
_Person = aliased(Person, name="person")
_StandIn = aliased(Person, name="stand_in")
_AWAY = distance_km(
    Site.latitude,
    Site.longitude,
    bound("latitude", Double()),
    bound("longitude", Double()),
)

BY_NAME = Order(
    "contacts.name",
    N_("Kontaktpersonen nach dem Namen ihrer Organisation, dann nach dem eigenen"),
    Company.sort_name,
    _Person.sort_name,
    Contact.id,
)
BY_DISTANCE = Order(
    "contacts.distance",
    N_(
        "Kontaktpersonen nach Entfernung des Hauptstandorts ihrer Organisation (Luftlinie), bei "
        "gleicher Entfernung nach dem Namen der Organisation, dann nach dem eigenen. Kammer, "
        "Stadt, Verband und Unternehmen stehen zu gleichen Bedingungen darin."
    ),
    func.coalesce(_AWAY, literal(_UNKNOWN_KM, Double())),
    Company.sort_name,
    _Person.sort_name,
    Contact.id,
)


class ContactExists(Conflict):
    code = "contact_exists"
    text = N_("Diese Person ist für dieses Thema an diesem Ort schon genannt.")


class TooManyContacts(Conflict):
    code = "too_many_contacts"
    text = N_("Mehr Kontaktpersonen sind hier nicht möglich.")


class ContactDraft(BaseModel):
    """Who answers for a topic; everywhere, where no place is named."""

    model_config = ConfigDict(extra="forbid")

    person_id: Annotated[UUID, Asked(N_("Person"), N_("Jemand aus Ihrem Unternehmen."))]
    topic: Annotated[Topic, Asked(N_("Thema"), choices=topic_choices)]
    place: Annotated[
        Annotated[str, Line(120, 0)] | None,
        Asked(N_("Ort"), N_("Postleitzahl oder Name; frei lassen, wenn es überall gilt.")),
    ] = None
    stand_in_id: Annotated[UUID | None, Asked(N_("Vertretung"))] = None


class ContactFilters(Narrowing):
    """What the list of contact persons can be narrowed by."""

    topic: Annotated[Topic | None, Asked(N_("Thema"), choices=topic_choices)] = None
    place: Annotated[
        Annotated[str, Line(120, 0)] | None,
        Field(description="Postcode or name of a place."),
        Asked(N_("Ort"), N_("Postleitzahl oder Name")),
    ] = None
    sector: SectorFilter = None


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact person as one reader sees them."""

    id: UUID
    topic: str
    place: str | None
    person_id: UUID
    name: str
    slug: str
    function: str
    picture_id: UUID | None
    phone: str | None
    email: str | None
    stand_in: str | None
    stand_in_id: UUID | None
    stand_in_slug: str | None
    company_id: UUID
    company: str
    company_slug: str
    company_phone: str | None
    company_email: str | None
    company_place: str | None
    distance_km: float | None


ByTopic = dict[str, list[ContactView]]


def _contacts() -> Select[Any]:
    columns: list[Any] = [
        Contact.id,
        Contact.topic,
        Place.name.label("place"),
        Contact.person_id,
        _Person.name,
        _Person.slug,
        Staff.function,
        _Person.picture_id,
        _Person.phone,
        _Person.phone_visibility,
        _Person.contact_email,
        _Person.contact_email_visibility,
        _StandIn.id.label("stand_in_id"),
        _StandIn.name.label("stand_in"),
        _StandIn.slug.label("stand_in_slug"),
        Company.id.label("company_id"),
        Company.name.label("company"),
        Company.slug.label("company_slug"),
        Company.phone.label("company_phone"),
        Company.phone_visibility.label("company_phone_visibility"),
        Company.email.label("company_email"),
        Company.email_visibility.label("company_email_visibility"),
        Site.town.label("company_place"),
    ]
    return (
        select(*columns)
        .select_from(Contact)
        .join(Company, Company.id == Contact.company_id)
        .join(_Person, _Person.id == Contact.person_id)
        .join(
            Staff,
            (Staff.company_id == Contact.company_id)
            & (Staff.person_id == Contact.person_id)
            & Staff.ended_at.is_(None),
        )
        .outerjoin(_StandIn, (_StandIn.id == Contact.stand_in_id) & _StandIn.left_at.is_(None))
        .outerjoin(Place, Place.id == Contact.place_id)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(_Person.left_at.is_(None))
    )


@prepared
def _of_company() -> Select[Any]:
    return (
        _contacts()
        .where(Contact.company_id == bound("company_id", Uuid()))
        .order_by(Contact.topic, _Person.sort_name, Contact.id)
        .limit(MAX_CONTACTS)
    )


@prepared
def _one() -> Select[Any]:
    return _contacts().where(
        Contact.id == bound("id", Uuid()),
        Company.state == CompanyState.ACTIVE,
    )


@prepared
def _listed(*, topic: bool, sector: SectorLevel, near: bool, after: bool) -> Select[Any]:
    query = _contacts().where(Company.state == CompanyState.ACTIVE)
    if sector:
        query = query.where(of_sector(sector))
    if topic:
        query = query.where(Contact.topic == bound("topic", Text()))
    if near:
        place: ColumnElement[UUID] = bound("place_id", Uuid())
        query = query.where(
            or_(Contact.place_id.is_(None), Contact.place_id.in_(places_around(place)))
        ).add_columns(_AWAY.label("distance_km"))
    return (BY_DISTANCE if near else BY_NAME).page(query, after=after)


def _seen(row: Any, actor: Actor) -> ContactView:
    def datum(value: str | None, visibility: Visibility) -> str | None:
        return contact_datum(value, visibility, actor, own=row.person_id == actor.person_id)

    filtered = {"phone", "email", "company_phone", "company_email"}
    shared: dict[str, Any] = {
        name: getattr(row, name, None) for name in ContactView.__slots__ if name not in filtered
    }
    return ContactView(
        **shared,
        phone=datum(row.phone, row.phone_visibility),
        email=datum(row.contact_email, row.contact_email_visibility),
        company_phone=contact_datum(row.company_phone, row.company_phone_visibility, actor),
        company_email=contact_datum(row.company_email, row.company_email_visibility, actor),
    )


async def contacts_of(reader: Reader, actor: Actor, company_id: UUID) -> list[ContactView]:
    """Return the contact persons of a company by topic and name."""
    rows = await reader.all(_of_company(), {"company_id": company_id})
    return [_seen(row, actor) for row in rows]


async def find_contact(reader: Reader, actor: Actor, contact_id: UUID) -> ContactView:
    """Return one contact person of a company that is active."""
    row = await reader.first(_one(), {"id": contact_id})
    if row is None:
        raise NotFound
    return _seen(row, actor)


async def list_contacts(
    reader: Reader, actor: Actor, filters: ContactFilters, paging: Paging
) -> Page[ContactView]:
    """Return who answers for a topic in a place, of all organisations on equal terms.

    With a place: those who answer there, in what lies around it, or everywhere; the nearest
    organisation first. Without: by the name of the organisation.
    """
    point = await find_point(reader, filters.place) if filters.place else None
    page = await _listed_around(reader, actor, filters, point, paging)
    note_companies(Surface.DIRECTORY, [one.company_id for one in page.items])
    return page


async def contacts_around(reader: Reader, actor: Actor, place: Any) -> ByTopic:
    """Return the nearest contact persons of a place (a row with position) for each topic."""
    found = await _listed_around(reader, actor, ContactFilters(), place, Paging(MAX_LIMIT))
    return _by_topic(found.items)


async def contacts_in_sector(reader: Reader, actor: Actor, sector: str) -> ByTopic:
    """Return the first contact persons of the organisations of a sector for each topic."""
    wanted = ContactFilters(sector=sector)
    found = await _listed_around(reader, actor, wanted, None, Paging(MAX_LIMIT))
    return _by_topic(found.items)


def _by_topic(found: list[ContactView]) -> ByTopic:
    """Return the first few for each topic, in the order in which topics first occur."""
    few: ByTopic = {}
    for one in found:
        shown = few.setdefault(one.topic, [])
        if len(shown) < SHOWN:
            shown.append(one)
    note_companies(
        Surface.DIRECTORY, [one.company_id for several in few.values() for one in several]
    )
    return few


async def _listed_around(
    reader: Reader, actor: Actor, filters: ContactFilters, point: Any | None, paging: Paging
) -> Page[ContactView]:
    level, sector = sector_params(filters.sector)
    params: dict[str, Any] = {"topic": filters.topic, **sector}
    if point:
        params |= {"place_id": point.id, "latitude": point.latitude, "longitude": point.longitude}
    read = _listed(
        topic=filters.topic is not None,
        sector=level,
        near=point is not None,
        after=paging.cursor is not None,
    )
    order: Order = BY_DISTANCE if point else BY_NAME
    page = await order.fetch(reader, read, paging, params)
    return page.map(lambda row: _seen(row, actor))


async def add_contact(
    session: Session, actor: Actor, company_id: UUID, draft: ContactDraft
) -> Contact:
    """Name who answers for a topic in a place; both persons must be of the staff."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    contact = Contact(company_id=company.id, person_id=draft.person_id, topic=draft.topic)
    await _write(session, contact, draft)
    return contact


async def edit_contact(
    session: Session, actor: Actor, company_id: UUID, contact_id: UUID, draft: ContactDraft
) -> Contact:
    """Change who answers for a topic, where, or who stands in."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    contact = await _contact(session, company, contact_id)
    await _write(session, contact, draft)
    return contact


async def remove_contact(
    session: Session, actor: Actor, company_id: UUID, contact_id: UUID
) -> None:
    """Name somebody no longer as contact person."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    await session.delete(await _contact(session, company, contact_id))
    await session.flush()


async def _contact(session: Session, company: Company, contact_id: UUID) -> Contact:
    contact = await session.scalar(
        select(Contact).where(Contact.id == contact_id, Contact.company_id == company.id)
    )
    if contact is None:
        raise NotFound
    return contact


async def _write(session: Session, contact: Contact, draft: ContactDraft) -> None:
    wanted = {"person_id": draft.person_id, "stand_in_id": draft.stand_in_id}
    present = set(
        await session.scalars(
            select(Staff.person_id).where(
                Staff.company_id == contact.company_id,
                Staff.ended_at.is_(None),
                Staff.person_id.in_([one for one in wanted.values() if one]),
            )
        )
    )
    for name, person_id in wanted.items():
        if person_id and person_id not in present:
            text = N_("Diese Person gehört nicht zum Unternehmen.")
            raise Invalid.one(name, "not_on_staff", text)
    place = await find_place(session, draft.place) if draft.place else None
    place_id = place.id if place else None
    others = await session.scalars(
        select(Contact).where(Contact.company_id == contact.company_id, Contact.id != contact.id)
    )
    rows = others.all()
    if len(rows) >= MAX_CONTACTS:
        raise TooManyContacts
    if any(
        (row.person_id, row.topic, row.place_id) == (draft.person_id, draft.topic, place_id)
        for row in rows
    ):
        raise ContactExists
    contact.person_id, contact.stand_in_id = draft.person_id, draft.stand_in_id
    contact.topic, contact.place_id = draft.topic, place_id
    session.add(contact)
    await session.flush()
