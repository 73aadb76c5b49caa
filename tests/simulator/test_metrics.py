"""Metrics: hand-made events in, numbers that can be counted by hand out."""

from collections.abc import Mapping

import pytest

from chain.config import DEMO
from simulator import events
from simulator.events import BEACON, Event
from simulator.metrics import (
    DEPOSIT_STEPS,
    Metrics,
    Number,
    describe,
)
from tests.helpers.events import (
    SAMPLES,
    beacon_block,
    created,
    faulted,
    orphaned,
    shard_block,
    slot_closed,
    step,
    validated,
    witnessed,
)


def fold(*happened: Event) -> Mapping[str, Number]:
    metrics = Metrics(DEMO)
    for event in happened:
        metrics.add(event)
    return metrics.compute()


def test_compute_nothing_happened_shows_zeros() -> None:
    numbers = fold()

    assert numbers["slots"] == 0
    assert all(numbers[f"deposits.{name}"] == 0 for name in DEPOSIT_STEPS)
    assert not any(numbers.values())


def test_compute_names_are_sorted() -> None:
    names = list(fold(*SAMPLES))

    assert names == sorted(names)


def test_add_takes_every_kind_of_event() -> None:
    assert fold(*SAMPLES)["slots"] == 1


def test_add_beacon_blocks_are_counted_and_full_ones_told_apart() -> None:
    numbers = fold(
        beacon_block(claims=16, size_bytes=500),
        beacon_block(claims=15, size_bytes=900),
        beacon_block(),
    )

    assert numbers["beacon.blocks"] == 3
    assert numbers["beacon.bytes"] == 1500
    assert numbers["beacon.max_block_bytes"] == 900
    assert numbers["beacon.claims"] == 31
    assert numbers["beacon.withdrawals"] == 6
    assert numbers["claims.full_blocks"] == 1


def test_add_rejected_beacon_block_is_counted_by_code() -> None:
    lost = events.BeaconBlockRejected(2, BEACON, 3, "script_invalid", "")

    numbers = fold(lost, lost)

    assert numbers["beacon.blocks_lost"] == 2
    assert numbers["beacon.rejected.script_invalid"] == 2


def test_add_shard_blocks_sum_what_execution_took() -> None:
    numbers = fold(shard_block(fuel=10), shard_block(fuel=30), shard_block(fuel=0, noop_rule="x"))

    assert numbers["shards.blocks"] == 3
    assert numbers["shards.noop_blocks"] == 1
    assert numbers["shards.bytes"] == 900
    assert numbers["shards.data_bytes"] == 15
    assert numbers["execution.fuel"] == 40
    assert numbers["execution.max_fuel"] == 30
    assert numbers["execution.ticks"] == 21
    assert numbers["execution.host_calls"] == 12


def test_add_rejected_shard_block_is_counted_by_code() -> None:
    numbers = fold(events.ShardBlockRejected(2, "shard 0", 0, 3, "relay", "script_failed", ""))

    assert numbers["shards.blocks_rejected"] == 1
    assert numbers["shards.rejected.script_failed"] == 1


def test_add_validations_are_counted_per_role_and_only_new_nodes_cost() -> None:
    numbers = fold(
        validated("proposer", new_nodes=1),
        validated("beacon nodes", new_nodes=8),
        validated("shard committee", new_nodes=2, rule="float_type", size_bytes=300),
    )

    assert numbers["validation.node_validations"] == 11
    assert numbers["validation.node_bytes"] == 9 * 1000 + 2 * 300
    assert numbers["validation.wasted_node_bytes"] == 600
    assert numbers["validation.proposer.node_validations"] == 1
    assert numbers["validation.beacon_nodes.node_validations"] == 8
    assert numbers["validation.shard_committee.node_validations"] == 2
    # 9,600 bytes at 130 MB/s validating and 0.9 MB/s compiling.
    assert numbers["validation.modelled_cpu_seconds"] == pytest.approx(0.010741, abs=1e-6)


def test_add_scripts_usable_time_counts_from_submission_to_the_next_slot() -> None:
    submitted = events.ScriptSubmitted(2, BEACON, "a", 0, 1000, "ab")
    registered = events.ScriptRegistered(4, BEACON, "a", 0, 0, 10, "")
    usable = events.ScriptUsable(6, BEACON, "a", 0)

    numbers = fold(submitted, registered, usable)

    assert numbers["scripts.slots_to_usable.p50"] == 5
    assert numbers["scripts.usable"] == 1
    assert (numbers["scripts.submitted"], numbers["scripts.registered"]) == (1, 1)
    assert numbers["scripts.failed"] == 0


