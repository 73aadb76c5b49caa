"""When to draw: by a clock of our own."""

import pytest

from simulator.live.pace import Pace
from tests.helpers.live import FakeClock


def count_draws(pace: Pace, clock: FakeClock, processor: FakeClock, draw_seconds: float) -> int:
    """Simulate 1000 slots of 20 ms, of which this process gets a half; return how often it drew."""
    draws = 0
    for slot in range(1, 1001):
        clock.now += 0.02
        processor.now += 0.01
        if pace.start_draw(slot):
            draws += 1
            clock.now += draw_seconds
            processor.now += draw_seconds
            pace.finish_draw()
    return draws


def test_pace_quick_draws_come_eight_times_a_second_at_most() -> None:
    clock, processor = FakeClock(), FakeClock()

    draws = count_draws(Pace(1000, clock, processor), clock, processor, draw_seconds=0.0)

    assert 130 <= draws <= 160  # of twenty seconds


@pytest.mark.parametrize("draw_seconds", [0.005, 0.02, 0.1])
def test_pace_slow_draws_keep_to_their_share_of_processor_time(draw_seconds: float) -> None:
    clock, processor = FakeClock(), FakeClock()

    draws = count_draws(Pace(1000, clock, processor), clock, processor, draw_seconds)

    # The first draw comes at once, whatever it takes; from then on it is a fortieth.
    assert (draws - 1) * draw_seconds <= 0.025 * (processor.now - 100)
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
