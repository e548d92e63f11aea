"""Taking an operator's better file of places: official codes, districts, exact points."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.errors import Invalid
from app.core.i18n import N_
from app.core.text import sort_key
from app.models.places import PlaceKind
from app.reference.loading import postcode_name, put_shipped
from app.reference.storing import Atlas, Changes, StoredPlace, open_atlas
from app.reference.tables import states

MAX_LINE: Final = 2_000
MAX_NAME: Final = 100
_COLUMNS: Final = {
    "postcode": ("plz", "postcode", "postleitzahl"),
    "name": ("ort", "name", "municipality", "gemeinde"),
    "ags": ("ags", "gemeindeschluessel", "gemeindeschlüssel"),
    "district": ("landkreis", "kreis", "district"),
    "latitude": ("lat", "latitude", "breite"),
    "longitude": ("lon", "lng", "longitude", "laenge", "länge"),
}
_OPTIONAL: Final = frozenset({"district"})
_NAME: Final = rf"[^<>\x00-\x1f]{{0,{MAX_NAME}}}"
_DEGREES: Final = r"-?[0-9]{1,3}(\.[0-9]{1,15})?"
_CHECKS: Final = (
    ("postcode", "postcode", r"(0[1-9]|[1-9][0-9])[0-9]{3}", N_("Das ist keine Postleitzahl.")),
    ("ags", "ags", r"(0[1-9]|1[0-6])[0-9]{6}", N_("Das ist kein Amtlicher Gemeindeschlüssel.")),
    ("name", "name", rf"(?=.*\w){_NAME}", N_("Das ist kein Ortsname.")),
    ("district", "name", _NAME, N_("Das ist kein Ortsname.")),
    ("latitude", "degrees", _DEGREES, N_("Das ist keine Angabe in Grad.")),
    ("longitude", "degrees", _DEGREES, N_("Das ist keine Angabe in Grad.")),
)
_GERMANY: Final = {"latitude": (47.0, 55.3), "longitude": (5.5, 15.5)}


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """A row that can be taken."""

    postcode: str
    name: str
    ags: str
    district: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A row that cannot; ``reason`` is a German text, ``line`` counts from one."""

    line: int
    column: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    accepted: int
    rejected: tuple[RejectedLine, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Why one row cannot be taken."""

    column: str
    code: str
    reason: str


async def import_places(session: Session, path: Path) -> ImportReport:
    """Take every usable row of the file at ``path``; report the others.

    Shipped places are corrected in place, so whatever refers to them stays valid. A second run
    of the same file changes nothing. Places the file does not name stay as they are.
    """
    accepted, rejected = read_places(path)
    atlas = await open_atlas(session)
    put_shipped(atlas)
    _take(atlas, accepted)
    return ImportReport(len(accepted), tuple(rejected), await atlas.write(session))


def read_places(path: Path) -> tuple[list[ImportedLine], list[RejectedLine]]:
    """Read and check a file; raise Invalid if it is no such file at all."""
    accepted: dict[tuple[str, str], ImportedLine] = {}
    rejected: list[RejectedLine] = []
    for number, cells in _cells(path):
        if flaw := _flaw(cells):
            rejected.append(RejectedLine(number, flaw.column, flaw.code, flaw.reason))
            continue
        line = ImportedLine(
            cells["postcode"],
            cells["name"],
            cells["ags"],
            cells["district"],
            round(float(cells["latitude"]), 6),
            round(float(cells["longitude"]), 6),
        )
        if accepted.setdefault((line.postcode, line.ags), line) != line:
            reason = N_("Diese Postleitzahl und Gemeinde stehen schon anders in der Datei.")
            rejected.append(RejectedLine(number, "postcode", "duplicate", reason))
    return list(accepted.values()), rejected


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the cells under our names, none where a row has other columns."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        refusal = _unreadable("not_utf8", N_("Die Datei ist nicht in UTF-8 gespeichert."))
        raise refusal from error
    header = lines[0][:MAX_LINE] if lines else ""
    delimiter = max("\t;,", key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    where = {
        ours: names.index(present[0])
        for ours, known in _COLUMNS.items()
        if (present := [name for name in known if name in names])
    }
    if missing := _COLUMNS.keys() - where.keys() - _OPTIONAL:
        reason = N_("Diese Spalten fehlen in der Datei: %(columns)s.")
        columns = ", ".join(sorted(_COLUMNS[name][0] for name in missing))
        refusal = _unreadable("column_missing", reason, columns=columns)
        raise refusal
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        row = next(csv.reader([line], delimiter=delimiter), []) if len(line) <= MAX_LINE else []
        whole = len(row) == len(names)
        yield number, _tidied({n: row[i] for n, i in where.items()}) if whole else {}


def _unreadable(code: str, reason: str, **params: str) -> Invalid:
    return Invalid.one("file", code, reason, **params)


def _tidied(cells: dict[str, str]) -> dict[str, str]:
    """Trim the cells, and put back the zeros and points that a spreadsheet changed."""
    trimmed = {"district": ""} | {name: " ".join(cell.split()) for name, cell in cells.items()}
    return trimmed | {
        "postcode": trimmed["postcode"].zfill(5),
        "ags": trimmed["ags"].zfill(8),
        "latitude": trimmed["latitude"].replace(",", "."),
        "longitude": trimmed["longitude"].replace(",", "."),
    }


def _flaw(cells: dict[str, str]) -> _Flaw | None:
    if not cells:
        reason = N_("Die Zeile ist zu lang oder hat nicht so viele Spalten wie der Kopf.")
        return _Flaw("", "columns", reason)
    for column, code, pattern, reason in _CHECKS:
        if not re.fullmatch(pattern, cells[column]):
            return _Flaw(column, code, reason)
    for column, (least, most) in _GERMANY.items():
        if not least <= float(cells[column]) <= most:
            return _Flaw(column, "abroad", N_("Der Punkt liegt nicht in Deutschland."))
    return None


def _take(atlas: Atlas, lines: list[ImportedLine]) -> None:
    of_town: dict[str, list[ImportedLine]] = defaultdict(list)
    of_district: dict[str, list[ImportedLine]] = defaultdict(list)
    of_postcode: dict[str, list[ImportedLine]] = defaultdict(list)
    for line in lines:
        of_town[line.ags].append(line)
        of_district[line.ags[:5]].append(line)
        of_postcode[line.postcode].append(line)
    state_of = {
        state.ags: atlas.by_code[PlaceKind.STATE, state.code] for state in states().values()
    }
    around = {
        code: _district(atlas, of_district[code], state_of[code[:2]])
        for code in sorted(of_district)
    }
    towns = {ags: _take_town(atlas, of_town[ags], around[ags[:5]]) for ags in sorted(of_town)}
    sizes = Counter(line.ags for line in lines)
    for postcode, covered in of_postcode.items():
        main = min(covered, key=lambda line: (-sizes[line.ags], line.name))
        place = _put(
            atlas,
            atlas.by_code.get((PlaceKind.POSTCODE, postcode)),
            PlaceKind.POSTCODE,
            code=postcode,
            name=postcode_name(postcode, main.name, len(covered)),
            parent=towns[main.ags],
            point=_middle(covered),
        )
        atlas.link(place, (towns[line.ags] for line in covered))


def _put(atlas: Atlas, known: StoredPlace | None, kind: PlaceKind, **values: Any) -> StoredPlace:
    return atlas.put(known, kind, **values, is_imported=True)


def _district(atlas: Atlas, lines: list[ImportedLine], state: StoredPlace) -> StoredPlace:
    """Return the district that lines lie in; towns without one lie in their state."""
    first = lines[0]
    if not first.district:
        return state
    code = first.ags[:5]
    known = atlas.by_code.get((PlaceKind.DISTRICT, code))
    return _put(
        atlas,
        known,
        PlaceKind.DISTRICT,
        code=code,
        name=first.district,
        parent=state,
        point=_middle(lines),
    )


def _take_town(atlas: Atlas, lines: list[ImportedLine], parent: StoredPlace) -> StoredPlace:
    first = lines[0]
    known = atlas.by_code.get((PlaceKind.MUNICIPALITY, first.ags)) or _shipped(atlas, lines)
    return _put(
        atlas,
        known,
        PlaceKind.MUNICIPALITY,
        code=first.ags,
        name=first.name,
        parent=parent,
        point=_middle(lines),
    )


def _shipped(atlas: Atlas, lines: list[ImportedLine]) -> StoredPlace | None:
    """Find the shipped municipality that is meant: one of the postcodes', of the same name."""
    names = {sort_key(line.name) for line in lines}
    barest = {name.split()[0] for name in names}
    near = {
        atlas.places[town]
        for line in lines
        if (postcode := atlas.by_code.get((PlaceKind.POSTCODE, line.postcode)))
        for town in atlas.links.get(postcode.id, ())
    }
    open_towns = sorted((town for town in near if not town.is_imported), key=lambda town: town.code)
    same = [town for town in open_towns if town.sort_name in names]
    alike = [town for town in open_towns if town.sort_name.split()[0] in barest]
    return same[0] if same else alike[0] if len(alike) == 1 else None


def _middle(lines: list[ImportedLine]) -> tuple[float, float]:
    return (
        round(fmean(line.latitude for line in lines), 6),
        round(fmean(line.longitude for line in lines), 6),
    )
