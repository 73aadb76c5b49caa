"""How the screen looks, in sizes from small to large.

The screens kept beside this file were looked at. ``python -m tests.simulator.live.test_dashboard``
writes them anew; look at them again then.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len
from rich.console import Console

from simulator import events
from simulator.events import BEACON
from simulator.live.dashboard import Dashboard
from simulator.live.pace import Pace
from simulator.live.state import LiveState
from simulator.loader import load_scenario
from simulator.runner import run
from tests.helpers.live import FakeClock, draw

SCREENS: Final = Path(__file__).parent / "screens"
SIZES: Final = ((60, 20), (100, 30), (200, 60))
CROWDED: Final = ("crowded", 40, ("slots=40",))
ORPHANED: Final = ("crosslink_reorg", 30, ("slots=80",))
SHOWN: Final = {"crowded": CROWDED, "orphaned": ORPHANED}


class _Enough(KeyboardInterrupt):
    """Ends a run that was watched long enough."""


@cache
def watch(name: str) -> LiveState:
    """Return what the view knows in the middle of a run."""
    scenario, last, overrides = SHOWN[name]
    loaded = load_scenario(scenario, list(overrides))
    state = LiveState(loaded)

    def add(slot: int, happened: Sequence[events.Event]) -> None:
        state.add(slot, happened)
        if slot == last:
            raise _Enough

    with pytest.raises(_Enough):
        run(loaded, watch=add)
    return state


def draw_at_ease(name: str, width: int, height: int) -> str:
    """Draw a screen ten seconds after the start."""
    state, clock = watch(name), FakeClock()
    pace = Pace(state.slots, clock)
    clock.now += 10
    pace.start_draw(state.slot)
    return "".join(line.rstrip() + "\n" for line in draw(state, width, height, pace=pace))


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_screen_is_the_one_that_was_looked_at(name: str, width: int, height: int) -> None:
    kept = SCREENS / f"{name}-{width}x{height}.txt"

    assert draw_at_ease(name, width, height) == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize(
    ("width", "height"), [*SIZES, (61, 21), (80, 24), (99, 30), (132, 43), (400, 120)]
)
def test_screen_fills_the_terminal_exactly(name: str, width: int, height: int) -> None:
    lines = draw(watch(name), width, height)

    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_screen_has_every_part_in_every_size(width: int, height: int) -> None:
    screen = "\n".join(draw(watch("crowded"), width, height))

    for part in ("slot 40 of 40", "beacon ", "Deposits", "Costs", "ETH error 0 Gwei", "Events"):
        assert part in screen
    assert "in flight 328" in screen
    assert "total 0.824 s" in screen
    assert "deposit 16 settled, the first" in screen


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 3), (20, 8), (59, 19)])
def test_screen_smaller_than_useful_is_cut(width: int, height: int) -> None:
    lines = draw(watch("crowded"), width, height)

    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


def test_screen_without_unicode_has_other_symbols() -> None:
    lines = draw(watch("orphaned"), 100, 30, encoding="ascii")

    assert all(line.isascii() for line in lines)
    assert any("# ran  ^ deposits  o no-op  ~ called back  x refused" in line for line in lines)


def test_screen_without_colours_still_tells_outcomes_apart() -> None:
    console = Console(width=100, height=30, no_color=True, color_system="truecolor", record=True)
    state = watch("orphaned")
    with console.capture() as capture:
        console.print(Dashboard(state, Pace(state.slots, FakeClock())))

    written = capture.get()
    assert "\x1b[3" not in written  # foreground colours
    assert "○" in written


def test_screen_before_the_first_slot_says_that_it_starts() -> None:
    state = LiveState(load_scenario("deposit_journey"))

    lines = draw(state, 60, 20)

    assert lines[0].endswith("slot 0 of 64")
    assert lines[1].endswith("starting  ") or lines[1].endswith("starting")
    assert any("none on its way" in line for line in lines)


def test_screen_longer_run_than_fits_shows_the_last_slots() -> None:
    state = watch("crowded")

    lines = draw(state, 40, 20)

    assert lines[2].startswith("── Chains, slots 11 to 40")


def test_screen_shows_text_of_others_without_control_characters() -> None:
    loaded = load_scenario("deposit_journey")
    state = LiveState(loaded)
    state.title = "\x1b[2J[red]evil\n"
    refused = events.ScriptRefused(1, BEACON, "\x1b]0;x\x07", "bad_magic", "proposer")

    state.add(1, [refused])

    screen = "\n".join(draw(state, 100, 30))
    assert "\x1b" not in screen
    assert "\x07" not in screen
    assert "?[2J[red]evil?" in screen
    assert "?]0;x? refused by proposer: bad magic" in screen


def test_screen_lanes_keep_their_rows_when_deposits_come_and_go() -> None:
    state = LiveState(load_scenario("crowded"))
    state.slot = 1
    dashboard = Dashboard(state, Pace(state.slots, FakeClock()))
    console = Console(width=80, height=30)

    def count_rows() -> int:
        lines = console.render_lines(dashboard, console.options.update(width=80, height=30))
        return sum("-" in line[0].text[:9] for line in lines)

    few = count_rows()
    for number, step in enumerate(("pushed", "claimed", "active", "exited", "withdrawn", "stuck")):
        state.deposits.create(
            events.DepositCreated(1, "shard 0", number, "relay", "beacon", 0, 1, 10**9, "")
        )
        state.deposits.advance(events.DepositStep(1, "shard 0", number, step, "", 0, ""))
    many = count_rows()
    for number in range(6):
        state.deposits.advance(events.DepositStep(2, "shard 1", number, "settled", "", 0, ""))

    assert many <= few
    assert count_rows() == many


def record() -> None:
    """Write all screens."""
    SCREENS.mkdir(exist_ok=True)
    for name in SHOWN:
        for width, height in SIZES:
            path = SCREENS / f"{name}-{width}x{height}.txt"
            path.write_text(draw_at_ease(name, width, height), encoding="utf-8")


if __name__ == "__main__":
    record()
