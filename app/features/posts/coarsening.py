"""Where a concealed post may say that it is: no finer than a district, and wider in small ones.

Among fewer than five businesses of the same trade and size, a district names one of them as good
as by name (security.md, T39); such a post says its state instead.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.features.places.region import places_within
from app.features.posts.kinds import Cell
from app.models.companies import Company, CompanySector, CompanyState, Site
from app.models.places import Place, PlaceKind
from app.reference.sectors import WZ_2008

LEAST_IN_CELL: Final = 5  # businesses among which one is not found
_OWN_DISTRICT: Final = "000"  # ends the official code of a town that is a district of its own
_SMALL: Final = frozenset({PlaceKind.DISTRICT, PlaceKind.MUNICIPALITY})
_AGS_DIGITS: Final = 8


async def coarse_place(session: Session, place_id: UUID | None, cell: Cell) -> UUID | None:
    """Return the smallest place around this one that may be told: a district, else its state."""
    place = await session.get(Place, place_id) if place_id else None
    while place and not _is_coarse(place):
        place = await _around(session, place)
    if (
        place
        and place.kind in _SMALL
        and await _businesses(session, place.id, cell) < LEAST_IN_CELL
    ):
        place = await _state_around(session, place)
    return place.id if place else None


def _is_coarse(place: Place) -> bool:
    if place.kind == PlaceKind.MUNICIPALITY:
        code = place.code
        return code.isdigit() and len(code) == _AGS_DIGITS and code.endswith(_OWN_DISTRICT)
    return place.kind != PlaceKind.POSTCODE


async def _around(session: Session, place: Place) -> Place | None:
    return await session.get(Place, place.parent_id) if place.parent_id else None


async def _state_around(session: Session, place: Place) -> Place | None:
    around: Place | None = place
    while around and around.kind != PlaceKind.STATE:
        around = await _around(session, around)
    return around


async def _businesses(session: Session, place_id: UUID, cell: Cell) -> int:
    """Count the businesses known in a place that a post of this cell may be about."""
    fits = [
        Company.state != CompanyState.CLOSED,
        exists().where(Site.company_id == Company.id, Site.place_id.in_(places_within(place_id))),
    ]
    if cell.sector:
        of = CompanySector.division if cell.sector.isdigit() else CompanySector.section
        fits.append(
            exists().where(
                CompanySector.company_id == Company.id,
                CompanySector.classification == WZ_2008,
                of == cell.sector,
            )
        )
    if cell.size_bands:
        fits.append(or_(Company.size_band.is_(None), Company.size_band.in_(cell.size_bands)))
    some = select(Company.id).where(*fits).limit(LEAST_IN_CELL).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0
