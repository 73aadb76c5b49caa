"""What users plan: by slot, from the seed and their own place in the scenario only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.plans import (
    Planned,
    PlannedCall,
    PlannedDeposit,
    PlannedGrant,
    PlannedWrite,
    compute_grants,
    plan_users,
)
from simulator.scenario import Scenario
from tests.helpers.scenarios import HELLO, RELAY, STORE, build_scenario, call, deposit, register

SHARDS = 4


def plan(slots: int = 100, *, seed: int = 1, **changes: Any) -> dict[Slot, list[Planned]]:  # noqa: ANN401 - YAML values
    raw = build_scenario(slots, seed=seed, **changes)
    frozen = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    return plan_users(Scenario.model_validate(frozen), SHARDS)


def send(**changes: object) -> dict[str, object]:
    base = {"script": "relay", "from": (0,), "to": (1,), "gwei": (1, 9)}
    return {"deposits": {**base, **changes}}


def grant(script: str, shard: int, amount: int, account: str = "") -> PlannedGrant:
    return PlannedGrant(script, ShardIndex(shard), account, Gwei(amount))


def count_by_slot(plans: Mapping[Slot, Sequence[Planned]]) -> dict[int, int]:
    return {slot: len(items) for slot, items in plans.items() if items}


def test_plan_users_event_becomes_one_deposit() -> None:
    plans = plan(events=[register("relay", RELAY), deposit(4, 77, sender=2, receiver=3)])

    assert plans == {4: [PlannedDeposit(Slot(4), "relay", 2, 3, 77)]}  # type: ignore[arg-type]  # literals


def test_plan_users_event_becomes_one_call_with_its_data() -> None:
    plans = plan(events=[register("hello", HELLO), call("hello", 5, 1, "c0Ffee")])

    assert plans == {5: [PlannedCall(Slot(5), "hello", 1, b"\xc0\xff\xee")]}  # type: ignore[arg-type]  # literals


def test_plan_users_whole_rate_is_exact_in_every_slot_of_the_period() -> None:
    plans = plan(20, workload=[send(start=5, stop=9, per_slot=3.0)])

    assert count_by_slot(plans) == {5: 3, 6: 3, 7: 3, 8: 3}


def test_plan_users_period_without_stop_ends_with_the_run() -> None:
    plans = plan(6, workload=[send(start=4)])

    assert count_by_slot(plans) == {4: 1, 5: 1, 6: 1}


def test_plan_users_stop_behind_the_run_is_cut() -> None:
    assert count_by_slot(plan(6, workload=[send(start=5, stop=1000)])) == {5: 1, 6: 1}


def test_plan_users_start_zero_begins_in_slot_one() -> None:
    assert min(count_by_slot(plan(6, workload=[send(start=0)]))) == 1


def test_plan_users_fraction_is_drawn_between_the_whole_numbers() -> None:
    counts = Counter(count_by_slot(plan(1000, workload=[send(per_slot=1.25)])).values())

    assert set(counts) == {1, 2}
    # 250 expected, standard deviation 14: five of them either way.
    assert 180 <= counts[2] <= 320


def test_plan_users_rate_zero_plans_nothing() -> None:
    assert not count_by_slot(plan(workload=[send(per_slot=0.0)]))


def test_plan_users_amounts_and_shards_stay_within_what_is_given() -> None:
    load = send(**{"from": (0, 2), "to": (1, 3), "per_slot": 5.0, "gwei": (10, 12)})

    deposits = [item for items in plan(workload=[load]).values() for item in items]

    assert {item.from_shard for item in deposits if isinstance(item, PlannedDeposit)} == {0, 2}
    assert {item.to_shard for item in deposits if isinstance(item, PlannedDeposit)} == {1, 3}
    assert {item.amount for item in deposits if isinstance(item, PlannedDeposit)} == {10, 11, 12}


def test_plan_users_topology_sends_along_its_edges_only() -> None:
    edges = ((0, 3), (2, 1))
    load = {
        "deposits": {
            "script": "relay",
            "topology": {"kind": "edges", "edges": edges},
            "gwei": (1, 1),
        }
    }

    deposits = [item for items in plan(workload=[load]).values() for item in items]

    pairs = {(d.from_shard, d.to_shard) for d in deposits if isinstance(d, PlannedDeposit)}
    assert pairs == set(edges)


def test_plan_users_calls_are_per_shard_and_on_all_shards_by_default() -> None:
    plans = plan(3, workload=[{"calls": {"script": "hello", "data": "0a", "start": 3}}])

    expected = [PlannedCall(Slot(3), "hello", shard, b"\x0a") for shard in range(SHARDS)]  # type: ignore[arg-type]  # range of int
    assert plans == {3: expected}


def test_plan_users_storage_writes_few_keys_with_full_values() -> None:
    load = {"storage": {"script": "store", "shards": (1,), "keys": 3, "per_slot": 2.0}}

    writes = [item for items in plan(50, workload=[load]).values() for item in items]

    assert len(writes) == 100
    assert all(isinstance(write, PlannedWrite) and len(write.value) == 32 for write in writes)
    keys = {write.key for write in writes if isinstance(write, PlannedWrite)}
    assert keys == {bytes([0, 0, 0, key]) for key in range(3)}


@pytest.mark.parametrize(
    "newcomer",
    [
        send(per_slot=2.5),
        {"calls": {"script": "hello", "per_slot": 0.5}},
        {"storage": {"script": "store", "per_slot": 0.5}},
    ],
)
def test_plan_users_another_workload_disturbs_none_before_it(newcomer: dict[str, object]) -> None:
    first = send(per_slot=0.5, gwei=(1, 10**9))

    alone = plan(workload=[first])
    together = plan(workload=[first, newcomer])

    for slot, items in alone.items():
        assert together[slot][: len(items)] == items


def test_plan_users_changing_one_workload_leaves_the_next_alone() -> None:
    second = send(per_slot=0.5, gwei=(100, 10**9))

    few = plan(workload=[send(per_slot=0.25, gwei=(1, 9)), second])
    many = plan(workload=[send(per_slot=7.5, gwei=(1, 9)), second])

    assert pick_large(few) == pick_large(many)


def test_plan_users_other_seed_plans_differently() -> None:
    load = [send(per_slot=0.5, gwei=(1, 10**9))]

    assert plan(seed=1, workload=load) == plan(seed=1, workload=load)
    assert plan(seed=1, workload=load) != plan(seed=2, workload=load)


def test_compute_grants_sums_what_each_pool_sends() -> None:
    plans = plan(
        events=[
            register("relay", RELAY),
            register("other", RELAY),
            register("store", STORE),
            deposit(4, 100, sender=2),
            deposit(9, 11, sender=2, receiver=0),
            deposit(5, 7, sender=0),
            deposit(6, 1, script="other", sender=2),
            call("store", 3),
        ]
    )

    assert compute_grants(plans) == [
        grant("other", 2, 1),
        grant("relay", 0, 7),
        grant("relay", 2, 111),
    ]


def pick_large(plans: Mapping[Slot, Sequence[Planned]]) -> list[PlannedDeposit]:
    deposits = [item for items in plans.values() for item in items]
    large = [d for d in deposits if isinstance(d, PlannedDeposit) and d.amount >= 100]
    return sorted(large, key=lambda item: (item.slot, item.amount))


def test_plan_users_first_shards_are_called_and_no_others() -> None:
    calls = {"script": "hello", "first_shards": 2, "per_slot": 1.0}

    plans = plan(events=[register("hello", HELLO)], workload=[{"calls": calls}])

    called = {
        item.shard for items in plans.values() for item in items if isinstance(item, PlannedCall)
    }
    assert called == {0, 1}
