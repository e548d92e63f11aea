"""What must not be told, and what must not be told because of it."""

from hypothesis import HealthCheck, given, settings, strategies as st

from app.core.small_numbers import SMALLEST, Sum, Withheld, told

TOTAL = ("total",)


def in_a_row(*numbers):
    cells = {(f"part {n}",): number for n, number in enumerate(numbers)}
    return told({**cells, TOTAL: sum(numbers)}, [Sum(TOTAL, tuple(cells))])


def test_large_numbers_are_told_and_small_ones_are_not():
    assert list(in_a_row(862, 388, 279).values()) == [862, 388, 279, 1529]
    assert told({("a",): 4, ("b",): 5, ("c",): 0}, []) == {
        ("a",): Withheld.UNDER_5,
        ("b",): 5,
        ("c",): Withheld.UNDER_5,
    }


def test_one_small_number_in_a_sum_takes_the_next_larger_with_it():
    shown = in_a_row(100, 3, 20, 9)
    assert list(shown.values()) == [100, Withheld.UNDER_5, 20, Withheld.WITHHELD, 132]


def test_nothing_is_left_out_for_the_sake_of_nought():
    assert list(in_a_row(100, 0, 0, 7).values()) == [
        100,
        Withheld.UNDER_5,
        Withheld.UNDER_5,
        7,
        107,
    ]
    assert list(in_a_row(100, 1, 0, 7).values())[3] is Withheld.WITHHELD


def test_where_there_is_nothing_else_to_leave_out_the_total_is():
    assert in_a_row(4, 4)[TOTAL] is Withheld.WITHHELD
    assert in_a_row(3, 3)[TOTAL] == 6


def test_a_total_that_is_not_told_is_not_the_sum_of_what_is():
    numbers = {("a",): 10, ("b",): 12, TOTAL: 22, ("other",): 2, ("all",): 24}
    shown = told(
        numbers, [Sum(("all",), (TOTAL, ("other",))), Sum(TOTAL, (("a",), ("b",)))]
    )  # fmt: skip
    assert shown[TOTAL] is Withheld.WITHHELD
    assert Withheld.WITHHELD in {shown["a",], shown["b",]}


def possible(unseen, rest):
    """What each unseen part of a known rest may be, as far as its mark says."""
    low = {key: 0 if mark is Withheld.UNDER_5 else SMALLEST for key, mark in unseen.items()}
    for key, mark in unseen.items():
        others_low = sum(low.values()) - low[key]
        open_end = any(other is Withheld.WITHHELD for k, other in unseen.items() if k != key)
        others_high = rest if open_end else (SMALLEST - 1) * (len(unseen) - 1)
        top = rest - others_low
        if mark is Withheld.UNDER_5:
            top = min(top, SMALLEST - 1)
        yield key, max(low[key], rest - others_high), top


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3))
def test_in_a_table_with_totals_every_small_number_may_be_one_of_three(table):
    numbers = {(str(r), str(c)): n for r, row in enumerate(table) for c, n in enumerate(row)}
    sums = []
    for n in map(str, range(3)):
        row, column = [(n, str(c)) for c in range(3)], [(str(r), n) for r in range(3)]
        numbers[n, "all"] = sum(numbers[key] for key in row)
        numbers["all", n] = sum(numbers[key] for key in column)
        sums += [Sum((n, "all"), tuple(row)), Sum(("all", n), tuple(column))]
    numbers["all", "all"] = sum(map(sum, table))
    sums.append(Sum(("all", "all"), tuple((str(r), "all") for r in range(3))))
    sums.append(Sum(("all", "all"), tuple(("all", str(c)) for c in range(3))))
    shown = told(numbers, sums)
    for one in sums:
        unseen = {part: shown[part] for part in one.parts if isinstance(shown[part], Withheld)}
        if isinstance(shown[one.total], Withheld):
            assert unseen
            continue
        rest = shown[one.total] - sum(shown[part] for part in one.parts if part not in unseen)
        for key, lowest, highest in possible(unseen, rest):
            assert highest - lowest >= 2 or not rest, (one, key, shown)
