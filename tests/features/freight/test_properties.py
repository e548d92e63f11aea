"""What holds for matching of freight whatever is drawn: a property test of rule and engine."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from hypothesis import HealthCheck, given, settings, strategies as st

from app.features.matching.finding import judge_pair
from app.features.matching.parties import Found
from app.features.posts.drafts import KINDS
from app.features.posts.freight.geometry import Point
from app.features.posts.freight.lanes import Way, capacity_lane, request_lane
from app.features.posts.freight.rule import RULE
from app.features.posts.freight.terms import CLOSED
from app.features.posts.matching_rules import Party
from tests.features.freight.arranging import CAPACITY, REQUEST
from tests.features.freight.test_rule import NOW

MIDNIGHT = datetime(2027, 1, 14)  # noqa: DTZ001 - local time
points = st.builds(Point, st.floats(50.8, 54.2), st.floats(6.8, 11.2))
bodies = st.lists(
    st.sampled_from(["box", "curtain_sider", "refrigerator", "flatbed"]), max_size=3, unique=True
)


@st.composite
def lorries(draw):
    start = MIDNIGHT + timedelta(hours=draw(st.integers(0, 72)))
    end = start + timedelta(hours=draw(st.integers(0, 48)))
    details = {
        **CAPACITY,
        "departs_from": start.isoformat(timespec="minutes"),
        "departs_until": end.isoformat(timespec="minutes"),
        "arrives_by": None,
        "free_loading_metres": draw(st.integers(8, 320)) / 20,
        "free_weight_kg": draw(st.integers(100, 28_000)),
        "bodies": draw(bodies.filter(len)),
        "loading_sides": draw(st.lists(st.sampled_from(["rear", "side", "top"]), unique=True)),
        "adr_classes": draw(st.sampled_from([[], ["3"], ["3", "8"]])),
        "tolerance_days": draw(st.integers(0, 2)),
        "max_detour_km": draw(st.integers(0, 200)),
        "pickup_radius_km": draw(st.integers(0, 120)),
        "delivery_radius_km": draw(st.integers(0, 120)),
    }
    way = Way(draw(points), draw(st.none() | points))
    return _found(details, way, capacity_lane)


@st.composite
def loads(draw):
    start = MIDNIGHT + timedelta(hours=draw(st.integers(0, 96)))
    end = start + timedelta(hours=draw(st.integers(0, 48)))
    details = {
        **REQUEST,
        "loads_from": start.isoformat(timespec="minutes"),
        "loads_until": end.isoformat(timespec="minutes"),
        "unloads_until": (end + timedelta(hours=30)).isoformat(timespec="minutes"),
        "packages": [],
        "loading_metres": draw(st.integers(1, 320)) / 20,
        "weight_kg": draw(st.integers(1, 28_000)),
        "bodies": draw(bodies),
        "loading_side": draw(st.sampled_from(["any", "rear", "side", "top"])),
        "adr_class": draw(st.sampled_from([None, None, "3", "9"])),
    }
    return _found(details, Way(draw(points), draw(points)), request_lane)


def _found(details, way, make):
    known = KINDS[details["kind"]].details.model_validate(details)
    lane = SimpleNamespace(**make(known, way))
    number = abs(hash(str(details) + str(way))) % 2**64
    return Found(UUID(int=number), details["kind"], 1, Party(known, NOW, indexed=lane))


def narrowed(one, other):
    """Whether the grid and the bounds, by which the database looks, keep a pair."""
    lorry, load = one.party.indexed, other.party.indexed
    return (
        bool(set(lorry.keys) & set(load.keys))
        and (lorry.to_cell is None or load.to_cell in lorry.cells)
        and load.loading_metres <= lorry.loading_metres + 0.06
        and load.weight_kg <= lorry.weight_kg
    )


@settings(max_examples=300, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(lorries(), loads())
def test_a_pair_is_judged_the_same_from_either_side_and_never_across_a_condition(lorry, load):
    there, back = judge_pair(RULE, lorry, load), judge_pair(RULE, load, lorry)
    assert there == back
    renamed = Found(UUID(int=1), lorry.kind, 7, lorry.party)
    again = judge_pair(RULE, renamed, load)
    assert (again and again.verdict) == (there and there.verdict)
    if there is None:
        return
    assert narrowed(lorry, load), "the database would not have looked at this pair"
    trip, goods = lorry.party.details, load.party.details
    assert 0 <= there.verdict.score <= 100
    assert goods.loading_metres <= trip.free_loading_metres + 0.0501
    assert goods.weight_kg <= trip.free_weight_kg
    assert not goods.adr_class or goods.adr_class in trip.adr_classes
    assert not goods.bodies or set(goods.bodies) & set(trip.bodies)
    assert goods.loading_side not in {"side", "top"} or set(trip.bodies) - CLOSED
    spare = timedelta(days=trip.tolerance_days)
    assert goods.loads_from.date() <= (trip.departs_until + spare).date()
    assert goods.loads_until.date() >= (trip.departs_from - spare).date()


@settings(max_examples=40, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.lists(lorries(), min_size=1, max_size=5), st.lists(loads(), min_size=1, max_size=5))
def test_all_at_once_finds_what_one_by_one_does(several, many):
    def found(first, then):
        """Publish one after the other, each matched with what is there already."""
        there, pairs = [], set()
        for one in (*first, *then):
            for other in there:
                if one.kind != other.kind:
                    pair = judge_pair(RULE, one, other)
                    if pair:
                        pairs.add((pair.offer.post_id, pair.request.post_id, pair.verdict.score))
            there.append(one)
        return pairs

    assert found(several, many) == found(many, several)
    mixed = [one for pair in zip(several, many, strict=False) for one in pair]
    assert found(mixed, []) <= found(several, many)
