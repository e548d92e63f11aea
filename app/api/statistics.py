"""JSON and CSV of the numbers about municipalities, sectors and the region: open data."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from app.api.contract import ContractRouter, Out, operation
from app.core.errors import NotFound
from app.core.small_numbers import SMALLEST, Withheld
from app.core.text import Line
from app.edge.deps import Reads
from app.edge.open_data import numbers_csv
from app.edge.tables import CsvResponse
from app.features.places.reading import find_area
from app.features.statistics.figures import REGION, Measure, place_subject, sector_subject
from app.features.statistics.reading import Numbers, numbers_about, source
from app.reference.codes import section_or_division

router = ContractRouter(tags=["statistics"])
PlaceKey = Annotated[
    str,
    Line(120),
    Path(description="Official code (AGS), id, or name of a municipality (`hattingen`)."),
]
SectorKey = Annotated[str, Line(10), Path(description="Section or division: `2008:C`, `2008:25`.")]


class FigureOut(Out):
    """One number."""

    measure: Measure
    item: str | None = Field(description="Of what: code of a place or sector, kind, month.")
    label: str = Field(description="What the item is called, in your language.")
    value: float | None = Field(description="Null where it is withheld.")
    withheld: Withheld | None = Field(
        description="`under_5`: nought to four. `withheld`: others could be reckoned out of it."
    )


class StatisticsOut(Out):
    """The numbers about one subject."""

    subject: str = Field(description="`region`, or the code of a place or sector.")
    counted_at: datetime | None = Field(description="Null where nothing has been counted yet.")
    smallest: int = Field(description="Numbers below this are withheld.")
    source: str
    licence: str
    licence_url: str
    figures: list[FigureOut]


def _out(subject: str, numbers: Numbers | None) -> dict[str, Any]:
    return {
        "subject": subject,
        "counted_at": numbers.counted_at if numbers else None,
        "smallest": SMALLEST,
        **source(),
        "figures": [
            {
                "measure": line.figure.measure,
                "item": line.item if line.figure.item else None,
                "label": line.label,
                "value": line.figure.value,
                "withheld": line.figure.withheld,
            }
            for line in (numbers.lines if numbers else ())
        ],
    }


async def _of_place(reads: Reads, place: str) -> tuple[str, Numbers | None]:
    found = await find_area(reads, place)
    return found.code, await numbers_about(reads, place_subject(found.id))


async def _of_sector(reads: Reads, sector: str) -> tuple[str, Numbers | None]:
    if section_or_division(sector) is None:
        raise NotFound
    return sector, await numbers_about(reads, sector_subject(sector))


@router.get(
    "/region/statistics",
    response_model=StatisticsOut,
    summary="Read the numbers about the region",
    **operation(),
)
async def region(reads: Reads) -> Any:
    """Return companies, people and posts of the region, by municipality, sector, kind and month."""
    return _out(REGION, await numbers_about(reads, REGION))


@router.get(
    "/region/statistics.csv",
    response_class=CsvResponse,
    summary="Read the numbers about the region as CSV",
    **operation(),
)
async def region_csv(reads: Reads) -> CsvResponse:
    """Return the same as a table."""
    return numbers_csv(await numbers_about(reads, REGION), REGION)


@router.get(
    "/places/{place}/statistics",
    response_model=StatisticsOut,
    summary="Read the numbers about a municipality",
    **operation(refuses=(NotFound,)),
)
async def of_place(place: PlaceKey, reads: Reads) -> Any:
    """Return companies, people and posts of a municipality; none for places beyond the region."""
    return _out(*await _of_place(reads, place))


@router.get(
    "/places/{place}/statistics.csv",
    response_class=CsvResponse,
    summary="Read the numbers about a municipality as CSV",
    **operation(refuses=(NotFound,)),
)
async def of_place_csv(place: PlaceKey, reads: Reads) -> CsvResponse:
    """Return the same as a table."""
    code, numbers = await _of_place(reads, place)
    return numbers_csv(numbers, f"place-{code}" if code.isdigit() else "place")


@router.get(
    "/sectors/{sector}/statistics",
    response_model=StatisticsOut,
    summary="Read the numbers about a sector",
    **operation(refuses=(NotFound,)),
)
async def of_sector(sector: SectorKey, reads: Reads) -> Any:
    """Return the companies of a sector in the region, who works there, and what they post."""
    return _out(*await _of_sector(reads, sector))


@router.get(
    "/sectors/{sector}/statistics.csv",
    response_class=CsvResponse,
    summary="Read the numbers about a sector as CSV",
    **operation(refuses=(NotFound,)),
)
async def of_sector_csv(sector: SectorKey, reads: Reads) -> CsvResponse:
    """Return the same as a table."""
    code, numbers = await _of_sector(reads, sector)
    return numbers_csv(numbers, f"sector-{code.replace(':', '-')}")
