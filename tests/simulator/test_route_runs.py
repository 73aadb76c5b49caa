"""Real runs of every route: what metrics count is what the events tell, one by one."""

from collections import Counter
from pathlib import Path

import pytest

from simulator.follow import read_deposits
from simulator.runner import run
from simulator.scenario import Route
from simulator.store import RunReader
from tests.helpers.routes import build_transfers
from tests.helpers.scenarios import load

TROUBLE = [
    {"orphan": {"slot": 14, "shard": 0, "retry": True}},
    {"orphan": {"slot": 20, "shard": 1, "retry": False}},
    {"withhold": {"shard": 2, "start": 16, "stop": 26}},
]


@pytest.mark.parametrize("route", Route)
def test_run_metrics_of_routes_agree_with_followed_transfers(route: Route, tmp_path: Path) -> None:
    scenario = build_transfers(48, route=str(route), cross_shard=0.6, expiry_slots=6)
    result = run(load({**scenario, "faults": TROUBLE}, tmp_path), tmp_path / "run")
    reader = RunReader(tmp_path / "run")
    followed = read_deposits(reader)
    reader.close()

    metrics = result.metrics
    assert metrics["deposits.reverted"] > 0
    for used in (route, "shard"):
        states = Counter(each.state for each in followed if each.route == used)
        counted = {
            name: metrics[f"routes.{used}.{name}"] for name in ("settled", "rejected", "returned")
        }
        assert counted == {name: states[name] for name in counted}
        assert metrics[f"routes.{used}.created"] == states.total()
        assert metrics[f"routes.{used}.open"] == states.total() - sum(counted.values())
        slowest = max(each.latency_slots or 0 for each in followed if each.route == used)
        assert metrics[f"routes.{used}.latency_slots.max"] == slowest
    assert metrics["deposits.open"] == sum(
        each.state not in {"settled", "rejected", "returned"} for each in followed
    )


@pytest.mark.parametrize(("route", "operations"), [("beacon", 2), ("receipt", 0), ("netting", 0)])
def test_run_route_takes_as_many_beacon_operations_as_it_must(
    route: str, operations: int, tmp_path: Path
) -> None:
    metrics = run(load(build_transfers(32, route=route), tmp_path)).metrics

    assert metrics[f"routes.{route}.settled"] > 0
    assert metrics[f"routes.{route}.beacon_operations_per_transfer"] == operations
    assert (metrics[f"routes.{route}.beacon_bytes_per_transfer"] > 0) is (operations > 0)
    assert metrics[f"routes.{route}.proof_bytes_per_transfer"] > 0
    assert metrics["beacon.claims"] >= metrics[f"routes.{route}.settled"] * operations / 2


def test_run_stories_of_accounts_add_up(tmp_path: Path) -> None:
    result = run(load(build_transfers(32, route="receipt"), tmp_path), tmp_path / "run")
    reader = RunReader(tmp_path / "run")
    settled = [each for each in read_deposits(reader) if each.state == "settled"]
    reader.close()

    assert len(settled) == result.metrics["deposits.settled"] > 0
    for transfer in settled:
        pushed, credited = transfer.steps[0], transfer.steps[-1]
        assert (pushed.account, credited.account) == (transfer.sender, transfer.recipient)
        assert pushed.before_gwei is not None
        assert pushed.after_gwei == pushed.before_gwei - transfer.gwei
        assert credited.before_gwei is not None
        assert credited.after_gwei == credited.before_gwei + transfer.gwei
