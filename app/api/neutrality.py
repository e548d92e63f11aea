"""JSON and CSV of the neutrality report: open data."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import ContractRouter, Out, operation
from app.core.small_numbers import SMALLEST, Withheld
from app.edge.deps import Reads
from app.edge.open_data import report_csv
from app.edge.tables import CsvResponse
from app.features.neutrality.reporting import Count, neutrality_report
from app.features.statistics.reading import source
from app.models.statistics import Surface

router = ContractRouter(tags=["statistics"])


class Period(BaseModel):
    """Over which days."""

    model_config = ConfigDict(extra="forbid")

    year: int | None = Field(
        None, ge=2020, le=2200, description="A calendar year; the last thirty days without."
    )


class CountOut(Out):
    """A number and its share of all, in per cent."""

    number: int | None = Field(description="Null where it is withheld.")
    share: float | None
    withheld: Withheld | None


class AppearedOut(CountOut):
    """How often something appeared before others in one way."""

    surface: Surface


class AuthorOut(Out):
    """One type of member."""

    author: str = Field(
        description="The form of the company for which a post speaks, `person`, or `concealed`."
    )
    label: str = Field(description="What it is called, in your language.")
    posts: CountOut = Field(description="Posts that stood, on average of the days.")
    appeared: list[AppearedOut] = Field(description="Its posts.")
    members: CountOut | None = Field(
        description="People or organisations that were there, on average of the days; null for "
        "`concealed`."
    )
    met: list[AppearedOut] = Field(description="People or organisations themselves.")


class NeutralityOut(Out):
    """Whose posts appeared how often, beside how many there were."""

    first: date
    last: date
    smallest: int = Field(description="Numbers below this are withheld.")
    source: str
    licence: str
    licence_url: str
    authors: list[AuthorOut]


def _count(count: Count) -> dict[str, Any]:
    return {"number": count.number, "share": count.share, "withheld": count.withheld}


def _appeared(counts: Mapping[Surface, Count]) -> list[dict[str, Any]]:
    return [{"surface": surface, **_count(count)} for surface, count in counts.items()]


@router.get(
    "/neutrality",
    response_model=NeutralityOut,
    summary="Read how often whose posts appeared",
    **operation(),
)
async def report(reads: Reads, period: Annotated[Period, Query()]) -> Any:
    """Return how often each type of member and its posts appeared before others, with shares."""
    found = await neutrality_report(reads, period.year)
    return {
        "first": found.first,
        "last": found.last,
        "smallest": SMALLEST,
        **source(),
        "authors": [
            {
                "author": line.author,
                "label": line.name,
                "posts": _count(line.posts),
                "appeared": _appeared(line.appeared),
                "members": _count(line.members) if line.members else None,
                "met": _appeared(line.met),
            }
            for line in found.lines
        ],
    }


@router.get(
    "/neutrality.csv",
    response_class=CsvResponse,
    summary="Read how often whose posts appeared as CSV",
    **operation(),
)
async def report_as_csv(reads: Reads, period: Annotated[Period, Query()]) -> CsvResponse:
    """Return the same as a table."""
    return report_csv(await neutrality_report(reads, period.year))
