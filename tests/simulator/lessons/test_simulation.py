"""A stepped run is the same run."""

from pathlib import Path

import pytest

from simulator.errors import UserError
from simulator.lessons import Simulation, open_lesson
from simulator.runner import run
from tests.helpers.lessons import COMPILED, build_lesson


def test_simulation_in_steps_ends_where_run_ends() -> None:
    loaded = open_lesson(4).loaded
    simulation = Simulation(loaded, COMPILED)

    pieces = [simulation.run_to(slot) for slot in (5, 6, 20)] + [simulation.run_to()]
    result = run(loaded, compiled=COMPILED)

    assert tuple(event for piece in pieces for event in piece) == result.events
    assert simulation.metrics == result.metrics
    assert simulation.beacon == result.states.beacon
    assert simulation.shards == result.states.shards


def test_simulation_begins_at_genesis(tmp_path: Path) -> None:
    simulation = Simulation(build_lesson(tmp_path, {"prose": "x"}).loaded)

    assert (simulation.slot, simulation.events) == (0, [])
    assert simulation.metrics["slots"] == 0


def test_run_to_a_slot_that_is_past_runs_nothing(tmp_path: Path) -> None:
    simulation = Simulation(build_lesson(tmp_path, {"prose": "x"}).loaded)
    simulation.run_to(3)

    assert simulation.run_to(2) == []
    assert simulation.slot == 3


def test_follow_tells_a_deposit_as_far_as_it_came() -> None:
    simulation = Simulation(open_lesson(4).loaded, COMPILED)
    simulation.run_to(8)
    with pytest.raises(UserError, match="there is no deposit 1 yet"):
        simulation.follow(1)

    simulation.run_slot()
    assert simulation.follow(1).state == "committed"
    simulation.run_to()
    assert simulation.follow(1).state == "settled"
