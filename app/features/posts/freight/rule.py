"""Which load fits which lorry: what must hold, how well they fit, and why, in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import pi
from typing import Any, Final

from sqlalchemy import ColumnElement, any_, literal, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Integer

from app.core.i18n import N_
from app.features.posts.freight.geometry import (
    DETOUR_SHARE,
    ROAD_FACTOR,
    Point,
    angle_between,
    bearing,
    crow_km,
    detour_km,
)
from app.features.posts.freight.lanes import days_between, days_of_trip, departures
from app.features.posts.freight.terms import (
    CLOSED,
    FreightPrice,
    LegalStatus,
    VehicleType,
    WantedSide,
)
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict
from app.models.freight import FreightLane

SPARE_LOADING_METRES: Final = 0.05  # a load may be so much longer than what is free
_ROUGHLY: Final = 0.06  # for candidates a trifle more, so that rounding leaves none out
_DETOUR, _USE, _TIME, _REGION, _PRICE = 40, 25, 20, 10, 5
_SAME_STATE: Final = 2  # a country and a state in common; more is a district or town


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    lane = side.party.indexed
    if lane is None:
        return [literal(False)]  # noqa: FBT003 - nothing fits what goes nowhere
    keys = FreightLane.keys.overlap(literal(lane.keys, ARRAY(BigInteger)))
    if side.is_offer:
        return [
            ~FreightLane.is_capacity,
            keys,
            FreightLane.loading_metres <= lane.loading_metres + _ROUGHLY,
            FreightLane.weight_kg <= lane.weight_kg,
            *_unloaded_on_the_way(lane),
        ]
    return [
        FreightLane.is_capacity,
        keys,
        FreightLane.loading_metres >= lane.loading_metres - _ROUGHLY,
        FreightLane.weight_kg >= lane.weight_kg,
        or_(
            FreightLane.to_cell.is_(None),
            FreightLane.cells.contains(literal([lane.to_cell], ARRAY(Integer))),
        ),
    ]


def _unloaded_on_the_way(capacity: Any) -> list[ColumnElement[bool]]:
    if capacity.to_cell is None:
        return []
    return [FreightLane.to_cell == any_(literal(capacity.cells, ARRAY(Integer)))]


@dataclass(frozen=True, slots=True)
class _Route:
    """How a load lies to a trip; distances as the crow flies."""

    from_start_km: float
    detour_km: float
    is_direct: bool

    @property
    def road_km(self) -> float:
        """The detour by road, estimated; this is what a haulier's limit is held against."""
        return self.detour_km * ROAD_FACTOR


def _judge(offer: Party, request: Party) -> Verdict | None:
    trip, load = offer.details, request.details
    if offer.indexed is None or request.indexed is None or not all(_holds(trip, load)):
        return None
    route = _route(offer, request)
    if route is None:
        return None
    left_metres = max(0.0, trip.free_loading_metres - load.loading_metres)
    score = (
        _DETOUR * (1 - min(1.0, route.road_km / trip.max_detour_km) if trip.max_detour_km else 0)
        + _USE * _use(trip, load)
        + _TIME * _overlap(departures(trip), (load.loads_from, load.loads_until))
        + _REGION * _nearness(offer.place_path, request.place_path)
        + _PRICE * (trip.price_eur is not None or load.price_eur is not None)
    )
    kind = N_("direkt") if route.is_direct else N_("auf der Strecke")
    reasons = (
        Reason(kind),
        Reason(N_("%(km)s km vom Ladeort"), {"km": round(route.from_start_km, 1)}),
        Reason(
            N_("%(km)s km Umweg (auf der Straße ca. %(road)s km)"),
            {"km": round(route.detour_km), "road": round(route.road_km)},
        ),
        Reason(N_("%(metres)s Lademeter bleiben frei"), {"metres": round(left_metres, 2)}),
        *_licence(trip),
    )
    return Verdict(round(score), reasons)


def _holds(trip: Any, load: Any) -> Iterable[bool]:
    """Yield the hard conditions but for the way."""
    yield fits_in(load.loading_metres, trip.free_loading_metres)
    yield load.weight_kg <= trip.free_weight_kg
    yield bool(set(days_of_trip(trip)) & set(days_between(load.loads_from, load.loads_until)))
    fitting = set(trip.bodies) & set(load.bodies) if load.bodies else set(trip.bodies)
    if load.loading_side in {WantedSide.SIDE, WantedSide.TOP}:
        fitting -= CLOSED
    yield bool(fitting)
    yield _is_loaded_from(trip, load)
    yield load.adr_class is None or load.adr_class in trip.adr_classes
    yield _is_warm_enough(trip, load)
    yield trip.legal_status != LegalStatus.OWN_ACCOUNT or _may_go_unpaid(trip, load)


