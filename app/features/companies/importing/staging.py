"""A members' list on its way into the database: a temporary table, filled by COPY."""

from collections.abc import Iterable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from psycopg import AsyncConnection, sql
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.schema import CreateTable, DropTable

from app.core.text import make_slug, sort_key
from app.features.companies.importing.cleaning import CompanyRow
from app.features.places.lookup import PlacedArea, find_postcodes, find_towns


class Fate(StrEnum):
    """What becomes of a row. KEPT: its company has owners, whose word counts."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"


PROFILE: Final = (
    "name", "sort_name", "legal_form", "register_court", "register_type", "register_number",
    "vat_id", "size_band", "trains_apprentices", "founded_year", "website", "phone",
    "email_on_file",
)  # fmt: skip
ADDRESS: Final = ("street", "postcode", "town", "place_id", "latitude", "longitude")
_TYPES: Final[Mapping[str, Any]] = {
    "trains_apprentices": Boolean(),
    "founded_year": Integer(),
    "place_id": Uuid(),
    "latitude": Double(),
    "longitude": Double(),
}

incoming = Table(
    "incoming",
    MetaData(),
    Column("line", Integer),
    Column("external_id", Text),
    Column("slug", Text),
    *(Column(name, _TYPES.get(name, Text())) for name in (*PROFILE, *ADDRESS)),
    Column("sectors", ARRAY(Text())),  # see sector_texts
    Column("fate", Text, server_default=Fate.CREATED.value),
    Column("id", Uuid, server_default=func.uuidv7()),  # of the company
    prefixes=["TEMPORARY"],
)
_COPIED: Final = ("line", "external_id", "slug", *PROFILE, *ADDRESS, "sectors")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Where addresses are: by postcode, or else by a town's name that only one town has."""

    postcodes: Mapping[str, PlacedArea]
    towns: Mapping[str, PlacedArea]

    def find(self, postcode: str, town: str) -> PlacedArea | None:
        """Return the place of an address, or None where it cannot be told."""
        return self.postcodes.get(postcode) or self.towns.get(sort_key(town))


async def stage(session: Session, companies: Iterable[CompanyRow]) -> None:
    """Make the table ``incoming`` and copy the companies into it, one after the other."""
    gazetteer = Gazetteer(await find_postcodes(session), await find_towns(session))
    await session.execute(CreateTable(incoming))
    connection = await (await session.connection()).get_raw_connection()
    driver: AsyncConnection = connection.driver_connection  # type: ignore[assignment]
    statement = sql.SQL("COPY incoming ({}) FROM STDIN").format(
        sql.SQL(", ").join(map(sql.Identifier, _COPIED))
    )
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for company in companies:
            await copy.write_row(_cells(company, gazetteer))
    await session.execute(text("ANALYZE incoming"))  # nobody else does it for a temporary table


async def unstage(session: Session) -> None:
    """Drop the table ``incoming``."""
    await session.execute(DropTable(incoming))


def _cells(company: CompanyRow, gazetteer: Gazetteer) -> tuple[Any, ...]:
    place = gazetteer.find(company.postcode, company.town)
    return (
        company.line,
        company.external_key,
        make_slug(company.name, fallback="company"),
        company.name,
        sort_key(company.name),
        company.legal_form,
        company.register_court,
        company.register_type,
        company.register_number,
        company.vat_id,
        company.size_band,
        company.trains_apprentices,
        company.founded_year,
        company.website,
        company.phone,
        company.email,
        company.address_line,
        company.postcode,
        company.town or (place.town if place else ""),
        place.id if place else None,
        place.latitude if place else None,
        place.longitude if place else None,
        sector_texts(company),
    )


def sector_texts(company: CompanyRow) -> list[str]:
    """Return sectors as ``2008|45.20|G|45``, in the order of their bytes."""
    return sorted(
        f"{sector.classification}|{sector.code}|{sector.section}|{sector.division or ''}"
        for sector in company.sectors
    )


def numbered_apart(stems: Iterable[str], taken: AbstractSet[str]) -> Iterator[str]:
    """Yield a free slug for each stem in turn: ``muster``, ``muster-2``, ``muster-3``."""
    given: set[str] = set()
    last: dict[str, int] = {}
    for stem in stems:
        number = last.get(stem, 0) + 1
        slug = stem if number == 1 else f"{stem}-{number}"
        while slug in taken or slug in given:
            number += 1
            slug = f"{stem}-{number}"
        last[stem] = number
        given.add(slug)
        yield slug
