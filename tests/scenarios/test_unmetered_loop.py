"""A loop that never ends, under each way of metering: the figures of ``docs/metering.md``."""

from pathlib import Path

import pytest

from chain.config import Metering
from simulator import load_scenario, run

PAGE = Path(__file__).parents[2] / "docs/metering.md"


@pytest.mark.parametrize(
    ("metering", "outcome", "fuel"),
    [
        (Metering.NONE, "watchdog", 4_000_000_000),
        (Metering.FUEL, "out_of_fuel", 400_000_000),
        (Metering.TICKS, "watchdog", 4_000_000_000),
        (Metering.INJECTED, "out_of_ticks", 1_149_998_108),
    ],
)
def test_endless_call_costs_its_block_and_the_run_goes_on(
    metering: Metering, outcome: str, fuel: int
) -> None:
    loaded = load_scenario("unmetered_loop", [f"chain.execution.metering={metering}"])

    result = run(loaded, keep_events=False)

    failed = {name: count for name, count in result.metrics.items() if "execution.failed" in name}
    assert failed == {f"execution.failed.{outcome}": 1, "execution.failed_fuel": fuel}
    assert result.metrics["shards.blocks_rejected"] == 1
    # Four shards from slot 2 on, less the lost block.
    assert result.metrics["shards.blocks"] == 91
    assert f"| `{metering}` | `{outcome}` | {fuel:,} |" in PAGE.read_text(encoding="utf-8")
