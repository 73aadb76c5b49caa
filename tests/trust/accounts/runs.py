"""Runs to be accounted for: those that are shipped, and random ones."""

from pathlib import Path
from random import Random
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from simulator.loader import LoadedScenario, load_scenario
from simulator.shipped import get_scenarios_folder, list_shipped
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.random_scenarios import random_scenarios
from tests.helpers.random_transfers import draw_transfers
from tests.helpers.scenarios import Settings, load

RANDOM_RUNS: Final = 300
_EXAMPLES_SKIPPED: Final = 5
"""The first that Hypothesis draws are the simplest."""


def list_files() -> list[Path]:
    """Return the files of all shipped scenarios, lessons too."""
    shipped = [scenario.path for scenario in list_shipped()]
    return [*shipped, *sorted((get_scenarios_folder() / "lessons").glob("*.yaml"))]


def load_run(number: int, rng: Random, folder: Path) -> LoadedScenario:
    """Load the run of a case: the random ones come first.

    Args:
        number: Of the case.
        rng: Its chance.
        folder: Where a scenario may be written.
    """
    if number >= RANDOM_RUNS:
        return load_scenario(list_files()[number - RANDOM_RUNS])
    write_floating_relay(folder)
    return load(_draw_settings(number, rng), folder)


def _draw_settings(number: int, rng: Random) -> Settings:
    chance = rng.getrandbits(32)
    match number % 3:
        case 0:
            return draw_transfers(chance - chance % 3 + number // 3 % 3, per_slot=3.0)
        case 1:
            return draw_example(random_scenarios(), chance)
        case _:
            return draw_example(random_scenarios(strategies=["optimistic"]), chance)


def draw_example(strategy: st.SearchStrategy[Settings], chance: int) -> Settings:
    """Draw one example of a strategy, the same for the same chance."""
    drawn: list[Settings] = []

    @seed(chance)
    @settings(
        max_examples=_EXAMPLES_SKIPPED + 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(example: Settings) -> None:
        drawn.append(example)

    take()
    return drawn[-1]
