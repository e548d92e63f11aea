"""The newest companies of a place or a sector."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, any_, bindparam, exists, func, select

from app.core.i18n import N_
from app.core.paging import Order, Paging
from app.core.reads import Reader, prepared
from app.features.companies import policy
from app.features.places.region import places_within
from app.models.companies import Company, CompanySector, Site
from app.reference.sectors import SectorCode

NEWEST = Order(
    "companies.newest",
    N_("Unternehmen auf den Seiten von Orten und Branchen: die zuletzt hinzugekommenen zuerst"),
    Company.created_at,
    Company.id,
    descending=True,
)
SHOWN = 6
_Of = Literal["place", "section", "division"]


@prepared
def _newest(of: _Of, *, stubs: bool) -> Select[Any]:
    columns: list[Any] = [
        Company.id, Company.slug, Company.name, Company.summary, Company.logo_id,
        Company.trains_apprentices, Site.postcode, Site.town,
    ]  # fmt: skip
    query = (
        select(*columns)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(Company.state.in_(policy.public_states(stubs=stubs)))
    )
    if of == "place":
        inside = places_within(bindparam("place_id", type_=Uuid(), required=True))
        query = query.where(
            Site.place_id == any_(func.array(inside.scalar_subquery(), type_=ARRAY(Uuid())))
        )
    else:
        column = CompanySector.section if of == "section" else CompanySector.division
        query = query.where(
            exists().where(
                CompanySector.company_id == Company.id,
                CompanySector.classification
                == bindparam("year", type_=CompanySector.classification.type, required=True),
                column == bindparam("code", type_=Text(), required=True),
            )
        )
    return NEWEST.page(query, after=False)


async def newest_companies(
    reader: Reader, *, place_id: UUID | None = None, sector: SectorCode | None = None
) -> list[Any]:
    """Return the few companies that were the last to come to a place, or into a sector."""
    of: _Of = "place"
    params: dict[str, Any] = {"place_id": place_id}
    if sector:
        of = "division" if sector.division else "section"
        params = {"year": sector.classification, "code": sector.division or sector.section}
    read = _newest(of, stubs=policy.stubs_are_public())
    return (await NEWEST.fetch(reader, read, Paging(SHOWN), params)).items