def fits_in(metres: float, free: float) -> bool:
    """Whether loading metres fit into those that are free, give or take the width of a hand."""
    return round(metres - free, 3) <= SPARE_LOADING_METRES


def _is_loaded_from(trip: Any, load: Any) -> bool:
    """Whether the lorry is loaded from the side that is wanted; one that says nothing, from any."""
    anyhow = load.loading_side == WantedSide.ANY or not trip.loading_sides
    return anyhow or load.loading_side in {side.value for side in trip.loading_sides}


def _is_warm_enough(trip: Any, load: Any) -> bool:
    """Whether the temperatures that a load bears are among those that the lorry holds."""
    low, high = load.temperature_from_c, load.temperature_to_c
    if low is None and high is None:
        return True
    held = (trip.temperature_from_c, trip.temperature_to_c)
    if held[0] is None or held[1] is None:
        return False
    return bool((low is None or held[1] >= low) and (high is None or held[0] <= high))


def _may_go_unpaid(trip: Any, load: Any) -> bool:
    """Whether own-account transport stays unpaid, or is light enough to be free."""
    unpaid = FreightPrice.UNPAID
    both_unpaid = trip.price_type == unpaid and load.price_type == unpaid
    return bool(both_unpaid or trip.vehicle_type == VehicleType.UP_TO_3_5_T)


def _route(offer: Party, request: Party) -> _Route | None:
    """Place a load on a trip: near both ends, or on the way; None where it lies elsewhere."""
    trip = offer.details
    start, end = _points(offer.indexed)
    pickup, delivery = _points(request.indexed)
    away = crow_km(start, pickup)
    is_near = away <= trip.pickup_radius_km
    if delivery is None:
        return None
    if end is None:
        return _Route(away, away, is_direct=True) if is_near else None
    detour = detour_km(start, end, pickup, delivery)
    is_short = detour <= DETOUR_SHARE * crow_km(start, end)
    on_the_way = is_short and detour * ROAD_FACTOR <= trip.max_detour_km
    ahead = on_the_way or angle_between(bearing(start, end), bearing(pickup, delivery)) <= pi / 2
    is_direct = is_near and ahead and crow_km(delivery, end) <= trip.delivery_radius_km
    if not (is_direct or on_the_way):
        return None
    return _Route(away, detour, is_direct=is_direct)


def _points(lane: Any) -> tuple[Point, Point | None]:
    start = Point(lane.from_latitude, lane.from_longitude)
    if lane.to_latitude is None:
        return start, None
    return start, Point(lane.to_latitude, lane.to_longitude)


def _use(trip: Any, load: Any) -> float:
    """Return which share of what is free the load takes, of metres or weight the smaller."""
    metres = load.loading_metres / trip.free_loading_metres
    return float(min(1.0, metres, load.weight_kg / trip.free_weight_kg))


def _overlap(
    windows: Iterable[tuple[datetime, datetime]], loading: tuple[datetime, datetime]
) -> float:
    """Return which share of the shorter window both have in common, in the best week."""
    best = 0.0
    for start, end in windows:
        common = (min(end, loading[1]) - max(start, loading[0])).total_seconds()
        shorter = min((end - start), (loading[1] - loading[0])).total_seconds()
        if common >= 0:
            best = max(best, common / shorter if shorter else 1.0)
    return best


def _nearness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return 1 for places in the same town or district, a half for the same state."""
    common = len(set(one) & set(other))
    return 1.0 if common > _SAME_STATE else 0.5 if common == _SAME_STATE else 0.0


def _licence(trip: Any) -> list[Reason]:
    """Say on what ground the haulier carries: shippers must not use the unlicensed (§ 7c GüKG)."""
    if trip.legal_status == LegalStatus.LICENSED:
        return [Reason(N_("Erlaubnis nach GüKG angegeben"))]
    return []


RULE: Final = Rule(
    offers="freight_capacity",
    seeks="freight_request",
    narrow=_narrow,
    judge=_judge,
    explained=N_(
        "Laderaum und Fracht: Lademeter, Gewicht, Tag, Aufbau, Beladung, Gefahrgut, Temperatur und "
        "Rechtsstatus müssen passen; die Fracht liegt nah an Start und Ziel oder auf der Strecke "
        "(Straße geschätzt als Luftlinie mal 1,25)."
    ),
    parts=(
        Part(N_("kleiner Umweg"), _DETOUR),
        Part(N_("Auslastung"), _USE),
        Part(N_("gemeinsame Ladezeit"), _TIME),
        Part(N_("dieselbe Gegend"), _REGION),
        Part(N_("ein genannter Preis"), _PRICE),
    ),
    index=FreightLane,
)