def test_add_bad_script_that_is_usable_says_nothing_about_how_long_good_ones_wait() -> None:
    submitted = events.ScriptSubmitted(2, BEACON, "a", 0, 1000, "ab", rule="float_type")
    usable = events.ScriptUsable(2, BEACON, "a", 0)

    numbers = fold(submitted, usable)

    assert numbers["scripts.usable"] == 1
    assert "scripts.slots_to_usable.p50" not in numbers


def test_add_failed_script_is_registered_and_never_usable() -> None:
    submitted = events.ScriptSubmitted(2, BEACON, "a", 0, 1000, "ab")
    failed = events.ScriptRegistered(4, BEACON, "a", 0, 0, 10, "float_type")

    numbers = fold(submitted, failed)

    assert (numbers["scripts.registered"], numbers["scripts.failed"]) == (1, 1)
    assert "scripts.slots_to_usable.p50" not in numbers


def test_add_marks_count_bytes_not_digits() -> None:
    numbers = fold(
        events.MarkWritten(1, "shard 0", "a", "01"), events.MarkWritten(1, BEACON, "a", "0102")
    )

    assert (numbers["validation.marks"], numbers["validation.mark_bytes"]) == (2, 3)


def test_add_dropped_calls_are_counted_by_code() -> None:
    numbers = fold(
        events.CallDropped(1, "shard 0", "a", "noop"),
        events.CallDropped(1, "shard 1", "a", "float_type"),
    )

    assert numbers["calls.dropped"] == 2
    assert numbers["calls.dropped.noop"] == numbers["calls.dropped.float_type"] == 1


def test_add_latency_runs_from_pushed_to_settled() -> None:
    numbers = fold(created(1), step(1, "pushed", 4), step(1, "settled", 15), slot_closed())

    assert numbers["deposits.latency_slots.p50"] == numbers["deposits.latency_slots.max"] == 11
    assert numbers["deposits.latency_seconds.max"] == 11 * 6
    assert numbers["deposits.settled"] == numbers["deposits.pushed"] == 1


def test_add_reverted_and_pushed_again_counts_from_the_last_push() -> None:
    numbers = fold(
        created(1),
        step(1, "pushed", 4),
        step(1, "reverted", 6),
        step(1, "pushed", 9),
        step(1, "settled", 15),
    )

    assert numbers["deposits.latency_slots.max"] == 6
    assert numbers["deposits.reverted"] == 1


def test_add_settled_and_called_back_is_open_until_it_settles_again() -> None:
    life = [created(1), step(1, "pushed", 4), step(1, "settled", 9), step(1, "reverted", 10)]

    called_back = fold(*life, slot_closed())
    settled_again = fold(*life, step(1, "settled", 12), slot_closed())

    assert called_back["deposits.open"] == 1
    assert "deposits.latency_slots.max" not in called_back
    assert settled_again["deposits.open"] == 0
    assert settled_again["deposits.latency_slots.max"] == 8


def test_add_proofs_are_summed_per_step() -> None:
    numbers = fold(
        created(1),
        created(2),
        step(1, "claimed", 5, 800),
        step(2, "claimed", 5, 864),
        step(1, "delivered", 9, 32),
    )

    assert numbers["proofs.claimed_bytes"] == 1664
    assert numbers["proofs.delivered_bytes"] == 32


def test_add_open_deposits_are_those_neither_settled_nor_rejected() -> None:
    numbers = fold(
        *(created(number) for number in range(1, 6)),
        step(1, "pushed", 2),
        step(1, "settled", 9),
        step(2, "rejected", 3),
        step(3, "pushed", 2),
        step(4, "stuck", 2),
        slot_closed(),
    )

    assert numbers["deposits.created"] == 5
    assert numbers["deposits.created_gwei"] == 250
    assert numbers["deposits.open"] == 3


def test_add_open_leaves_out_what_went_back_to_its_sender() -> None:
    numbers = fold(
        created(1),
        step(1, "pushed", 2),
        step(1, "expired", 6),
        step(1, "returned", 9),
        created(2),
        step(2, "pushed", 2),
        step(2, "expired", 6),
        slot_closed(),
    )

    assert numbers["deposits.open"] == 1
    assert (numbers["deposits.expired"], numbers["deposits.returned"]) == (2, 1)


def test_add_orphaned_block_counts_once_with_all_its_crosslinks() -> None:
    numbers = fold(orphaned(4, shard=0), orphaned(4, shard=1), orphaned(8, shard=0))

    assert numbers["beacon.blocks_orphaned"] == 2
    assert numbers["beacon.crosslinks_orphaned"] == 3


