"""One's own companies: where one works, and which may be waiting in the imported list."""

from typing import Any

from sqlalchemy import Select, Uuid, select

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.reads import Reader, bound, prepared
from app.features.people.directory import name_params, named_like
from app.models.companies import Claim, ClaimState, Company, CompanyState, Site, Staff

_MOST = 10


@prepared
def _places() -> Select[Any]:
    columns: list[Any] = [
        Company.id,
        Company.slug,
        Company.name,
        Company.state,
        Company.logo_id,
        Staff.id.label("staff_id"),
        Staff.role,
        Staff.function,
    ]
    return (
        select(*columns)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == bound("me", Uuid()),
            Staff.ended_at.is_(None),
        )
        .order_by(Company.sort_name, Company.id)
        .limit(200)
    )


@prepared
def _claims() -> Select[Any]:
    columns: list[Any] = [
        Claim.id,
        Company.id.label("company_id"),
        Company.name,
        Claim.way,
        Claim.created_at,
    ]
    return (
        select(*columns)
        .join(Company, Company.id == Claim.company_id)
        .where(
            Claim.person_id == bound("me", Uuid()),
            Claim.state == ClaimState.OPEN,
        )
        .order_by(Claim.id)
        .limit(50)
    )


@prepared
def _namesakes(*, short: bool) -> Select[Any]:
    columns: list[Any] = [Company.id, Company.name, Company.state, Site.town]
    return (
        select(*columns)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(Company.state != CompanyState.CLOSED, named_like(Company.sort_name, short=short))
        .order_by(Company.sort_name, Company.id)
        .limit(_MOST)
    )


async def own_companies(reader: Reader, actor: Actor) -> list[Any]:
    """Return the companies whose staff the reader is on, closed ones too, by name."""
    if actor.person_id is None:
        raise SignInRequired
    return await reader.all(_places(), {"me": actor.person_id})


async def own_claims(reader: Reader, actor: Actor) -> list[Any]:
    """Return the reader's claims that are not decided yet."""
    if actor.person_id is None:
        raise SignInRequired
    return await reader.all(_claims(), {"me": actor.person_id})


async def find_namesakes(reader: Reader, actor: Actor, name: str) -> list[Any]:
    """Return companies of about this name that can be claimed, at most ten, by name.

    Imported companies are not public; whoever looks for their own sees its name and town (and
    which state it is in), and must be signed in for that.
    """
    if actor.person_id is None:
        raise SignInRequired
    params, short = name_params(name)
    if not params["name"]:
        return []
    return await reader.all(_namesakes(short=short), params)
