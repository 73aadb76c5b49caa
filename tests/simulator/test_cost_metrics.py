"""Costs: hand-made events in, sums that fit on the back of an envelope out.

The profile of most tests validates a byte per microsecond and compiles a byte in ten, so that a
kilobyte is 11 milliseconds.
"""

from collections.abc import Mapping

import pytest

from chain.config import DEMO
from simulator import events
from simulator.costs import CostModel, EngineProfile
from simulator.events import BEACON, Event
from simulator.metrics import Metrics, Number
from tests.helpers.events import marked, registered, submitted, validated

MODEL = CostModel(EngineProfile("test", 1_000_000, 100_000))


def fold(
    *happened: Event, model: CostModel = MODEL, light_clients: int = 0
) -> Mapping[str, Number]:
    metrics = Metrics(DEMO, model, light_clients)
    for event in happened:
        metrics.add(event)
    return metrics.compute()


def pick(numbers: Mapping[str, Number], group: str) -> dict[str, Number]:
    prefix = f"{group}."
    return {
        name.removeprefix(prefix): value
        for name, value in numbers.items()
        if name.startswith(prefix) and value
    }


def test_costs_are_booked_to_the_role_in_which_a_node_paid() -> None:
    numbers = fold(
        validated("proposer", new_nodes=1),
        validated("beacon nodes", new_nodes=7),
        validated("proposer", new_nodes=1, chain="shard 0"),
        validated("shard committee", new_nodes=2, chain="shard 0"),
        validated("shard full nodes", new_nodes=5, chain="shard 0"),
        validated("challenger", new_nodes=4),
    )

    assert pick(numbers, "costs") == {
        "total_seconds": 0.22,
        "validating_seconds": 0.02,
        "compiling_seconds": 0.2,
        # Six validations by nine nodes each.
        "without_memory_seconds": 0.594,
        "beacon_node.seconds": 0.088,
        "shard_committee.seconds": 0.033,
        "shard_full_node.seconds": 0.055,
        "challenger.seconds": 0.044,
        "duplication": 20,
    }


def test_work_is_counted_in_units_of_its_own() -> None:
    numbers = fold(
        validated("beacon nodes", new_nodes=7),
        validated("shard committee", new_nodes=2, chain="shard 0"),
    )

    assert pick(numbers, "work") == {
        "bytes": 9 * 900,
        "functions": 9 * 3,
        "instructions": 9 * 70,
        "beacon_node.bytes": 7 * 900,
        "beacon_node.functions": 7 * 3,
        "beacon_node.instructions": 7 * 70,
        "shard_committee.bytes": 2 * 900,
        "shard_committee.functions": 2 * 3,
        "shard_committee.instructions": 2 * 70,
    }


def test_work_does_not_depend_on_the_profile() -> None:
    event = validated("beacon nodes", new_nodes=7)

    slow = fold(event, model=CostModel(EngineProfile("slow", 1, None)))

    assert pick(slow, "work") == pick(fold(event), "work")
    assert slow["costs.total_seconds"] == 7000


def test_no_modelled_or_counted_cost_is_measured() -> None:
    assert not pick(fold(validated("beacon nodes", new_nodes=7)), "measured")


def test_duplication_is_validations_per_distinct_code() -> None:
    numbers = fold(
        validated("beacon nodes", new_nodes=8),
        validated("beacon nodes", new_nodes=1, code_hash="cd" * 32),
        validated("beacon nodes", new_nodes=0, code_hash="cd" * 32),
    )

    assert numbers["costs.duplication"] == 4.5


@pytest.mark.parametrize(("size_bytes", "slots"), [(9_090, 0), (9_091, 1)])
def test_slots_over_budget_are_those_of_more_than_100_ms(size_bytes: int, slots: int) -> None:
    # 11 seconds a megabyte: 9,090.9 bytes take the whole budget.
    numbers = fold(validated("beacon nodes", new_nodes=1, busiest_bytes=size_bytes))

    assert numbers["costs.slots_over_budget"] == slots


