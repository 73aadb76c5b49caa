"""Queue trends: growth without bound, told from filling, bursts and the beat of crosslinks."""

from collections.abc import Sequence

import pytest

from simulator.metrics import QueueTrend


def grow(lengths: Sequence[int], first_slot: int = 1, last_slot: int | None = None) -> float:
    trend = QueueTrend()
    for length in lengths:
        trend.add(length)
    return trend.compute_growth(first_slot, len(lengths) if last_slot is None else last_slot)


def test_compute_growth_straight_line_is_its_slope() -> None:
    assert grow([3 * slot for slot in range(100)]) == 3


def test_compute_growth_of_a_slow_queue_in_a_long_run_is_its_slope() -> None:
    # 10,000 slots are kept as means over 32 slots each.
    assert grow([slot // 4 for slot in range(10_000)]) == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param([0] * 100, id="empty"),
        pytest.param([500] * 100, id="steady"),
        pytest.param([min(slot, 20) for slot in range(100)], id="fills, then steady"),
        pytest.param([max(0, 400 - 4 * slot) for slot in range(100)], id="drains"),
        pytest.param([slot % 16 for slot in range(104)], id="emptied by every crosslink"),
        pytest.param([slot % 48 for slot in range(95)], id="one beat in the second half"),
        pytest.param([slot // 20 for slot in range(100)], id="less than 8 higher"),
        pytest.param([200 + slot for slot in range(100)], id="less than half as much again"),
        pytest.param([100 * slot for slot in range(15)], id="too short to tell"),
        pytest.param([], id="no slot"),
    ],
)
def test_compute_growth_without_growth_is_zero(lengths: list[int]) -> None:
    assert grow(lengths) == 0


def test_compute_growth_beat_of_crosslinks_on_a_growing_queue_is_growth() -> None:
    growth = grow([2 * slot + 3 * (slot % 8) for slot in range(128)])

    assert growth == pytest.approx(2, abs=0.1)


def test_compute_growth_just_at_the_limits_is_growth() -> None:
    # The line of the second half, slots 50 to 99, goes from 98 to 147: exactly half as much again.
    assert grow([48 + slot for slot in range(100)]) == 1
    assert grow([49 + slot for slot in range(100)]) == 0


def test_compute_growth_looks_only_where_it_is_told_to() -> None:
    # Nothing for 20 slots, two more per slot for 40, then it drains.
    lengths = [0] * 20 + [2 * slot for slot in range(40)] + [80 - 2 * slot for slot in range(40)]

    assert grow(lengths) == 0
    assert grow(lengths, 21, 60) == 2


@pytest.mark.parametrize(("first", "last"), [(1, 0), (90, 200), (500, 600)])
def test_compute_growth_of_too_few_slots_is_zero(first: int, last: int) -> None:
    assert grow([3 * slot for slot in range(100)], first, last) == 0
