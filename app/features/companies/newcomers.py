"""The newest companies of a place or a sector."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, func, select

from app.core.i18n import N_
from app.core.paging import Order, Paging
from app.core.reads import Reader, bound, prepared
from app.features.appearances.noting import note_companies
from app.features.companies import policy
from app.features.companies.sectors import SectorLevel, of_sector, sector_params
from app.features.places.region import places_within
from app.models.companies import Company, Site
from app.models.statistics import Surface

NEWEST = Order(
    "companies.newest",
    N_("Unternehmen auf den Seiten von Orten und Branchen: die zuletzt hinzugekommenen zuerst"),
    Company.created_at,
    Company.id,
    descending=True,
)
SHOWN = 6


@prepared
def _newest(of: SectorLevel, *, stubs: bool) -> Select[Any]:
    """Select those of a sector, or of a place where it is None."""
    columns: list[Any] = [
        Company.id, Company.slug, Company.name, Company.summary, Company.logo_id,
        Company.trains_apprentices, Site.postcode, Site.town,
    ]  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(Company.state.in_(policy.public_states(stubs=stubs)))
    )
    if of:
        return NEWEST.page(query.where(of_sector(of)), after=False)
    inside = places_within(bound("place_id", Uuid()))
    here = Site.place_id == any_(func.array(inside.scalar_subquery(), type_=ARRAY(Uuid())))
    return NEWEST.page(query.where(here), after=False)


async def newest_companies(
    reader: Reader, *, place_id: UUID | None = None, sector: str | None = None
) -> list[Any]:
    """Return the few companies that were the last to come to a place, or into a sector (``C``)."""
    of, params = sector_params(sector)
    read = _newest(of, stubs=policy.stubs_are_public())
    page = await NEWEST.fetch(reader, read, Paging(SHOWN), params | {"place_id": place_id})
    note_companies(Surface.DIRECTORY, [row.id for row in page.items])
    return page.items
