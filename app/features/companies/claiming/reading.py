"""What is to be read of claims: the ways to a company, one's own claims, those to decide on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, literal, select
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.paging import Order, Page, Paging
from app.core.reads import Prepared, Reader, bound, prepared
from app.features.companies import policy as companies
from app.features.companies.claiming import policy
from app.features.companies.claiming.deciding import MOST_TRIES
from app.features.companies.domains import website_domain
from app.features.companies.own import find_namesakes
from app.features.people.policy import slug_seen
from app.models.companies import (
    Claim,
    ClaimState,
    ClaimWay,
    Company,
    CompanyState,
    Site,
    Staff,
    StaffRole,
)
from app.models.people import Person

NEWEST = Order(
    "claims.own", N_("Ihre Anträge auf Unternehmen: der neueste zuerst"), Claim.id, descending=True
)
OLDEST = Order("claims.open", N_("Anträge zur Entscheidung: der älteste zuerst"), Claim.id)
LEAST_LETTERS: Final = 3
_owner = aliased(Staff)


@dataclass(frozen=True, slots=True)
class Ways:
    """By which ways a company can be claimed, and no more of it than its name and town."""

    id: UUID
    name: str
    town: str
    state: CompanyState
    ways: tuple[ClaimWay, ...]
    masked_email: str | None
    domain: str | None


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as its reader sees it."""

    claim: Any
    viewer_can: frozenset[policy.Act]

    @property
    def tries_left(self) -> int | None:
        """How often a code may still be entered; None where there is none to enter."""
        by_code = self.claim.way in policy.BY_CODE and self.claim.state == ClaimState.OPEN
        return MOST_TRIES - self.claim.code_tries if by_code else None

    @property
    def company_slug(self) -> str | None:
        """The address of the company's page, if it has one for everybody."""
        public = self.claim.company_state == CompanyState.ACTIVE
        return str(self.claim.slug) if public else None


async def find_claimable(reader: Reader, actor: Actor, name: str) -> list[Any]:
    """Return companies of about this name, at most ten: id, name, town and state.

    Imported companies are not public. Who looks for their own may be shown this much of them,
    signed in, by at least three letters, and so many times an hour.
    """
    if actor.person_id is None:
        raise SignInRequired
    if sum(map(str.isalnum, name)) < LEAST_LETTERS:
        return []
    await limiter().hit("find_claimable", f"account:{actor.account_id}")
    return await find_namesakes(reader, actor, name)


@prepared
def _company() -> Select[Any]:
    has_owner = (
        select(literal(value=True))
        .where(
            _owner.company_id == Company.id,
            _owner.role == StaffRole.OWNER,
            _owner.ended_at.is_(None),
        )
        .exists()
    )
    role = (
        select(Staff.role)
        .where(
            Staff.company_id == Company.id,
            Staff.person_id == bound("me", Uuid()),
            Staff.ended_at.is_(None),
        )
        .scalar_subquery()
    )
    columns: list[Any] = [
        Company.id,
        Company.name,
        Company.state,
        Company.email_on_file,
        Company.website,
        Site.town,
        has_owner.label("has_owner"),
        role.label("role"),
    ]
    return (
        select(*columns)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(Company.id == bound("company_id", Uuid()))
    )


async def find_ways(reader: Reader, actor: Actor, company_id: UUID) -> Ways:
    """Return the ways by which ``actor`` can claim a company; the address on file is masked."""
    if actor.person_id is None:
        raise SignInRequired
    row = await reader.first(_company(), {"company_id": company_id, "me": actor.person_id})
    if row is None or row.state == CompanyState.CLOSED:
        raise NotFound
    stubs = companies.stubs_are_public()
    if companies.Act.CLAIM not in companies.acts(actor, row.state, row.role, stubs=stubs):
        raise Forbidden
    await limiter().hit("find_claimable", f"account:{actor.account_id}")
    if row.state == CompanyState.ACTIVE:
        way = ClaimWay.OWNERS if row.has_owner else ClaimWay.OPERATOR
        return Ways(row.id, row.name, row.town or "", row.state, (way,), None, None)
    masked = masked_address(row.email_on_file) if row.email_on_file else None
    domain = website_domain(row.website) if row.website else None
    ways = [ClaimWay.OPERATOR]
    if domain:
        ways.insert(0, ClaimWay.WEBSITE_DOMAIN)
    if masked:
        ways.insert(0, ClaimWay.EMAIL_ON_FILE)
    return Ways(row.id, row.name, row.town or "", row.state, tuple(ways), masked, domain)


