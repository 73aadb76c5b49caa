"""Every shard of every shipped scenario, exported and run again as a Scout test file."""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from simulator.loader import load_scenario
from simulator.runner import run
from simulator.shipped import ShippedScenario, list_shipped
from tests.helpers.scout_export import check_exports

SHORTENED = {"small_world": ("slots=120", "workload[0].transfers.stop=110")}
"""Long scenarios whose beginning is enough: what they export later is no different."""

FAST = {"helloworld", "deposit_journey", "placements", "witnesses"}
IDLE = {"deposit_journey": 2, "witnesses": 2}
"""How many shards have no block, where any has none."""


def mark(scenario: ShippedScenario) -> ParameterSet:
    marks = [] if scenario.name in FAST else [pytest.mark.slow]
    return pytest.param(scenario.name, id=scenario.name, marks=marks)


@pytest.mark.parametrize("name", [mark(scenario) for scenario in list_shipped()])
def test_export_of_every_shard_of_a_shipped_scenario_passes(name: str, tmp_path: Path) -> None:
    result = run(load_scenario(name, SHORTENED.get(name, ())), tmp_path / "run")

    blocks = check_exports(result)

    no_ops = result.metrics.get("shards.noop_blocks", 0)
    reverted = result.metrics.get("shards.blocks_reverted", 0)
    assert sum(blocks) == result.metrics["shards.blocks"] - no_ops - reverted
    assert blocks.count(0) == IDLE.get(name, 0) or name not in FAST