def test_add_faults_are_counted_by_name_with_those_that_succeeded() -> None:
    numbers = fold(
        faulted("replay", 10), faulted("replay", 7, succeeded=False), faulted("withhold")
    )

    assert numbers["faults.replay.struck"] == 2
    assert numbers["faults.replay.succeeded"] == 1
    assert numbers["faults.replay.gwei"] == 17
    assert numbers["faults.withhold.struck"] == numbers["faults.withhold.succeeded"] == 1
    assert numbers["faults.withhold.gwei"] == 0


def test_add_witnesses_are_shared_by_their_operations() -> None:
    numbers = fold(
        witnessed(900, keys=4, operations=2), witnessed(300, keys=2, operations=1, repaired=True)
    )

    assert (numbers["witness.bytes"], numbers["witness.keys"]) == (1200, 6)
    assert numbers["witness.repaired"] == 1
    assert numbers["witness.bytes_per_operation"] == 400


def test_add_slots_keep_reserve_print_and_relayers_queues() -> None:
    numbers = fold(
        slot_closed(1, reserve=5, reserve_drawn=4, relay_queue=3, delivery_queue=8),
        slot_closed(2, reserve=9, reserve_drawn=1, printed=6, relay_queue=2, delivery_queue=9),
    )

    assert (numbers["eth.reserve_gwei"], numbers["eth.reserve_drawn_max_gwei"]) == (9, 4)
    assert numbers["eth.printed_gwei"] == 6
    assert (numbers["queues.relay_max"], numbers["queues.relay_end"]) == (3, 2)
    assert (numbers["queues.delivery_max"], numbers["queues.delivery_end"]) == (9, 9)


def test_add_growing_queue_is_told_from_a_steady_one() -> None:
    numbers = fold(*(slot_closed(slot, relay_queue=2 * slot, claim_queue=99) for slot in range(64)))

    assert numbers["queues.relay_growth_per_slot"] == 2
    assert numbers["queues.claim_growth_per_slot"] == 0


def test_add_queue_that_drains_once_users_stop_grows_while_they_ask() -> None:
    numbers = fold(
        *(created(slot, slot=slot) for slot in range(1, 41)),
        *(slot_closed(slot, relay_queue=min(slot, 80 - slot)) for slot in range(1, 81)),
    )

    assert numbers["queues.relay_growth_per_slot"] == 1


def test_add_slots_keep_the_worst_and_the_last() -> None:
    numbers = fold(
        slot_closed(1, claim_queue=9, withdrawal_queue=1, in_flight=70),
        slot_closed(2, claim_queue=20, withdrawal_queue=5, in_flight=60, error=-3),
        slot_closed(3, claim_queue=4, in_flight=10, pooled=80, accounted=50, backing=25),
    )

    assert numbers["slots"] == 3
    assert (numbers["claims.queue_max"], numbers["claims.queue_end"]) == (20, 4)
    assert numbers["claims.waiting_slots"] == 3
    assert (numbers["withdrawals.queue_max"], numbers["withdrawals.queue_end"]) == (5, 0)
    assert (numbers["eth.in_flight_max_gwei"], numbers["eth.in_flight_gwei"]) == (70, 10)
    assert numbers["conservation_error"] == 3
    assert numbers["eth.solvency_gwei"] == 80 - 50 - 25
    assert numbers["eth.burned_gwei"] == 100


def test_add_crosslinks_reverts_and_pools_are_counted() -> None:
    numbers = fold(
        events.CrosslinkIncluded(
            2, BEACON, shard=0, start_slot=1, end_slot=4, blocks=3, shard_state_root="ab" * 32
        ),
        events.ShardReverted(2, "shard 0", shard=0, from_slot=1, blocks=2),
        events.PoolFunded(2, BEACON, "relay", 0, 10, "withdrawn"),
        events.PoolFunded(3, "shard 0", "relay", 0, 10, "settled"),
    )

    assert (numbers["beacon.crosslinks"], numbers["beacon.crosslinked_blocks"]) == (1, 3)
    assert numbers["shards.blocks_reverted"] == 2
    assert numbers["pools.withdrawn_gwei"] == numbers["pools.settled_gwei"] == 10


def test_describe_nothing_says_nothing() -> None:
    assert describe("x", []) == {}


def test_describe_one_value_is_everything() -> None:
    assert describe("x", [7]) == {"x.p50": 7, "x.p95": 7, "x.max": 7, "x.mean": 7.0}


def test_describe_takes_values_that_occurred() -> None:
    # 100 values: the median is the 50th, the 95th percentile the 95th, from 1.
    numbers = describe("x", list(range(100, 0, -1)))

    assert numbers == {"x.p50": 50, "x.p95": 95, "x.max": 100, "x.mean": 50.5}
