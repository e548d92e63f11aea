"""Companies of one sector: the condition that lists of them, and of their people, share."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, exists

from app.core.reads import bound
from app.models.companies import Company, CompanySector
from app.reference.codes import sector_key

SectorLevel = Literal["section", "division"] | None


def sector_params(asked: str | None) -> tuple[SectorLevel, dict[str, Any]]:
    """Return what ``of_sector`` is to be asked for, None for all sectors, and what it fills in.

    ``asked`` is a section or division, without its classification of WZ 2008 (``C``, ``2025:62``).
    """
    if not asked:
        return None, {}
    year, _, code = sector_key(asked).partition(":")
    level: SectorLevel = "section" if code.isalpha() else "division"
    return level, {"classification": int(year), "code": code}


def of_sector(level: SectorLevel) -> ColumnElement[bool]:
    """Keep companies that name the sector, or one within it; each is there once."""
    column = CompanySector.section if level == "section" else CompanySector.division
    year: Any = bound("classification", CompanySector.classification.type)
    return exists().where(
        CompanySector.company_id == Company.id,
        CompanySector.classification == year,
        column == bound("code", Text()),
    )
