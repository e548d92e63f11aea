"""Distances as the crow flies, in Python and in SQL; both say the same."""

from dataclasses import dataclass
from math import asin, cos, degrees, pi, radians, sin, sqrt
from typing import Any

from sqlalchemy import ColumnElement, Double, and_, case, func, literal, type_coerce
from sqlalchemy.orm import QueryableAttribute

EARTH_RADIUS_KM = 6371.0088
# The prefilter is a trifle wider than the circle, so that rounding never cuts off its rim.
_WIDER = 1.000_001
# Rounding must not make more than 1 of the sine; least(1, …) would make a distance of a null.
_BELOW_ONE = 1 - 1e-12
_POLE = 90.0
_DATE_LINE = 180.0

Coordinate = ColumnElement[Any] | QueryableAttribute[Any]
Number = float | Coordinate


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of degrees; instead of spanning the date line it takes in all longitudes."""

    south: float
    north: float
    west: float
    east: float


def haversine_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance of two points given in degrees."""
    north_a, north_b = radians(lat_a), radians(lat_b)
    half = (
        sin((north_b - north_a) / 2) ** 2
        + cos(north_a) * cos(north_b) * sin(radians(lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half)))


def bounding_box(lat: float, lon: float, km: float) -> Box:
    """Return the smallest box that holds every point within ``km``."""
    angle = min(pi, km / EARTH_RADIUS_KM * _WIDER)
    south, north = lat - degrees(angle), lat + degrees(angle)
    if south <= -_POLE or north >= _POLE:
        return Box(max(south, -_POLE), min(north, _POLE), -_DATE_LINE, _DATE_LINE)
    width = degrees(asin(min(1.0, sin(angle) / cos(radians(lat)))))
    if lon - width < -_DATE_LINE or lon + width > _DATE_LINE:
        return Box(south, north, -_DATE_LINE, _DATE_LINE)
    return Box(south, north, lon - width, lon + width)


def distance_km(
    lat_col: Coordinate, lon_col: Coordinate, lat: Number, lon: Number
) -> ColumnElement[float]:
    """Return the SQL distance of a row from a point; null where the row has no coordinates."""
    here, away = _number(lat), _number(lon)
    half = func.power(func.sin(func.radians(lat_col - here) / 2), 2) + (
        func.cos(func.radians(here))
        * func.cos(func.radians(lat_col))
        * func.power(func.sin(func.radians(lon_col - away) / 2), 2)
    )
    return 2 * EARTH_RADIUS_KM * func.asin(func.sqrt(half * _BELOW_ONE), type_=Double())


def within_km(
    lat_col: Coordinate, lon_col: Coordinate, lat: Number, lon: Number, km: Number
) -> ColumnElement[bool]:
    """Return the SQL condition that a row lies within ``km`` of a point.

    The box lets an index on (latitude, longitude) do most of the work; the distance decides.
    Numbers may be bound parameters of a prepared read. Where the box would cross the date line
    or a pole, it spans all longitudes.
    """
    here, away, reach = _number(lat), _number(lon), _number(km)
    angle = func.least(pi, reach / EARTH_RADIUS_KM * _WIDER)
    height = func.degrees(angle)
    width = func.degrees(func.asin(func.least(1.0, func.sin(angle) / func.cos(func.radians(here)))))
    spills = (func.abs(here) + height >= _POLE) | (func.abs(away) + width > _DATE_LINE)
    reach_lon = case((spills, 360.0), else_=width)
    return and_(
        lat_col.between(here - height, here + height),
        lon_col.between(away - reach_lon, away + reach_lon),
        distance_km(lat_col, lon_col, here, away) <= reach,
    )


def _number(value: Number) -> ColumnElement[float]:
    return literal(value, Double) if isinstance(value, int | float) else type_coerce(value, Double)
