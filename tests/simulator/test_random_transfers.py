"""Random traffic over all routes with all faults: ETH is conserved in every slot.

What is checked after each slot is in ``tests.helpers.transfers.Watch.check``; it reads the
chains, not the relayers' books, and then compares.
"""

from collections import Counter
from pathlib import Path

import pytest

from simulator import events
from simulator.manager.rules import ReplayProtection
from tests.helpers.random_transfers import SLOTS, draw_transfers
from tests.helpers.scenarios import select
from tests.helpers.transfers import Watch, watch

OPERATIONS = 10_000
FEW_TRANSFERS = 3.0


def run_seed(seed: int, folder: Path, **changes: float) -> Watch:
    """Run a drawn scenario to its end; a failure names its seed."""
    watched = watch(draw_transfers(seed, **changes), folder)
    try:
        watched.run(SLOTS)
    except Exception as error:
        error.add_note(f"seed {seed}, slot {watched.world.slot}")
        raise
    return watched


@pytest.mark.parametrize("seed", range(3))
def test_run_random_transfers_conserves_eth_in_every_slot(seed: int, tmp_path: Path) -> None:
    watched = run_seed(seed, tmp_path, per_slot=FEW_TRANSFERS)

    assert watched.protection is tuple(ReplayProtection)[seed]
    assert watched.books.operations > 100


@pytest.mark.slow
def test_run_10000_operations_over_all_routes_with_all_faults_conserves_eth_in_every_slot(
    tmp_path: Path,
) -> None:
    operations, seed = 0, 0
    settled: Counter[str] = Counter()
    struck: Counter[tuple[str, bool]] = Counter()
    variants: Counter[ReplayProtection] = Counter()
    while operations < OPERATIONS or seed % len(ReplayProtection):
        watched = run_seed(seed, tmp_path)
        operations += watched.books.operations
        settled += count_settled(watched)
        struck += Counter(
            (e.fault, e.succeeded) for e in select(watched.history, events.FaultStruck)
        )
        variants[watched.protection] += 1
        seed += 1

    # A property that holds because nothing happened would prove nothing.
    assert all(settled[route] > 500 for route in ("shard", "beacon", "receipt", "netting"))
    faults = ("orphan", "withhold", "halt", "insolvency", "replay")
    assert all(struck[fault, True] for fault in faults)
    assert struck["replay", False] > 50
    assert min(variants.values()) >= 3


def count_settled(watched: Watch) -> Counter[str]:
    routes = {e.deposit: e.route for e in select(watched.history, events.DepositCreated)}
    steps = select(watched.history, events.DepositStep)
    return Counter(routes[step.deposit] for step in steps if step.event == "settled")
