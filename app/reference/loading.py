"""Loading the shipped places and sectors; a second run finds nothing to do."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import fsum

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.ids import new_id
from app.models.places import PlaceKind, Sector
from app.reference.sectors import CLASSIFICATIONS
from app.reference.storing import Atlas, Changes, StoredPlace, open_atlas
from app.reference.tables import (
    OfficialMunicipality,
    PlaceLine,
    official_districts,
    official_municipalities,
    place_lines,
    sector_titles,
    states,
)

COUNTRY = "DE"


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """How many rows a load wrote."""

    places: Changes
    sectors: Changes

    def __bool__(self) -> bool:
        return bool(self.places) or bool(self.sectors)


async def load_reference(session: Session) -> ReferenceReport:
    """Load the shipped places and sectors.

    Rows that an operator has imported stay as they are, and nothing is deleted but a shipped
    postcode's link to a municipality that the shipped data no longer name.
    """
    atlas = await open_atlas(session)
    put_shipped(atlas)
    return ReferenceReport(await atlas.write(session), await _load_sectors(session))


def put_shipped(atlas: Atlas) -> None:
    """Put the shipped places into ``atlas``, but for those that an operator has imported."""
    lines = list(place_lines())
    official = _official(lines)
    regions = _put_states(atlas, official, lines)
    towns = _put_municipalities(atlas, regions, official, lines)
    of_postcode: dict[str, list[PlaceLine]] = defaultdict(list)
    for line in lines:
        of_postcode[line.postcode].append(line)
    sizes = Counter(line.key for line in lines)
    for postcode, covered in of_postcode.items():
        main = min(covered, key=lambda line: (-sizes[line.key], line.municipality))
        place = _put(
            atlas,
            PlaceKind.POSTCODE,
            code=postcode,
            name=postcode_name(postcode, main.municipality, len(covered)),
            parent=towns[main.key],
            point=_middle(covered),
        )
        if not place.is_imported:
            atlas.link(place, (towns[line.key] for line in covered))


def postcode_name(postcode: str, municipality: str, count: int) -> str:
    """Return how a postcode area is shown: ``44793 Bochum``, ``38368 Grasleben u. a.``."""
    return f"{postcode} {municipality}{' u. a.' if count > 1 else ''}"


def _put(
    atlas: Atlas,
    kind: PlaceKind,
    *,
    code: str,
    name: str,
    parent: StoredPlace | None,
    point: tuple[float, float] | None = None,
    shipped_key: str | None = None,
) -> StoredPlace:
    """Put a shipped place, unless an operator's import has the say over it."""
    key = shipped_key or code
    known = atlas.by_shipped_key.get((kind, key)) or atlas.by_code.get((kind, code))
    if known and known.is_imported:
        return known
    return atlas.put(known, kind, code=code, name=name, parent=parent, point=point, shipped_key=key)


def _official(lines: list[PlaceLine]) -> dict[str, OfficialMunicipality]:
    """Return the municipalities whose official codes are known, by the keys of their lines."""
    known = {
        (town.name, postcode): town
        for town in official_municipalities()
        for postcode in town.postcodes
    }
    first = {line.key: (line.municipality, line.postcode) for line in reversed(lines)}
    return {key: known[name] for key, name in first.items() if name in known}


def _put_states(
    atlas: Atlas, official: dict[str, OfficialMunicipality], lines: list[PlaceLine]
) -> dict[str, StoredPlace]:
    """Put the country, the states and the districts; return the latter two by their codes.

    A district is where the middle of its municipalities is, so that what says no more than its
    district is found by distance too.
    """
    covered: dict[str | None, list[PlaceLine]] = defaultdict(list)
    for line in lines:
        if line.key in official:
            covered[official[line.key].district].append(line)
    country = _put(atlas, PlaceKind.COUNTRY, code=COUNTRY, name="Deutschland", parent=None)
    found = {
        state.code: _put(atlas, PlaceKind.STATE, code=state.code, name=state.de, parent=country)
        for state in states().values()
    }
    for district in official_districts():
        found[district.code] = _put(
            atlas,
            PlaceKind.DISTRICT,
            code=district.code,
            name=district.name,
            parent=found[district.state],
            point=_middle(covered[district.code]),
        )
    return found


def _put_municipalities(
    atlas: Atlas,
    regions: dict[str, StoredPlace],
    official: dict[str, OfficialMunicipality],
    lines: list[PlaceLine],
) -> dict[str, StoredPlace]:
    of_key: dict[str, list[PlaceLine]] = defaultdict(list)
    for line in lines:
        of_key[line.key].append(line)
    towns = {}
    for key, covered in of_key.items():
        first = covered[0]
        known = official.get(key)
        towns[key] = _put(
            atlas,
            PlaceKind.MUNICIPALITY,
            code=known.code if known else key,
            name=first.municipality,
            parent=regions[known.district if known and known.district else first.state],
            point=_middle(covered),
            shipped_key=key,
        )
    return towns


def _middle(lines: list[PlaceLine]) -> tuple[float, float]:
    return (
        round(fsum([line.latitude for line in lines]) / len(lines), 5),
        round(fsum([line.longitude for line in lines]) / len(lines), 5),
    )


async def _load_sectors(session: Session) -> Changes:
    known = {
        (row.classification, row.code): row._asdict()
        for row in await session.execute(
            select(
                Sector.id,
                Sector.classification,
                Sector.code,
                Sector.parent_code,
                Sector.title_de,
                Sector.title_en,
            )
        )
    }
    added, changed = [], []
    for classification in CLASSIFICATIONS:
        for line in sector_titles(classification):
            stored = known.get((classification, line["code"]))
            wanted = {
                "id": stored["id"] if stored else new_id(),
                "classification": classification,
                "code": line["code"],
                "parent_code": line["parent"] or None,
                "title_de": line["de"],
                "title_en": line["en"],
            }
            if stored is None:
                added.append(wanted)
            elif stored != wanted:
                changed.append(wanted)
    if added:
        await session.execute(insert(Sector), added)
    if changed:
        await session.execute(update(Sector), changed)
    return Changes(added=len(added), changed=len(changed))
