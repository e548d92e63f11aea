"""A company's page: everything on it, in the same number of queries for every company."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, null, select

from app.core.actor import Actor
from app.core.errors import Gone, NotFound
from app.core.reads import Reader, bound, prepared
from app.core.vcards import Address
from app.features.companies import policy
from app.features.companies.contacts import contacts_of
from app.features.companies.sites import sites_of
from app.features.companies.staff import staff_of
from app.features.people.policy import contact_datum
from app.models.companies import Company, CompanySector, CompanyState, Staff
from app.reference.codes import said
from app.reference.sectors import sector_label

# What a members' list says of a company serves claims only, and is never shown.
_UNSHOWN = frozenset({"sort_name", "import_source", "external_id", "email_on_file"})


@dataclass(frozen=True, slots=True)
class SectorView:
    """A sector of a company with the title of its division or section."""

    classification: int
    code: str
    section: str
    division: str | None
    title: str


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company as one reader sees it."""

    company: Any  # the columns that are shown, and role: the reader's own on the staff
    phone: str | None
    email: str | None
    sectors: list[SectorView]
    sites: list[Any]
    staff: list[Any]
    contacts: list[Any]
    viewer_can: frozenset[policy.Act]

    @property
    def main_site(self) -> Any | None:
        """The company's address."""
        return next((site for site in self.sites if site.is_main), None)

    @property
    def address(self) -> Address | None:
        """The company's address, for its business card."""
        site = self.main_site
        return Address(site.street, site.postcode, site.town) if site else None

    @property
    def may_publish(self) -> bool:
        """Whether there is the Impressum that publishing needs."""
        return bool(self.company.imprint or self.company.imprint_url)


def role_of(actor: Actor) -> ColumnElement[Any]:
    """Return the column that says what the reader is on a company's staff."""
    if not actor.is_signed_in:
        return cast(ColumnElement[Any], null())
    return (
        select(Staff.role)
        .where(
            Staff.company_id == Company.id,
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
        )
        .correlate(Company)
        .scalar_subquery()
    )


@prepared
def _company(actor: Actor, *, by_slug: bool) -> Select[Any]:
    key = Company.slug == bound("slug", Text()) if by_slug else Company.id == bound("id", Uuid())
    columns: list[Any] = [
        column for column in Company.__table__.columns if column.key not in _UNSHOWN
    ]
    return select(*columns, role_of(actor).label("role")).where(key)


@prepared
def _sectors() -> Select[Any]:
    columns: list[Any] = [
        CompanySector.classification,
        CompanySector.code,
        CompanySector.section,
        CompanySector.division,
    ]
    return (
        select(*columns)
        .where(CompanySector.company_id == bound("company_id", Uuid()))
        .order_by(CompanySector.id)
    )


async def find_company(
    reader: Reader, actor: Actor, *, slug: str | None = None, company_id: UUID | None = None
) -> CompanyView:
    """Return a company as ``actor`` sees it, by slug or by id.

    Gone for one that is closed, to all but its staff; NotFound for imported ones that are not
    public, as if they did not exist.
    """
    row = await reader.first(
        _company(actor.shape, by_slug=slug is not None),
        {"slug": slug, "id": company_id, "me": actor.person_id},
    )
    if row is None:
        raise NotFound
    viewer_can = policy.acts(actor, row.state, row.role, stubs=policy.stubs_are_public())
    if policy.Act.VIEW not in viewer_can:
        raise Gone if row.state == CompanyState.CLOSED else NotFound
    own = policy.Act.EDIT in viewer_can
    params = {"company_id": row.id}
    found = await reader.all(_sectors(), params)
    return CompanyView(
        company=row,
        phone=contact_datum(row.phone, row.phone_visibility, actor, own=own),
        email=contact_datum(row.email, row.email_visibility, actor, own=own),
        sectors=[_with_title(one) for one in found],
        sites=await reader.all(sites_of(), params),
        staff=await reader.all(staff_of(hidden=False, past=False), params),
        contacts=await contacts_of(reader, actor, row.id),
        viewer_can=viewer_can,
    )


def _with_title(row: Any) -> SectorView:
    label = sector_label(row.code, row.classification)
    return SectorView(
        row.classification, row.code, row.section, row.division, said(label) if label else row.code
    )
