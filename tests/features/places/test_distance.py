"""Distances as the crow flies."""

import csv
from pathlib import Path
from statistics import fmean, median

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import Double, bindparam, column, literal, select, values

from app.features.places.distance import bounding_box, distance_km, haversine_km, within_km
from app.reference.tables import place_lines

BESIDE = Path(__file__).parents[4] / "shared" / "reference"
LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)


def published(name):
    path = BESIDE / name
    if not path.exists():
        pytest.skip(f"{name} does not lie beside the project")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["plz"]: (float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(file, delimiter="\t")
        }


def shipped():
    points = {}
    for line in place_lines():
        points.setdefault(line.postcode, []).append((line.latitude, line.longitude))
    return {code: tuple(map(fmean, zip(*own, strict=True))) for code, own in points.items()}


def test_a_degree_of_latitude_is_111_kilometres():
    assert haversine_km(51, 7, 52, 7) == pytest.approx(111.195, abs=0.001)
    assert haversine_km(51.5, 7, 51.5, 8) == pytest.approx(69.22, abs=0.01)


def test_the_other_side_of_the_earth_is_half_its_girth_away():
    assert haversine_km(0, 0, 0, 180) == pytest.approx(20_015.115, abs=0.001)


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [("44793", "44649", 6.6), ("45525", "44649", 15.5), ("45527", "44623", 16.5)],
)
def test_distances_of_the_acceptance_stories_come_out(start, end, km):
    points = published("plz_region_sample.tsv")
    assert haversine_km(*points[start], *points[end]) == pytest.approx(km, abs=0.3)


def test_half_of_the_shipped_postcodes_are_less_than_two_kilometres_off():
    true, ours = published("plz_de_osm_centroids_ODbL.tsv"), shipped()
    off = sorted(haversine_km(*ours[code], *true[code]) for code in ours.keys() & true.keys())
    assert len(off) > 8_000
    assert median(off) < 2
    assert off[len(off) * 9 // 10] < 8
    assert off[len(off) * 99 // 100] < 26


def test_no_shipped_postcode_of_the_default_region_is_far_off():
    true, ours = published("plz_region_sample.tsv"), shipped()
    off = [haversine_km(*ours[code], *true[code]) for code in true]
    assert median(off) < 2.5
    assert max(off) < 7.5


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_the_same_both_ways(lat_a, lon_a, lat_b, lon_b):
    there = haversine_km(lat_a, lon_a, lat_b, lon_b)
    assert there == pytest.approx(haversine_km(lat_b, lon_b, lat_a, lon_a), abs=1e-6)
    assert 0 <= there <= 20_016


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_the_box_holds_whatever_is_within_reach(lat_a, lon_a, lat_b, lon_b):
    box = bounding_box(lat_a, lon_a, haversine_km(lat_a, lon_a, lat_b, lon_b) + 1e-6)
    assert box.south - 1e-9 <= lat_b <= box.north + 1e-9
    assert box.west - 1e-9 <= lon_b <= box.east + 1e-9


POINTS = [
    (51.48, 7.22),
    (51.54, 7.22),
    (53.87, 10.69),
    (89.9, 0.0),
    (-17.0, 179.9),
    (-17.0, -179.9),
]


async def test_sql_and_python_measure_the_same(session):
    rows = values(
        column("lat", Double), column("lon", Double), name="points"
    ).data(POINTS)  # fmt: skip
    here = bindparam("here", type_=Double), bindparam("away", type_=Double)
    reach = bindparam("reach", type_=Double)
    measured = select(
        rows.c.lat,
        rows.c.lon,
        distance_km(rows.c.lat, rows.c.lon, *here).label("km"),
        within_km(rows.c.lat, rows.c.lon, *here, reach).label("near"),
    )
    for lat, lon in POINTS:
        for km in (0.0, 5.0, 100.0, 3_000.0, 25_000.0):
            params = {"here": lat, "away": lon, "reach": km}
            for row in await session.execute(measured, params):
                expected = haversine_km(lat, lon, row.lat, row.lon)
                assert row.km == pytest.approx(expected, abs=1e-6)
                assert row.near == (row.km <= km)


async def test_a_place_without_coordinates_is_near_nothing(session):
    nowhere = literal(None, Double)
    near = await session.scalar(select(within_km(nowhere, nowhere, 51.5, 7.2, 100.0)))
    assert not near


async def test_what_has_no_position_has_no_distance(session):
    nowhere = literal(None, Double())
    away = distance_km(nowhere, nowhere, 51.4, 7.2)
    assert await session.scalar(select(away)) is None
    assert (
        await session.scalar(select(distance_km(literal(0.0), literal(0.0), 0.0, 180.0))) > 20_000
    )