def test_peak_slot_is_the_busiest_nodes_in_the_busiest_slot() -> None:
    numbers = fold(
        validated("beacon nodes", new_nodes=1, busiest_bytes=1000, slot=1),
        validated("beacon nodes", new_nodes=1, busiest_bytes=20_000, slot=2),
        validated("beacon nodes", new_nodes=1, busiest_bytes=10_000, slot=2),
        validated("beacon nodes", new_nodes=1, busiest_bytes=10_000, slot=3),
    )

    assert numbers["costs.peak_slot_seconds"] == 0.22
    assert numbers["costs.slots_over_budget"] == 2


def test_attack_ratio_is_wasted_seconds_per_eth_that_bad_scripts_paid() -> None:
    numbers = fold(
        submitted("bad", rule="float_type"),
        submitted("good", code_hash="cd" * 32),
        registered("bad", fee=500_000_000),
        registered("good", fee=3_000_000_000),
        validated("beacon nodes", new_nodes=4, rule="float_type"),
        validated("beacon nodes", new_nodes=4, code_hash="cd" * 32),
    )

    assert numbers["costs.wasted_seconds"] == 0.044
    assert numbers["costs.wasted_validating_seconds"] == 0.004
    assert numbers["costs.attack_fees_gwei"] == 500_000_000
    assert numbers["costs.attack_seconds_per_eth"] == 0.088


def test_attack_ratio_counts_valid_scripts_of_adversaries_though_nothing_is_wasted() -> None:
    numbers = fold(
        submitted("bomb", attack="traps"),
        registered("bomb", fee=10**9),
        validated("beacon nodes", new_nodes=4),
    )

    assert numbers["costs.wasted_seconds"] == 0
    assert numbers["costs.attack_seconds"] == 0.044
    assert numbers["costs.attack_seconds_per_eth"] == 0.044


def test_attack_ratio_of_a_free_attack_is_no_number() -> None:
    numbers = fold(
        submitted("bad", rule="float_type"),
        validated("beacon nodes", new_nodes=1, rule="float_type"),
    )

    assert numbers["costs.attack_fees_gwei"] == 0
    assert numbers["costs.attack_seconds"] == 0.011
    assert "costs.attack_seconds_per_eth" not in numbers


def test_attack_ratio_without_waste_is_zero_whatever_was_paid() -> None:
    numbers = fold(submitted("bad", rule="float_type"), registered("bad", fee=10**9))

    assert numbers["costs.attack_seconds_per_eth"] == 0


@pytest.mark.parametrize("rule", ["", "float_type"])
@pytest.mark.parametrize("says_valid", [True, False])
def test_wrong_verdicts_are_those_that_contradict_the_rules(rule: str, says_valid: bool) -> None:  # noqa: FBT001 - a parameter of the test
    numbers = fold(submitted(rule=rule), marked(says_valid=says_valid))

    assert numbers["validation.wrong_verdicts"] == (says_valid == bool(rule))


def test_wrong_verdict_counts_once_however_often_it_is_written() -> None:
    wrong = marked(says_valid=True, until_slot=9)

    numbers = fold(
        submitted(rule="float_type"),
        marked(),
        wrong,
        wrong,  # beside votes for the next one
        marked(says_valid=True, until_slot=17),
        marked(says_valid=True, until_slot=17, chain="shard 1"),
    )

    assert numbers["validation.wrong_verdicts"] == 3


def test_light_clients_read_marks_and_validate_nothing() -> None:
    numbers = fold(submitted(), marked(), marked(), light_clients=10)

    # Ten clients read two marks of two bytes, which nobody decodes.
    assert pick(numbers, "work") == {"light_client.mark_bytes": 10 * 2 * 2}
    assert numbers["costs.light_client.seconds"] == 0


def test_rollback_depth_counts_slots_back_to_the_first_block() -> None:
    numbers = fold(
        events.ShardReverted(9, "shard 0", 0, from_slot=4, blocks=2),
        events.ShardReverted(12, "shard 1", 1, from_slot=10, blocks=1),
    )

    assert numbers["shards.rollback_depth_max"] == 5
    assert numbers["shards.blocks_reverted"] == 3


def test_usable_again_after_an_orphan_counts_the_last_time() -> None:
    numbers = fold(
        submitted(slot=2),
        events.ScriptUsable(3, BEACON, "relay", 0),
        events.ScriptUsable(5, BEACON, "relay", 0),
    )

    assert numbers["scripts.slots_to_usable.max"] == 4
    assert numbers["scripts.usable"] == 1
