"""Places of business: the main one is the company's address."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.i18n import N_
from app.core.reads import bound, prepared
from app.core.text import Line
from app.features.companies import policy
from app.features.companies.keeping import company_for
from app.features.places.lookup import find_place
from app.models.companies import Company, Site

MAX_SITES = 200


class MainSiteNeeded(Conflict):
    code = "main_site_needed"
    text = N_("Der Hauptstandort kann nicht entfernt werden. Bestimmen Sie zuerst einen anderen.")


class TooManySites(Conflict):
    code = "too_many_sites"
    text = N_("Mehr Standorte sind hier nicht möglich.")


class SiteDraft(BaseModel):
    """The address of a place of business."""

    model_config = ConfigDict(extra="forbid")

    street: Annotated[
        str,
        Line(120, 0),
        Asked(N_("Straße und Hausnummer"), autocomplete="address-line1", group=N_("Standort")),
    ] = ""
    postcode: Annotated[
        str,
        Field(pattern="^[0-9]{5}$"),
        Asked(N_("Postleitzahl"), autocomplete="postal-code", group=N_("Standort")),
    ]
    town: Annotated[
        str, Line(80), Asked(N_("Ort"), autocomplete="address-level2", group=N_("Standort"))
    ]


class FurtherSiteDraft(SiteDraft):
    """A place of business, and what it is called."""

    label: Annotated[
        str,
        Line(80, 0),
        Asked(N_("Bezeichnung"), N_("Zum Beispiel: Lager Nord, Filiale Witten.")),
    ] = ""
    is_main: Annotated[bool, Asked(N_("Das ist der Hauptstandort"))] = False


async def put_site(session: Session, site: Site, draft: SiteDraft, *path: str) -> None:
    """Write an address to ``site`` with its place and position.

    ``path`` names the field that holds the draft, for the refusal of an unknown postcode.
    """
    try:
        place = await find_place(session, f"{draft.postcode} {draft.town}")
    except Invalid as refusal:
        errors = [
            FieldError((*path, "postcode"), error.code, error.text) for error in refusal.errors
        ]
        raise Invalid(*errors) from None
    site.street, site.postcode, site.town = draft.street, draft.postcode, draft.town
    site.place_id, site.latitude, site.longitude = place.id, place.latitude, place.longitude


async def add_site(
    session: Session, actor: Actor, company_id: UUID, draft: FurtherSiteDraft
) -> Site:
    """Add a place of business; as the main one if the draft says so."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    count = await session.scalar(
        select(func.count()).select_from(Site).where(Site.company_id == company.id)
    )
    if (count or 0) >= MAX_SITES:
        raise TooManySites
    site = Site(company_id=company.id, label=draft.label)
    await put_site(session, site, draft)
    session.add(site)
    await session.flush()
    await _make_main(session, company, site, wanted=draft.is_main or not count)
    return site


async def edit_site(
    session: Session, actor: Actor, company_id: UUID, site_id: UUID, draft: FurtherSiteDraft
) -> Site:
    """Change a place of business; the main one stays so until another becomes it."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    site = await _site(session, company, site_id)
    site.label = draft.label
    await put_site(session, site, draft)
    await _make_main(session, company, site, wanted=draft.is_main)
    await session.flush()
    return site


async def remove_site(session: Session, actor: Actor, company_id: UUID, site_id: UUID) -> None:
    """Remove a place of business, but never the main one."""
    company = await company_for(session, actor, company_id, policy.Act.EDIT)
    site = await _site(session, company, site_id)
    if site.is_main:
        raise MainSiteNeeded
    await session.delete(site)
    await session.flush()


async def _site(session: Session, company: Company, site_id: UUID) -> Site:
    site = await session.scalar(
        select(Site).where(Site.id == site_id, Site.company_id == company.id)
    )
    if site is None:
        raise NotFound
    return site


async def _make_main(session: Session, company: Company, site: Site, *, wanted: bool) -> None:
    if not wanted or site.is_main:
        return
    present = await session.scalar(select(Site).where(Site.company_id == company.id, Site.is_main))
    if present:
        present.is_main = False
        await session.flush()
    site.is_main = True
    await session.flush()


@prepared
def sites_of() -> Select[Any]:
    """Read the places of business of ``company_id``, the main one first."""
    columns: list[Any] = [
        Site.id,
        Site.label,
        Site.street,
        Site.postcode,
        Site.town,
        Site.latitude,
        Site.longitude,
        Site.is_main,
    ]
    return (
        select(*columns)
        .where(Site.company_id == bound("company_id", Uuid()))
        .order_by(Site.is_main.desc(), Site.town, Site.id)
        .limit(MAX_SITES)
    )
