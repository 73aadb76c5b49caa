"""Transfers that users plan: how many arrive, along which edges, and who pays for them."""

from collections import Counter
from collections.abc import Sequence
from statistics import mean
from typing import Any

import pytest

from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.plans import (
    Planned,
    PlannedGrant,
    PlannedReserve,
    PlannedTransfer,
    compute_grants,
    name_account,
    name_reserve,
    plan_users,
)
from simulator.scenario import Scenario
from simulator.topology import build_edges
from tests.helpers.scenarios import build_scenario
from tests.helpers.transfers import NAME, build_load

SHARDS = 4
SLOTS = 4000


def freeze(value: Any) -> Any:  # noqa: ANN401 - YAML values
    """Return what the models take: tuples for lists."""
    if isinstance(value, dict):
        return {key: freeze(item) for key, item in value.items()}
    return tuple(map(freeze, value)) if isinstance(value, list | tuple) else value


def plan(slots: int = 200, shards: int = SHARDS, **changes: Any) -> list[Planned]:  # noqa: ANN401 - YAML values
    load = build_load(**{"start": 1, "arrival": "poisson", **changes})
    scenario = Scenario.model_validate(freeze(build_scenario(slots, workload=[load])))
    return [item for items in plan_users(scenario, shards).values() for item in items]


def get_transfers(planned: Sequence[Planned]) -> list[PlannedTransfer]:
    return [item for item in planned if isinstance(item, PlannedTransfer)]


def count_by_slot(planned: Sequence[Planned], slots: int) -> list[int]:
    counts = Counter(item.slot for item in planned)
    return [counts[Slot(slot)] for slot in range(1, slots + 1)]


@pytest.mark.parametrize("arrival", ["steady", "poisson", "bursts"])
@pytest.mark.parametrize("rate", [0.25, 1.5, 6.0])
def test_plan_transfers_every_arrival_has_the_stated_mean(arrival: str, rate: float) -> None:
    counts = count_by_slot(plan(SLOTS, arrival=arrival, per_slot=rate), SLOTS)

    # The mean's standard deviation is at most sqrt(2 * rate / 4000): five of them.
    assert abs(mean(counts) - rate) < 5 * (2 * rate / SLOTS) ** 0.5


def test_plan_transfers_steady_whole_rate_is_exact() -> None:
    assert set(count_by_slot(plan(arrival="steady", per_slot=3), 200)) == {3}


def test_plan_transfers_poisson_spreads_as_much_as_its_mean() -> None:
    counts = count_by_slot(plan(SLOTS, arrival="poisson", per_slot=4), SLOTS)

    variance = mean((count - 4) ** 2 for count in counts)
    # Its standard deviation is about sqrt((2 * 16 + 4) / 4000) = 0.095: five of them.
    assert abs(variance - 4) < 0.5


