"""Going back through time in steps: every hour once, the newest first."""

from datetime import UTC, datetime, timedelta

import pytest

from app.features.search.marking import marks_of, steps_back
from app.models.search import Thing

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def step_of(at, steps):
    """In which of the steps something is found that was said at a time."""
    marks = set(marks_of(Thing.POST, at))
    found = [number for number, step in enumerate(steps) if marks & set(step)]
    assert len(found) <= 1, "in two steps at once"
    return found[0] if found else None


@pytest.mark.parametrize("growing", [2, 4, 8])
def test_each_hour_lies_in_exactly_one_step_and_later_hours_in_earlier_steps(growing):
    steps = steps_back(NOW, growing=growing)
    hours = [*range(1_000), *range(1_000, 30_000, 24), *range(30_000, 480_000, 2_323)]
    found = [step_of(NOW - timedelta(hours=hour), steps) for hour in hours]
    assert None not in found
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == len(steps) - 1


def test_steps_end_where_nothing_older_is_wanted():
    steps = steps_back(NOW, NOW - timedelta(days=30), growing=8)
    assert step_of(NOW - timedelta(days=30), steps) == len(steps) - 1
    assert step_of(NOW - timedelta(days=30, hours=3), steps) is None
    assert steps_back(NOW, NOW + timedelta(days=9), growing=8) == []


def test_few_marks_make_up_a_step_however_long_it_is():
    assert max(map(len, steps_back(NOW, growing=8))) <= 24
