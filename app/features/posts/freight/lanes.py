"""The way of a freight post, kept beside it: read by searches, and by the rule of matching."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.errors import FieldError, Invalid
from app.features.places.lookup import PlaceUnknown, find_place
from app.features.posts.freight.geometry import (
    Point,
    cell_of,
    cells_along,
    cells_around,
    slack_km,
)
from app.features.posts.freight.recurring import starts
from app.models.freight import FreightLane
from app.models.posts import Post

FIRST_DAY: Final = date(2020, 1, 1)
DAY: Final = 1_000_000  # the keys of a day begin at its number times this; cells are below it


@dataclass(frozen=True, slots=True)
class Way:
    """Where a freight post begins and ends; ``end`` is None where that is open."""

    start: Point
    end: Point | None


Make = Callable[[Any, Way], dict[str, Any]]


async def write_lane(session: Session, post: Post, details: Any, make: Make) -> None:
    """Keep the way of a post, as it reads now; refuse places that nobody knows."""
    texts = {"origin": details.origin, "destination": details.destination}
    points = {
        name: await _point(session, text, name) for name, text in texts.items() if text.strip()
    }
    lane = make(details, Way(points["origin"], points.get("destination")))
    await session.execute(delete(FreightLane).where(FreightLane.post_id == post.id))
    session.add(FreightLane(post_id=post.id, **lane))
    await session.flush()


async def _point(session: Session, text: str, field: str) -> Point:
    try:
        place = await find_place(session, text)
        if place.latitude is None or place.longitude is None:
            raise PlaceUnknown
    except Invalid as refusal:
        errors = [FieldError(("details", field), one.code, one.text) for one in refusal.errors]
        raise Invalid(*errors) from None
    return Point(place.latitude, place.longitude)


def capacity_lane(trip: Any, way: Way) -> dict[str, Any]:
    """Return the lane of a trip: every cell where it may load or unload, on every day it may."""
    cells = cells_around(way.start, trip.pickup_radius_km)
    if way.end:
        cells |= cells_around(way.end, trip.delivery_radius_km)
        cells |= cells_along(way.start, way.end, slack_km(way.start, way.end, trip.max_detour_km))
    return _lane(way, cells, days_of_trip(trip)) | {
        "is_capacity": True,
        "loading_metres": trip.free_loading_metres,
        "weight_kg": trip.free_weight_kg,
    }


def request_lane(load: Any, way: Way) -> dict[str, Any]:
    """Return the lane of a load: the cell it is loaded in, on every day it may be."""
    days = days_between(load.loads_from, load.loads_until)
    return _lane(way, {cell_of(way.start)}, days) | {
        "is_capacity": False,
        "loading_metres": load.loading_metres,
        "weight_kg": load.weight_kg,
    }


def _lane(way: Way, cells: set[int], days: Iterable[date]) -> dict[str, Any]:
    return {
        "from_latitude": way.start.latitude,
        "from_longitude": way.start.longitude,
        "to_latitude": way.end.latitude if way.end else None,
        "to_longitude": way.end.longitude if way.end else None,
        "to_cell": cell_of(way.end) if way.end else None,
        "cells": sorted(cells),
        "keys": keys_of(cells, days),
    }


def keys_of(cells: Iterable[int], days: Iterable[date]) -> list[int]:
    """Join each cell with each day."""
    starts = [day_number(day) * DAY for day in days]
    return sorted(start + cell for cell in cells for start in starts)


def day_number(day: date) -> int:
    """Return the number under which keys know a day; days before 2020 are all the same."""
    return max(0, (day - FIRST_DAY).days)


def days_between(start: datetime, end: datetime) -> list[date]:
    """Return the days that a window of local times touches."""
    return [start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1)]


def departures(trip: Any) -> list[tuple[datetime, datetime]]:
    """Return the windows in which a trip begins: one for each time that it is made."""
    window = trip.departs_until - trip.departs_from
    return [(start, start + window) for start in starts(trip)]


def days_of_trip(trip: Any) -> list[date]:
    """Return every day on which a trip may begin, as far as its haulier may move it."""
    spare = timedelta(days=trip.tolerance_days)
    days = {
        day for start, end in departures(trip) for day in days_between(start - spare, end + spare)
    }
    return sorted(days)
