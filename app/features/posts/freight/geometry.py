"""Ways across the country: the detour a load costs, and the cells of a grid that lie on the way."""

from dataclasses import dataclass
from math import atan2, cos, floor, pi, radians, sin
from typing import Final

from app.features.places.distance import Box, bounding_box, haversine_km

ROAD_FACTOR: Final = 1.25  # a road is so much longer than the line as the crow flies
DETOUR_SHARE: Final = 0.2  # of the direct way; beyond that, nothing is "on the way"
# Cells of the grid, in degrees: in Germany about 28 km each way.
CELL_LATITUDE, CELL_LONGITUDE = 0.25, 0.4
COLUMNS: Final = 900
_MARGIN_KM = 3.0  # the nearest point of a cell is found on the plane; the earth is round


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees."""

    latitude: float
    longitude: float


def crow_km(one: Point, other: Point) -> float:
    """Return the distance as the crow flies."""
    return haversine_km(one.latitude, one.longitude, other.latitude, other.longitude)


def detour_km(start: Point, end: Point, pickup: Point, delivery: Point) -> float:
    """Return by how much a load makes the way from start to end longer, as the crow flies."""
    by_load = crow_km(start, pickup) + crow_km(pickup, delivery) + crow_km(delivery, end)
    return max(0.0, by_load - crow_km(start, end))


def bearing(start: Point, end: Point) -> float:
    """Return in which direction one sets out, in radians from north."""
    north_a, north_b = radians(start.latitude), radians(end.latitude)
    east = radians(end.longitude - start.longitude)
    return atan2(
        sin(east) * cos(north_b),
        cos(north_a) * sin(north_b) - sin(north_a) * cos(north_b) * cos(east),
    )


def angle_between(one: float, other: float) -> float:
    """Return the angle between two directions, from 0 to pi."""
    apart = abs(one - other) % (2 * pi)
    return min(apart, 2 * pi - apart)


def cell_of(point: Point) -> int:
    """Return the number of the cell that a point lies in."""
    row = floor((point.latitude + 90) / CELL_LATITUDE)
    return row * COLUMNS + floor((point.longitude + 180) / CELL_LONGITUDE)


def slack_km(start: Point, end: Point, max_detour_km: float) -> float:
    """Return how much longer than direct a way may become, as the crow flies."""
    return min(max_detour_km / ROAD_FACTOR, DETOUR_SHARE * crow_km(start, end))


def cells_around(point: Point, radius_km: float) -> set[int]:
    """Return every cell that a circle touches."""
    box = bounding_box(point.latitude, point.longitude, radius_km + _MARGIN_KM)
    return {
        cell for cell, here in _cells_in(box) if _least_km(point, here) <= radius_km + _MARGIN_KM
    }


def cells_along(start: Point, end: Point, slack: float) -> set[int]:
    """Return every cell with a point through which the way is at most ``slack`` km longer."""
    longest = crow_km(start, end) + slack + _MARGIN_KM
    boxes = [bounding_box(one.latitude, one.longitude, longest) for one in (start, end)]
    box = Box(
        max(one.south for one in boxes),
        min(one.north for one in boxes),
        max(one.west for one in boxes),
        min(one.east for one in boxes),
    )
    return {
        cell
        for cell, here in _cells_in(box)
        if _least_km(start, here) + _least_km(end, here) <= longest + _MARGIN_KM
    }


def _cells_in(box: Box) -> list[tuple[int, Box]]:
    """Return the cells that a box touches, each with its own rectangle."""
    rows = range(floor((box.south + 90) / CELL_LATITUDE),
                 floor((box.north + 90) / CELL_LATITUDE) + 1)  # fmt: skip
    columns = range(floor((box.west + 180) / CELL_LONGITUDE),
                    floor((box.east + 180) / CELL_LONGITUDE) + 1)  # fmt: skip
    return [
        (
            row * COLUMNS + column,
            Box(
                row * CELL_LATITUDE - 90,
                (row + 1) * CELL_LATITUDE - 90,
                column * CELL_LONGITUDE - 180,
                (column + 1) * CELL_LONGITUDE - 180,
            ),
        )
        for row in rows
        for column in columns
    ]


def _least_km(point: Point, box: Box) -> float:
    """Return the distance to the nearest point of a box, at most ``_MARGIN_KM`` too large."""
    nearest = Point(
        min(max(point.latitude, box.south), box.north),
        min(max(point.longitude, box.west), box.east),
    )
    return crow_km(point, nearest)
