"""The page that shows who and whose posts appeared how often, beside how many there were."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core import clock
from app.core.i18n import N_
from app.core.settings import settings
from app.edge.deps import Reads
from app.features.neutrality.reporting import MET_ON, SHOWN_ON, neutrality_report
from app.features.statistics.reading import WITHHELD, source
from app.models.statistics import Surface
from app.web.page import CurrentPage, PageRouter

router = PageRouter()


@router.get("/neutrality")
async def report(
    page: CurrentPage, reads: Reads, year: Annotated[int | None, Query(ge=2020, le=2200)] = None
) -> Response:
    """Show the report of the last thirty days, or of a year."""
    this_year = clock.today(settings().zone).year
    found = await neutrality_report(reads, year)
    asked = f"?year={year}" if year else ""
    return await page.render(
        "neutrality/show.html",
        report=found,
        tables=[
            (
                N_("Beiträge"),
                Surface.STANDING,
                SHOWN_ON,
                [(line.name, line.posts, line.appeared) for line in found.lines],
            ),
            (
                N_("Personen und Organisationen selbst"),
                Surface.MEMBERS,
                MET_ON,
                [
                    (line.member_name, line.members, line.met)
                    for line in found.lines
                    if line.members
                ],
            ),
        ],
        year=year,
        years=[(f"/neutrality?year={one}", str(one)) for one in (this_year, this_year - 1)],
        withheld=WITHHELD,
        source=source(),
        csv_path=f"/api/v1/neutrality.csv{asked}",
        json_path=f"/api/v1/neutrality{asked}",
    )