def masked_address(address: str) -> str:
    """Return ``k•••@f•••.example`` for ``kontakt@firma.example``: enough to recognise it."""
    local, _, domain = address.partition("@")
    name, _, end = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••.{end}"


def _claims(actor: Actor, *, operator: bool) -> Select[Any]:
    columns: list[Any] = [
        Claim.id,
        Claim.company_id,
        Claim.person_id,
        Claim.way,
        Claim.state,
        Claim.reason,
        Claim.decision,
        Claim.code_tries,
        Claim.created_at,
        Claim.expires_at,
        Claim.version,
        Company.name.label("company_name"),
        Company.state.label("company_state"),
        Company.slug,
        Company.website,
        Company.register_court,
        Company.register_type,
        Company.register_number,
        Site.town,
        Person.name.label("person_name"),
        slug_seen().label("person_slug"),
        (Claim.person_id == actor.person_id).label("is_own"),
        policy.owned_by(actor).label("is_owner"),
    ]
    return (
        select(*columns)
        .join(Company, Company.id == Claim.company_id)
        .join(Person, Person.id == Claim.person_id)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(policy.visible_to(actor, operator=operator))
    )


@prepared
def _one(actor: Actor, *, operator: bool) -> Select[Any]:
    wanted = Claim.id == bound("claim_id", Uuid())
    return _claims(actor, operator=operator).where(wanted)


@prepared
def _own(actor: Actor, *, after: bool) -> Select[Any]:
    mine = _claims(actor, operator=False).where(Claim.person_id == actor.person_id)
    return NEWEST.page(mine, after=after)


@prepared
def _of_company(actor: Actor, *, after: bool) -> Select[Any]:
    asked = _claims(actor, operator=False).where(
        Claim.company_id == bound("company_id", Uuid()),
        Claim.way == ClaimWay.OWNERS,
        Claim.state == ClaimState.OPEN,
        policy.owned_by(actor),
    )
    return OLDEST.page(asked, after=after)


@prepared
def _of_operators(actor: Actor, *, after: bool) -> Select[Any]:
    asked = _claims(actor, operator=True).where(
        Claim.way == ClaimWay.OPERATOR, Claim.state == ClaimState.OPEN
    )
    return OLDEST.page(asked, after=after)


async def find_claim(reader: Reader, actor: Actor, claim_id: UUID) -> ClaimView:
    """Return a claim to who made it, and to those who decide on it."""
    if actor.person_id is None:
        raise SignInRequired
    row = await reader.first(
        _one(actor.shape, operator=actor.operator), {"me": actor.person_id, "claim_id": claim_id}
    )
    if row is None:
        raise NotFound
    return _view(actor, row)


async def own_claims(reader: Reader, actor: Actor, paging: Paging) -> Page[ClaimView]:
    """Return the reader's own claims, the newest first."""
    return await _listed(reader, actor, NEWEST, _own, paging, {})


async def claims_on_company(
    reader: Reader, actor: Actor, company_id: UUID, paging: Paging
) -> Page[ClaimView]:
    """Return the open claims on a company to its owners, the oldest first."""
    return await _listed(reader, actor, OLDEST, _of_company, paging, {"company_id": company_id})


async def claims_for_operators(reader: Reader, actor: Actor, paging: Paging) -> Page[ClaimView]:
    """Return the open claims that operators are asked to decide on, the oldest first."""
    if actor.is_signed_in and not actor.operator:
        raise Forbidden
    return await _listed(reader, actor, OLDEST, _of_operators, paging, {})


async def _listed(
    reader: Reader,
    actor: Actor,
    order: Order,
    read: Callable[..., Prepared],
    paging: Paging,
    params: dict[str, Any],
) -> Page[ClaimView]:
    if actor.person_id is None:
        raise SignInRequired
    described = read(actor.shape, after=paging.cursor is not None)
    page = await order.fetch(reader, described, paging, {"me": actor.person_id, **params})
    return page.map(lambda row: _view(actor, row))


def _view(actor: Actor, row: Any) -> ClaimView:
    granted = policy.acts(actor, row.way, row.state, is_own=row.is_own, is_owner=row.is_owner)
    return ClaimView(row, granted)
