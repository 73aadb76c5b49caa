"""When to draw: by a clock of our own."""

import pytest

from simulator.live.pace import Pace
from tests.helpers.live import FakeClock


def count_draws(clock: FakeClock, pace: Pace, draw_seconds: float, slot_seconds: float) -> int:
    """Simulate 1000 slots; return how often was drawn."""
    draws = 0
    for slot in range(1, 1001):
        clock.now += slot_seconds
        started = pace.start_draw(slot)
        if started is not None:
            draws += 1
            clock.now += draw_seconds
            pace.finish_draw(started)
    return draws


def test_pace_quick_draws_come_eight_times_a_second_at_most() -> None:
    clock = FakeClock()

    draws = count_draws(clock, Pace(1000, clock), draw_seconds=0.0, slot_seconds=0.01)

    assert 70 <= draws <= 80  # of ten seconds


@pytest.mark.parametrize("draw_seconds", [0.02, 0.1, 0.5])
def test_pace_slow_draws_keep_to_a_fortieth_of_the_time(draw_seconds: float) -> None:
    clock = FakeClock()
    pace = Pace(1000, clock)

    draws = count_draws(clock, pace, draw_seconds, slot_seconds=0.05)

    # The first draw comes at once, whatever it takes; from then on it is a share.
    assert (draws - 1) * draw_seconds <= 0.025 * (clock.now - 100)
    assert draws >= 2


def test_pace_tells_speed_and_time_left() -> None:
    clock = FakeClock()
    pace = Pace(100, clock)
    assert pace.seconds_left is None

    clock.now += 5
    pace.start_draw(20)

    assert pace.slots_per_second == 4
    assert pace.seconds_left == 20


def test_pace_speed_is_that_of_late() -> None:
    clock = FakeClock()
    pace = Pace(1000, clock)
    for slot in range(1, 101):
        clock.now += 10 if slot < 50 else 1
        pace.start_draw(slot)

    assert pace.slots_per_second == 1
