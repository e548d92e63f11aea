"""Reading how far a release has come, and, once both sides have released, who the other is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, select

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.reads import Reader, bound, prepared
from app.features.inquiries.reading import InquiryView, read_inquiry
from app.features.succession.releasing import Act, Standing, acts
from app.models.accounts import Account
from app.models.companies import Company, Site
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.people import Person
from app.models.succession import Disclosure, DisclosureStep, Mediation, MediationCheck


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release as one side sees it: times, the log, and who mediates."""

    inquiry: InquiryView
    here: Standing
    steps: list[Any]
    acts: frozenset[Act]
    row: Any


def _inquiry_id() -> Any:
    return bound("inquiry_id", Uuid())


@prepared
def _release() -> Select[Any]:
    columns: list[Any] = [
        Disclosure.opener_released_at,
        Disclosure.keeper_released_at,
        Disclosure.opened_at,
        Company.id.label("mediator_id"),
        Company.name.label("mediator_name"),
        Company.slug.label("mediator_slug"),
        MediationCheck.checked_at,
        MediationCheck.note,
    ]
    return (
        select(*columns)
        .select_from(Inquiry)
        .outerjoin(Disclosure, Disclosure.inquiry_id == Inquiry.id)
        .outerjoin(Mediation, Mediation.post_id == Inquiry.post_id)
        .outerjoin(Company, Company.id == Mediation.company_id)
        .outerjoin(MediationCheck, MediationCheck.inquiry_id == Inquiry.id)
        .where(Inquiry.id == _inquiry_id())
    )


@prepared
def _steps() -> Select[Any]:
    columns: list[Any] = [DisclosureStep.side, DisclosureStep.act, DisclosureStep.taken_at]
    return (
        select(*columns)
        .where(DisclosureStep.inquiry_id == _inquiry_id())
        .order_by(DisclosureStep.taken_at, DisclosureStep.id)
        .limit(100)
    )


async def read_release(reader: Reader, actor: Actor, inquiry_id: UUID) -> ReleaseView:
    """Return how far the release in an inquiry has come, to its two sides only."""
    view = await read_inquiry(reader, actor, inquiry_id)
    if not view.row.is_concealed:
        raise NotFound
    given = {"inquiry_id": inquiry_id}
    row = await reader.first(_release(), given)
    if row is None:
        raise NotFound
    released = (row.opener_released_at, row.keeper_released_at)
    mine, theirs = released if view.side == Side.OPENER else released[::-1]
    here = Standing(view.row.state, mine, theirs, row.opened_at)
    return ReleaseView(view, here, await reader.all(_steps(), given), acts(here), row)


@prepared
def _contact(*, of_company: bool) -> Select[Any]:
    columns: list[Any] = [
        Person.id.label("person_id"),
        Person.name.label("person_name"),
        Person.slug.label("person_slug"),
        Person.phone.label("person_phone"),
        Account.email.label("person_email"),
    ]
    query = (
        select(*columns)
        .outerjoin(Account, Account.id == Person.account_id)
        .where(Person.id == bound("person_id", Uuid()))
    )
    if not of_company:
        return query
    company: list[Any] = [
        Company.id.label("company_id"),
        Company.name.label("company_name"),
        Company.slug.label("company_slug"),
        Company.phone.label("company_phone"),
        Company.email.label("company_email"),
        Site.street,
        Site.postcode,
        Site.town,
    ]
    return (
        query.add_columns(*company)
        .join(Company, Company.id == bound("company_id", Uuid()))
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
    )


async def contact_of(reader: Reader, actor: Actor, inquiry_id: UUID) -> Any:
    """Return how to reach the other side of an inquiry, once both have released and one looked.

    Before that there is nothing here, and nothing again if a release was withdrawn in time.
    """
    view = await read_inquiry(reader, actor, inquiry_id)
    other = view.other
    if not view.row.is_concealed or other.person is None or other.person.id is None:
        raise NotFound
    given = {"person_id": other.person.id}
    if other.company:
        given["company_id"] = other.company.id
    row = await reader.first(_contact(of_company=other.company is not None), given)
    if row is None:
        raise NotFound
    return row