def test_plan_transfers_bursts_are_silent_in_every_second_stretch() -> None:
    counts = count_by_slot(plan(400, arrival="bursts", per_slot=3, burst_slots=5), 400)

    loud = [count for slot, count in enumerate(counts, 1) if slot // 5 % 2 == 0]
    silent = [count for slot, count in enumerate(counts, 1) if slot // 5 % 2]
    assert set(silent) == {0}
    assert 5 < mean(loud) < 7


def test_plan_transfers_rate_zero_plans_nothing() -> None:
    assert [plan(arrival=arrival, per_slot=0) for arrival in ("steady", "poisson", "bursts")] == [
        [],
        [],
        [],
    ]


@pytest.mark.parametrize("kind", ["complete", "ring", "star", "small-world", "scale-free"])
def test_plan_transfers_cross_along_edges_of_the_topology_only(kind: str) -> None:
    scenario = Scenario.model_validate(
        freeze(build_scenario(400, workload=[build_load(topology={"kind": kind, "neighbors": 2})]))
    )
    load = scenario.workload[0].transfers
    assert load is not None

    planned = [item for items in plan_users(scenario, SHARDS).values() for item in items]

    used = {(item.from_shard, item.to_shard) for item in get_transfers(planned)}
    # The graph of a drawn kind is the plan's own: any seed gives no more than all pairs.
    allowed = set(build_edges(load.topology, SHARDS, 0))
    if kind in {"complete", "ring", "star"}:
        assert used == allowed
    assert all(sender != receiver for sender, receiver in used)


def test_plan_transfers_given_edges_are_directed() -> None:
    edges = [[0, 3], [2, 1]]

    planned = get_transfers(plan(topology={"kind": "edges", "edges": edges}))

    assert {(item.from_shard, item.to_shard) for item in planned} == {(0, 3), (2, 1)}


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
def test_plan_transfers_that_all_cross_have_the_route(route: str) -> None:
    planned = get_transfers(plan(route=route, cross_shard=1.0))

    assert {item.route for item in planned} == {route}
    assert all(item.from_shard != item.to_shard for item in planned)


@pytest.mark.parametrize("shards", [1, SHARDS])
def test_plan_transfers_none_of_which_crosses_stay_and_pay_somebody_else(shards: int) -> None:
    planned = get_transfers(plan(cross_shard=0, shards=shards, users=2, recipients=3))

    assert {item.route for item in planned} == {"shard"}
    assert {(item.from_shard, item.to_shard) for item in planned} == {
        (shard, shard) for shard in range(shards)
    }
    pairs = {(item.sender, item.recipient) for item in planned}
    assert pairs == {(0, 1), (0, 2), (1, 0), (1, 2)}


def test_plan_transfers_share_that_crosses_is_the_stated_one() -> None:
    planned = get_transfers(plan(SLOTS, cross_shard=0.3, per_slot=1, arrival="steady"))

    crossing = sum(item.route != "shard" for item in planned)
    # 1,200 expected, standard deviation 29: five of them.
    assert abs(crossing - 1200) < 145


def test_plan_transfers_stay_within_users_recipients_and_amounts() -> None:
    planned = get_transfers(plan(SLOTS, users=2, recipients=4, gwei=[5, 7]))

    assert {item.sender for item in planned} == {0, 1}
    assert {item.recipient for item in planned} == {0, 1, 2, 3}
    assert {item.amount for item in planned} == {5, 6, 7}


@pytest.mark.parametrize(("route", "expected"), [("receipt", {9, None}), ("netting", {None})])
def test_plan_transfers_only_messages_expire(route: str, expected: set[int | None]) -> None:
    planned = get_transfers(plan(route=route, cross_shard=0.5, expiry_slots=9))

    assert {item.expiry_slots for item in planned} == expected
    assert {item.expiry_slots for item in planned if item.route == "shard"} == {None}


def test_plan_transfers_reserve_is_locked_on_every_shard_first() -> None:
    planned = plan(route="netting", reserve_gwei=77)

    reserves = [item for item in planned if isinstance(item, PlannedReserve)]
    assert reserves == [
        PlannedReserve(Slot(1), NAME, ShardIndex(shard), Gwei(77)) for shard in range(SHARDS)
    ]
    assert planned[:SHARDS] == reserves


def test_plan_transfers_reserve_is_for_netting_only() -> None:
    planned = plan(route="receipt", reserve_gwei=77)

    assert not [item for item in planned if isinstance(item, PlannedReserve)]


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
def test_compute_grants_cover_exactly_what_every_account_sends(route: str) -> None:
    planned = plan(route=route, cross_shard=0.5, reserve_gwei=77)
    spent: Counter[tuple[int, str]] = Counter()
    for item in planned:
        if isinstance(item, PlannedTransfer):
            spent[item.from_shard, name_account(NAME, item.from_shard, item.sender)] += item.amount
        if isinstance(item, PlannedReserve):
            spent[item.shard, name_reserve(NAME, item.shard)] += item.amount

    grants = compute_grants({Slot(1): planned})

    assert grants == sorted(grants, key=lambda grant: (grant.shard, grant.account))
    assert {(grant.shard, grant.account): grant.amount for grant in grants} == spent
    assert all(isinstance(grant, PlannedGrant) and grant.script == NAME for grant in grants)
