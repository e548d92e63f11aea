"""Searching freight by its way: from where to where, and on which day."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Double,
    Integer,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.places.distance import distance_km
from app.features.posts.facets import Asks, Condition, Facet, Together, day_of, number_of, point
from app.features.posts.freight.geometry import (
    CELL_LATITUDE,
    CELL_LONGITUDE,
    COLUMNS,
    DETOUR_SHARE,
    ROAD_FACTOR,
)
from app.features.posts.freight.lanes import DAY, FIRST_DAY
from app.models.freight import FreightLane
from app.models.posts import Post

NEAR_KM: Final = 50.0  # around a place that a load is searched at
USUAL_DETOUR_KM: Final = 60.0  # by road, where the search names none
_FROM, _TO, _DETOUR = "facet_from_place", "facet_to_place", "facet_detour_km"
_DETOUR_ASKED: Any = Annotated[
    float | None,
    Field(ge=0, le=500, description="By road; works with `from_place` and `to_place`."),
    Asked(N_("Umweg bis (km)")),
]
_DAY_ASKED: Any = Annotated[date | None, Asked(N_("Am Tag"))]
Spot = tuple[ColumnElement[Any], ColumnElement[Any]]

_start: Spot = (FreightLane.from_latitude.expression, FreightLane.from_longitude.expression)
_end: Spot = (FreightLane.to_latitude.expression, FreightLane.to_longitude.expression)


def capacity_facets() -> tuple[Facet, ...]:
    """Return the facets by which a shipper finds lorries that come by."""
    return _facets(_lorries_from, _lorries_to, _leaves_on)


def request_facets() -> tuple[Facet, ...]:
    """Return the facets by which a haulier finds loads on the way."""
    return _facets(_loads_from, _loads_to, _is_loaded_on)


def _facets(start: Together, end: Together, on_day: Condition) -> tuple[Facet, ...]:
    hint = N_("Postleitzahl oder Gemeinde")
    return (
        point("from_place", N_("Von"), hint, start),
        point("to_place", N_("Nach"), hint, end),
        Facet("detour_km", _DETOUR_ASKED, Double(), lambda value: value >= 0),
        Facet("on_day", _DAY_ASKED, Date(), on_day),
    )


def _asked(asks: Asks, name: str) -> tuple[ColumnElement[bool], Spot]:
    """Return whether a place is asked for, and where it is."""
    said: Any = asks(name, Text())
    if said is None:
        said = null()
    return said.is_not(None), (_part(said, 1), _part(said, 2))


def _part(said: Any, number: int) -> ColumnElement[Any]:
    return cast(func.split_part(cast(said, Text), ",", number), Double())


def _km(one: Spot, other: Spot) -> ColumnElement[float]:
    return distance_km(one[0], one[1], other[0], other[1])


def _lanes(*where: Any) -> ColumnElement[bool]:
    return Post.id.in_(select(FreightLane.post_id).where(*where))


def _in_cells(spot: Spot) -> ColumnElement[bool]:
    """Keep lanes that may come by: the grid answers, whatever the number of posts."""
    row = cast(func.floor((spot[0] + 90) / CELL_LATITUDE), Integer)
    column = cast(func.floor((spot[1] + 180) / CELL_LONGITUDE), Integer)
    return FreightLane.cells.contains(array([row * COLUMNS + column], type_=Integer))


def _limit(asks: Asks, otherwise: ColumnElement[Any]) -> ColumnElement[Any]:
    asked = asks(_DETOUR, Double())
    return otherwise if asked is None else func.coalesce(asked, otherwise)


def _is_short(detour: ColumnElement[Any], direct: ColumnElement[Any], most: Any) -> Any:
    """Keep lanes whose detour is small; those with an open end make none that could be told."""
    has_end = FreightLane.to_latitude.is_not(None)
    return and_(has_end, ROAD_FACTOR * detour <= most, detour <= DETOUR_SHARE * direct)


def _lorries_from(asks: Asks) -> ColumnElement[bool]:
    (_, pickup), (is_whole, _) = _asked(asks, _FROM), _asked(asks, _TO)
    detour = _km(_start, pickup) + _km(pickup, _end) - _km(_start, _end)
    near = _km(_start, pickup) <= number_of("pickup_radius_km")
    most = _limit(asks, number_of("max_detour_km"))
    by_one = or_(near, _is_short(detour, _km(_start, _end), most))
    return _lanes(
        FreightLane.is_capacity,
        _in_cells(pickup),
        or_(and_(~is_whole, by_one), and_(is_whole, _between(asks))),
    )


def _lorries_to(asks: Asks) -> ColumnElement[bool]:
    (is_whole, _), (_, delivery) = _asked(asks, _FROM), _asked(asks, _TO)
    detour = _km(_start, delivery) + _km(delivery, _end) - _km(_start, _end)
    near = _km(_end, delivery) <= number_of("delivery_radius_km")
    most = _limit(asks, number_of("max_detour_km"))
    by_one = or_(near, _is_short(detour, _km(_start, _end), most))
    open_end = FreightLane.to_latitude.is_(None)
    on_the_way = and_(_in_cells(delivery), or_(is_whole, by_one))
    return _lanes(FreightLane.is_capacity, or_(open_end, on_the_way))


def _between(asks: Asks) -> ColumnElement[bool]:
    """Keep lorries that can take something from one place to the other."""
    (_, pickup), (_, delivery) = _asked(asks, _FROM), _asked(asks, _TO)
    direct = _km(_start, _end)
    detour = _km(_start, pickup) + _km(pickup, delivery) + _km(delivery, _end) - direct
    near_start = _km(_start, pickup) <= number_of("pickup_radius_km")
    near_both = and_(
        near_start,
        _km(_end, delivery) <= number_of("delivery_radius_km"),
        _km(_start, delivery) >= _km(_start, pickup),
    )
    open_end = and_(near_start, FreightLane.to_latitude.is_(None))
    most = _limit(asks, number_of("max_detour_km"))
    return or_(near_both, open_end, _is_short(detour, direct, most))


def _loads_from(asks: Asks) -> ColumnElement[bool]:
    (_, start), (is_whole, end) = _asked(asks, _FROM), _asked(asks, _TO)
    direct = _km(start, end)
    detour = _km(start, _start) + _km(_start, _end) + _km(_end, end) - direct
    most = _limit(asks, literal(USUAL_DETOUR_KM, Double()))
    near = _km(_start, start) <= NEAR_KM
    return _lanes(
        ~FreightLane.is_capacity,
        or_(and_(~is_whole, near), and_(is_whole, _is_short(detour, direct, most))),
    )


def _loads_to(asks: Asks) -> ColumnElement[bool]:
    (is_whole, _), (_, end) = _asked(asks, _FROM), _asked(asks, _TO)
    return or_(is_whole, _lanes(~FreightLane.is_capacity, _km(_end, end) <= NEAR_KM))


def _leaves_on(value: Any) -> ColumnElement[bool]:
    first, last = day_of("departs_from"), day_of("departs_until")
    spare = cast(number_of("tolerance_days"), Integer)
    once = and_(first - spare <= value, last + spare >= value)
    weekly = and_(
        Post.details["recurrence"].astext == "weekly",
        first <= value,
        day_of("repeats_until") >= value,
        func.mod(value - first, 7) <= last - first,
    )
    by_rule = and_(
        Post.details["recurrence"].astext.not_in(("once", "weekly")),
        first - spare <= value,
        _lanes(FreightLane.is_capacity, FreightLane.keys.contains(_key_on(value))),
    )
    return or_(once, weekly, by_rule)


def _key_on(value: Any) -> ColumnElement[Any]:
    """Return the key of a lane's first cell on a day: it has it if the trip is made that day."""
    number = cast(cast(value, Date) - literal(FIRST_DAY, Date()), BigInteger)
    return array([number * DAY + FreightLane.cells[1]], type_=BigInteger)


def _is_loaded_on(value: Any) -> ColumnElement[bool]:
    return and_(day_of("loads_from") <= value, day_of("loads_until") >= value)
