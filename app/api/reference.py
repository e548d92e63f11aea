"""JSON endpoints for what is the same for everybody: places, sectors, and other shipped tables."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import ContractRouter, Listing, Out, PageParams, listing, operation
from app.core.paging import BadCursor, part_of
from app.core.text import Line
from app.edge.deps import Reads
from app.features.places.lookup import MAX_SUGGESTIONS, suggest_places
from app.models.places import PlaceKind
from app.reference.codes import OccupationFieldCode
from app.reference.occupations import search_occupations
from app.reference.sectors import divisions, section_of, sections
from app.reference.tables import (
    Label,
    languages,
    legal_forms,
    occupation_fields,
    size_bands,
    topics,
)

router = ContractRouter(tags=["reference"])


class PlaceOut(Out):
    """A postcode area, municipality, district or state."""

    id: UUID
    kind: PlaceKind
    code: str = Field(description="Postcode, official code, or our own key where none is known.")
    name: str
    parent_name: str | None
    latitude: float | None
    longitude: float | None


class PlacesOut(Out):
    items: list[PlaceOut]


class LabelOut(Out):
    """A code and what it is called."""

    code: str
    de: str
    en: str


class LabelsOut(Out):
    items: list[LabelOut]


class SectorListedOut(LabelOut):
    """A section or division of the classification of economic activities."""

    classification: int
    parent: str | None = Field(description="The section of a division.")


class SectorsOut(Out):
    items: list[SectorListedOut]


class PlaceParams(BaseModel):
    """Which places."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Line(120)] = Field(description="Beginning of a name or of a postcode.")
    limit: int = Field(10, ge=1, le=MAX_SUGGESTIONS)


class OccupationOut(Out):
    """A recognised training occupation; its official name exists in German only."""

    name: str
    field: str = Field(description="Code of its occupational field.")
    months: int = Field(description="How long training takes as a rule, in months.")


class OccupationParams(PageParams):
    """Which occupations."""

    q: Annotated[str, Line(90, 0)] = Field("", description="Part of the name.")
    field: OccupationFieldCode | None = Field(None, description="Code of an occupational field.")


class SectorParams(BaseModel):
    """Of which classification."""

    model_config = ConfigDict(extra="forbid")

    classification: Literal["2008", "2025"] = Field("2008", description="Edition of the WZ.")


def _labels(rows: Iterable[Label]) -> dict[str, Any]:
    return {"items": list(rows)}


@router.get("/places", response_model=PlacesOut, summary="Find places", **operation())
async def places(reads: Reads, params: Annotated[PlaceParams, Query()]) -> Any:
    """List places that begin so, by name or by postcode."""
    return {"items": await suggest_places(reads, params.q, limit=params.limit)}


@router.get("/sectors", response_model=SectorsOut, summary="List sectors", **operation())
async def sectors(params: Annotated[SectorParams, Query()]) -> Any:
    """List sections and divisions of WZ 2008 or WZ 2025 in the order of their codes."""
    year = int(params.classification)
    rows = [*sections(year).values(), *divisions(year).values()]
    return {
        "items": [
            {
                "code": row.code,
                "de": row.de,
                "en": row.en,
                "classification": year,
                "parent": section_of(row.code, year),
            }
            for row in rows
        ]
    }


@router.get("/legal-forms", response_model=LabelsOut, summary="List legal forms", **operation())
async def list_legal_forms() -> Any:
    """List the legal forms."""
    return _labels(legal_forms().values())


@router.get("/size-bands", response_model=LabelsOut, summary="List size bands", **operation())
async def list_size_bands() -> Any:
    """List the bands of employees, smallest first."""
    return _labels(size_bands().values())


@router.get("/topics", response_model=LabelsOut, summary="List topics", **operation())
async def list_topics() -> Any:
    """List the topics of groups and contact persons."""
    return _labels(topics().values())


@router.get("/languages", response_model=LabelsOut, summary="List languages", **operation())
async def list_languages() -> Any:
    """List the languages by ISO 639-1 code."""
    return _labels(languages().values())


@router.get(
    "/occupations",
    response_model=Listing[OccupationOut],
    summary="Find training occupations",
    **operation(refuses=(BadCursor,)),
)
async def list_occupations(
    params: Annotated[OccupationParams, Query()], request: Request, response: Response
) -> Any:
    """List the recognised training occupations by name."""
    found = search_occupations(params.q, params.field)
    page = part_of("occupations", found, lambda one: one.name, params.paging)
    return listing(page, request, response)


@router.get(
    "/occupation-fields",
    response_model=LabelsOut,
    summary="List occupational fields",
    **operation(),
)
async def list_occupation_fields() -> Any:
    """List the occupational fields, by which training occupations are grouped."""
    return _labels(occupation_fields().values())
