"""Trade tax rates (Hebesätze) of municipalities: a table that the operator keeps up to date."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core.errors import Invalid
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.text import sort_key
from app.features.places.importing import MAX_LINE, RejectedLine
from app.models.places import Place, PlaceKind, TradeTaxRate

LOWEST: Final = 200  # per cent; § 16 Abs. 4 GewStG
HIGHEST: Final = 2_000
_AT_ONCE: Final = 1_000  # rows in one statement
_COLUMNS: Final = {
    "municipality": ("ags", "gemeinde", "ort", "municipality"),
    "percent": ("hebesatz", "percent"),
    "as_of": ("stand", "as_of"),
}
_YEAR = re.compile(r"[0-9]{4}")
_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


@dataclass(frozen=True, slots=True)
class TaxRatesReport:
    """What a load did."""

    accepted: int
    rejected: tuple[RejectedLine, ...]


async def load_tax_rates(session: Session, path: Path) -> TaxRatesReport:
    """Take every usable row of a CSV file with municipality, rate in per cent, and its date.

    The municipality is its AGS or its name, where only one is called so. What the file does not
    name stays as it is; a second run of the same file changes nothing.
    """
    known = await _municipalities(session)
    accepted: dict[UUID, dict[str, Any]] = {}
    rejected: list[RejectedLine] = []
    for number, cells in _cells(path):
        found = _read(cells, known)
        if isinstance(found, dict):
            accepted[found["municipality_id"]] = found
        else:
            rejected.append(RejectedLine(number, *found))
    rows = list(accepted.values())
    for start in range(0, len(rows), _AT_ONCE):
        put = insert(TradeTaxRate).values(rows[start : start + _AT_ONCE])
        fresh = {"percent": put.excluded.percent, "as_of": put.excluded.as_of}
        await session.execute(
            put.on_conflict_do_update(index_elements=["municipality_id"], set_=fresh)
        )
    return TaxRatesReport(len(rows), tuple(rejected))


async def _municipalities(session: Session) -> dict[str, UUID | None]:
    """Return the ids of municipalities by code and by name; None for a name that several have."""
    rows = await session.execute(
        select(Place.id, Place.code, Place.sort_name).where(Place.kind == PlaceKind.MUNICIPALITY)
    )
    found: dict[str, UUID | None] = {}
    for place_id, code, name in rows:
        found[name] = None if name in found else place_id
        found[code] = place_id
    return found


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        text = N_("Die Datei ist nicht in UTF-8 gespeichert.")
        refusal = Invalid.one("file", "not_utf8", text)
        raise refusal from error
    header = lines[0][:MAX_LINE] if lines else ""
    delimiter = max("\t;,", key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    where = {
        ours: names.index(present[0])
        for ours, known in _COLUMNS.items()
        if (present := [name for name in known if name in names])
    }
    if missing := _COLUMNS.keys() - where.keys():
        text = N_("Diese Spalten fehlen in der Datei: %(columns)s.")
        columns = ", ".join(sorted(_COLUMNS[name][0] for name in missing))
        refusal = Invalid.one("file", "column_missing", text, columns=columns)
        raise refusal
    for number, line in enumerate(lines[1:], 2):
        row = next(csv.reader([line[:MAX_LINE]], delimiter=delimiter), [])
        if len(row) == len(names):
            yield number, {ours: row[index].strip() for ours, index in where.items()}
        elif line.strip():
            yield number, dict.fromkeys(_COLUMNS, "")


def _read(
    cells: dict[str, str], known: dict[str, UUID | None]
) -> dict[str, Any] | tuple[str, str, str]:
    """Return a row to write, or column, code and reason why it cannot be taken."""
    named = cells["municipality"]
    place_id = known.get(named) or known.get(sort_key(named))
    if place_id is None:
        return "municipality", "place_unknown", N_("Diese Gemeinde kennen wir nicht eindeutig.")
    digits = cells["percent"].removesuffix("%").strip()
    if not (digits.isascii() and digits.isdigit() and LOWEST <= int(digits[:9]) <= HIGHEST):
        return "percent", "percent", N_("Das ist kein Hebesatz zwischen 200 und 2.000 Prozent.")
    day = _day(cells["as_of"])
    if day is None:
        return "as_of", "date", N_("Das ist kein Datum wie 01.01.2026 und kein Jahr.")
    return {"municipality_id": place_id, "percent": int(digits), "as_of": day}


def _day(text: str) -> date | None:
    try:
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1)
        if found := _DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


@prepared
def _rate() -> Select[Any]:
    place, town = aliased(Place), aliased(Place)
    columns: list[Any] = [town.name, TradeTaxRate.percent, TradeTaxRate.as_of]
    return (
        select(*columns)
        .select_from(place)
        .join(town, town.id.in_((place.id, place.parent_id)))
        .join(TradeTaxRate, TradeTaxRate.municipality_id == town.id)
        .where(place.id == bound("place_id", Uuid()))
        .order_by(func.nullif(town.id, place.id).nulls_first())
        .limit(1)
    )


async def tax_rate_at(reader: Reader, place_id: UUID | None) -> Any | None:
    """Return ``name``, ``percent`` and ``as_of`` of the municipality a place is or lies in."""
    return await reader.first(_rate(), {"place_id": place_id}) if place_id else None
