"""Routes without chains: a scenario with transfers, and a stand-in for runs of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chain.config import DEMO
from simulator.loader import LoadedScenario
from simulator.metrics import Metrics, Number
from simulator.scenario import Route, TransferWorkload
from tests.helpers.scenarios import Settings, build_scenario, register, save_scenario
from tests.helpers.scripts import SCRIPTS

MANAGER: Final = str(SCRIPTS / "deposit_manager.wasm")


def build_transfers(slots: int = 64, **changes: Any) -> Settings:  # noqa: ANN401 - YAML values
    """A tiny scenario with transfers; ``changes`` replace keys of their workload."""
    load = {"script": "manager", "per_slot": 2, "cross_shard": 1.0, "gwei": [1000, 2000]}
    return build_scenario(
        slots,
        events=[register("manager", MANAGER)],
        workload=[{"transfers": {**load, **changes}}],
    )


def save_transfers(folder: Path, **changes: Any) -> Path:  # noqa: ANN401 - YAML values
    """Write such a scenario."""
    return save_scenario(build_transfers(**changes), folder, "transfers")


def get_transfers(loaded: LoadedScenario) -> TransferWorkload:
    """The transfers of a scenario."""
    (workload,) = loaded.scenario.workload
    if workload.transfers is None:
        raise ValueError("the scenario has no transfers")
    return workload.transfers


@dataclass(frozen=True, slots=True)
class StubOutcome:
    """What a run would have come to."""

    metrics: Mapping[str, Number]
    findings: tuple[str, ...] = ()


class StubChains:
    """Stands in for runs: every route carries so many transfers per slot, the rest queue up.

    Attributes:
        capacities: Transfers per slot that a route can carry; others carry any number.
        lost_share: Share of transfers beyond the capacity that vanish instead of queueing.
        asked: Route and transfers per slot of all runs that were asked for, in order.
    """

    def __init__(self, capacities: Mapping[Route, float], lost_share: float = 0.0) -> None:
        """Know what the routes can carry."""
        self.capacities = capacities
        self.lost_share = lost_share
        self.asked: list[tuple[Route, float]] = []

    def __call__(self, loaded: LoadedScenario) -> StubOutcome:
        """Return what a run would come to."""
        load = get_transfers(loaded)
        self.asked.append((load.route, load.per_slot))
        slots = loaded.scenario.slots
        carried = min(load.per_slot, self.capacities.get(load.route, load.per_slot))
        excess = load.per_slot - carried
        prefix = f"routes.{load.route}"
        numbers = {
            f"{prefix}.created": round(slots * load.per_slot),
            f"{prefix}.settled": round(slots * carried),
            f"{prefix}.rejected": 0,
            f"{prefix}.settled_per_slot": carried,
            f"{prefix}.latency_slots.p50": 5,
            f"{prefix}.latency_slots.p95": 8,
            f"{prefix}.latency_slots.max": 9,
            f"{prefix}.in_flight_max_gwei": 1_500_000_000,
            "queues.relay_growth_per_slot": round(excess * (1 - self.lost_share), 3),
        }
        findings = ("Signatures were hashes.", f"Load of {load.route}: {load.per_slot:g}.")
        return StubOutcome({**Metrics(DEMO).compute(), **numbers}, findings)
