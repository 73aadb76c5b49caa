"""An attacker's choice against brute force: every kind is tried under every placement."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pytest

from chain.constants import GWEI_PER_ETH
from chain.placement import get_placements
from simulator.compare import compare, plan_runs
from simulator.metrics import Number
from simulator.scenario import AttackGoal, AttackKind

STRATEGIES: Final = "validation.strategy=" + ",".join(get_placements())
KIND: Final = "adversaries[0].kind"
SETTINGS: Final = ("slots=40", "adversaries[0].stop=36", "adversaries[0].eth=24", "expect=[]")
OVERSIZED: Final = (f"{KIND}=oversized", "adversaries[0].size_bytes=65_537")
NEAR: Final = 0.8
"""The share of the best that is good enough."""


class Outcome(NamedTuple):
    """What one campaign did, and what its author lost."""

    seconds: float
    blocks: float
    gwei: float

    def get_harm(self, goal: AttackGoal) -> float:
        return self.seconds if goal is AttackGoal.CPU else self.blocks


def run_all(vary: Sequence[str], *settings: str) -> Iterator[tuple[str, str, Outcome]]:
    planned = plan_runs("forty_eth", [STRATEGIES, *vary], [*SETTINGS, *settings])
    for compared in compare(planned, workers=2):
        found = read_outcome(compared.metrics)
        yield compared.settings["validation.strategy"], compared.settings.get(KIND, ""), found


def read_outcome(metrics: Mapping[str, Number]) -> Outcome:
    lost = ("beacon.blocks_lost", "shards.blocks_rejected", "shards.noop_blocks")
    blocks = sum(metrics[name] for name in (*lost, "shards.blocks_reverted"))
    bonds = metrics.get("bonds.burned_gwei", 0) + metrics.get("bonds.rewarded_gwei", 0)
    gwei = metrics["costs.attack_fees_gwei"] + bonds
    return Outcome(float(metrics["costs.attack_seconds"]), float(blocks), float(gwei))


@pytest.fixture(scope="module")
def unharmed() -> dict[str, Outcome]:
    """What happens without any attack: careless proposers lose blocks of honest scripts too."""
    return {strategy: found for strategy, _, found in run_all((), "adversaries=[]")}


@pytest.fixture(scope="module")
def tried(unharmed: Mapping[str, Outcome]) -> dict[str, dict[str, Outcome]]:
    """Every campaign by placement and kind."""
    kinds = [kind.value for kind in AttackKind]
    for special in (AttackKind.BUDGET, AttackKind.OVERSIZED):
        kinds.remove(special.value)
    campaigns = [*run_all([f"{KIND}={','.join(kinds)}"]), *run_all((), *OVERSIZED)]
    by_strategy: defaultdict[str, dict[str, Outcome]] = defaultdict(dict)
    for strategy, kind, found in campaigns:
        blocks = found.blocks - unharmed[strategy].blocks
        by_strategy[strategy][kind] = found._replace(blocks=blocks)
    return by_strategy


@pytest.mark.slow
@pytest.mark.parametrize("goal", list(AttackGoal))
def test_attacker_chooses_within_a_fifth_of_the_best_per_eth(
    goal: AttackGoal, tried: Mapping[str, Mapping[str, Outcome]], unharmed: Mapping[str, Outcome]
) -> None:
    for strategy, _, found in run_all((), f"{KIND}=budget", f"adversaries[0].goal={goal}"):
        chosen = found._replace(blocks=found.blocks - unharmed[strategy].blocks)
        outcomes = tried[strategy].values()
        free = [each.get_harm(goal) for each in outcomes if not each.gwei]
        if any(free):
            assert not chosen.gwei, strategy
            assert chosen.get_harm(goal) >= NEAR * max(free), strategy
        else:
            rates = [each.get_harm(goal) / each.gwei for each in outcomes if each.gwei]
            assert chosen.gwei <= 24 * GWEI_PER_ETH, strategy
            assert chosen.get_harm(goal) / chosen.gwei >= NEAR * max(rates), strategy
