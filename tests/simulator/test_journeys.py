"""The life of a deposit, step by step, with slots and proof sizes worked out by hand.

In every journey the script is registered in slot 1. Its grant is withdrawn in slot 2 and taken
in by shard 0 in slot 3, because a state cannot prove itself. The user asks in slot 4.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from simulator import events
from simulator.events import Event
from simulator.runner import RunResult
from tests.helpers.scenarios import (
    DEPOSITORS,
    FLOAT,
    RELAY,
    VALIDATORS,
    Settings,
    build_journey,
    build_scenario,
    deposit,
    get_pools,
    get_step_events,
    get_steps,
    register,
    run_scenario,
    select,
)

BRANCH_BYTES = 32

# From a deposit to its block: a list of 2**10. From the header to the crosslink: a list of 2**12
# and five fields. From there to the state root: a list of 2**12 and eleven fields.
CLAIM_PROOF = ((10 + 1) + (12 + 1) + 3 + (12 + 1) + 4) * BRANCH_BYTES
# Beyond the ring of 64 roots: the way inside the old ring as well.
OLD_CLAIM_PROOF = CLAIM_PROOF + 6 * BRANCH_BYTES
# From a receipt to its state: a list of 2**10 and the fields. From that root to the visible
# state's: the ring and the fields.
RECEIPT_PROOF = ((10 + 1) + 4 + 6 + 4) * BRANCH_BYTES
# Beyond the ring: the old ring, the list of 2**24 historical roots, and the fields.
OLD_RECEIPT_PROOF = ((10 + 1) + 4 + 6 + (24 + 1) + 4) * BRANCH_BYTES


def follow(result: RunResult, number: int = 1) -> list[tuple[int, str, str]]:
    steps = get_step_events(result.events, number)
    return [(step.slot, step.chain, step.event) for step in steps]


def get_proofs(happened: Sequence[Event], number: int) -> dict[str, int]:
    steps = get_step_events(happened, number)
    return {step.event: step.proof_bytes for step in steps if step.proof_bytes}


def flood(count: int) -> Settings:
    """As many deposits of 5 Gwei from shard 0 to shard 1, all asked for in slot 4."""
    load = {"script": "relay", "from": [0], "to": [1], "gwei": [5, 5]}
    return {"deposits": {**load, "per_slot": count, "start": 4, "stop": 5}}


def test_run_instant_lifecycle_takes_every_step_in_its_slot(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    assert follow(result) == [
        (4, "shard 0", "pushed"),
        (4, "shard 0", "committed"),
        (6, "beacon", "crosslinked"),
        (7, "beacon", "claimed"),
        (7, "beacon", "exited"),
        (8, "beacon", "withdrawn"),
        (9, "shard 1", "delivered"),
        (9, "shard 1", "settled"),
    ]
    assert result.metrics["deposits.latency_slots.max"] == 5


def test_run_delayed_lifecycle_serves_its_epochs(tmp_path: Path) -> None:
    delays = {
        "validator_lifecycle": "delayed",
        "slots_per_epoch": 4,
        "activation_delay_epochs": 0,
        "service_epochs": 1,
        "withdrawability_delay_epochs": 1,
    }

    result = run_scenario(build_journey(chain=delays), tmp_path)

    # Claimed in epoch 1, eligible in epoch 2, at whose end everything is scheduled: active from
    # epoch 3, out from epoch 4, withdrawable from epoch 5, each of four slots.
    assert follow(result)[3:] == [
        (7, "beacon", "claimed"),
        (12, "beacon", "active"),
        (16, "beacon", "exited"),
        (20, "beacon", "withdrawn"),
        (21, "shard 1", "delivered"),
        (21, "shard 1", "settled"),
    ]


def test_run_delayed_lifecycle_without_service_exits_without_having_been_active(
    tmp_path: Path,
) -> None:
    delays = {"validator_lifecycle": "delayed", "slots_per_epoch": 4, "service_epochs": 0}

    result = run_scenario(build_journey(40, chain=delays), tmp_path)

    steps = get_steps(result.events)
    assert steps[3:6] == ["claimed", "exited", "withdrawn"]
    assert steps[-1] == "settled"


def test_run_demo_lifecycle_settles_with_the_presets_delays(tmp_path: Path) -> None:
    result = run_scenario(build_journey(70, chain={"validator_lifecycle": "delayed"}), tmp_path)

    # Claimed in epoch 0 of eight slots, eligible in 1, active from 3 (delay 1), out from 4
    # (service 1), withdrawable from 6 (delay 2).
    slots = {event: slot for slot, _, event in follow(result)}
    assert (slots["active"], slots["exited"], slots["withdrawn"]) == (24, 32, 48)
    assert slots["settled"] == 49


def test_run_settled_deposit_is_in_the_pool_of_its_shard(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    assert get_pools(result) == [0, 1000, 0, 0]
    assert result.states.beacon.execution_scripts[0].balance == 1000


def test_run_steps_name_the_blocks_that_took_them(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    beacon = {b.slot: b.block_root for b in select(result.events, events.BeaconBlockAccepted)}
    shards = {
        (b.slot, b.chain): b.block_root for b in select(result.events, events.ShardBlockAccepted)
    }
    for step in get_step_events(result.events):
        if step.event == "exited":
            assert step.block_root == ""
        elif step.chain == "beacon":
            assert step.block_root == beacon[step.slot]
        else:
            assert step.block_root == shards[step.slot, step.chain]


def test_run_recent_proofs_have_the_size_of_their_trees(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    assert get_proofs(result.events, 1) == {"claimed": CLAIM_PROOF, "delivered": RECEIPT_PROOF}
    assert (CLAIM_PROOF, RECEIPT_PROOF) == (1408, 800)


def test_run_claims_older_than_the_ring_are_proven_through_history(tmp_path: Path) -> None:
    scenario = build_scenario(
        90,
        chain={"max_claims_per_block": 1},
        events=[register("relay", RELAY)],
        workload=[flood(80)],
    )

    result = run_scenario(scenario, tmp_path)

    # Crosslinked together in slot 6, claimed one per slot from slot 7: number 64 in slot 70 is
    # the last one within 64 slots.
    assert result.metrics["deposits.settled"] == 80
    assert follow(result, 80)[3] == (86, "beacon", "claimed")
    sizes = [get_proofs(result.events, number)["claimed"] for number in (1, 64, 65, 80)]
    assert sizes == [CLAIM_PROOF, CLAIM_PROOF, OLD_CLAIM_PROOF, OLD_CLAIM_PROOF]
    assert result.metrics["claims.queue_max"] == 80


def test_run_receipts_older_than_the_ring_are_proven_through_history(tmp_path: Path) -> None:
    scenario = build_scenario(
        100,
        chain={
            "crosslink_interval_slots": 16,
            "max_claims_per_block": 80,
            "max_withdrawals_per_block": 80,
            "max_block_data_bytes": 2000,
        },
        events=[register("relay", RELAY)],
        workload=[flood(80)],
    )

    result = run_scenario(scenario, tmp_path)

    # All withdrawn in slot 18; 2,000 bytes hold one receipt, so one is delivered per slot from
    # slot 19. Number 64 in slot 82 is the last one within 64 slots.
    assert result.metrics["deposits.settled"] == 80
    assert follow(result, 80)[-1] == (98, "shard 1", "settled")
    sizes = [get_proofs(result.events, number)["delivered"] for number in (1, 64, 65, 80)]
    assert sizes == [RECEIPT_PROOF, RECEIPT_PROOF, OLD_RECEIPT_PROOF, OLD_RECEIPT_PROOF]


def test_run_crosslink_interval_is_what_a_deposit_waits_for(tmp_path: Path) -> None:
    result = run_scenario(build_journey(chain={"crosslink_interval_slots": 8}), tmp_path)

    assert follow(result)[2] == (8, "beacon", "crosslinked")


def test_run_crosslink_lag_leaves_the_last_slots_for_the_next_crosslink(tmp_path: Path) -> None:
    lag = {"crosslink_interval_slots": 6, "crosslink_lag_slots": 4}

    result = run_scenario(build_journey(chain=lag), tmp_path)

    # The crosslink of slot 6 covers slots up to 2, that of slot 12 up to 8.
    assert follow(result)[2] == (12, "beacon", "crosslinked")
    notes = [step.note for step in get_step_events(result.events) if step.event == "crosslinked"]
    assert notes == ["slots 1 to 8"]


def test_run_first_grant_reaches_the_pool_before_the_deposit(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    funded = select(result.events, events.PoolFunded)
    assert [(e.slot, e.chain, e.event, e.gwei, e.validator) for e in funded] == [
        (2, "beacon", "withdrawn", 1000, DEPOSITORS + VALIDATORS),
        (3, "shard 0", "settled", 1000, None),
    ]


def test_run_books_close_in_every_slot_of_a_journey(tmp_path: Path) -> None:
    result = run_scenario(build_journey(), tmp_path)

    closed = select(result.events, events.SlotClosed)
    assert [slot.slot for slot in closed] == list(range(1, 25))
    assert {slot.error for slot in closed} == {0}
    assert {slot.pooled - slot.accounted - slot.backing for slot in closed} == {0}
    in_flight = [slot.slot for slot in closed if slot.in_flight]
    assert in_flight == [4, 5, 6, 7, 8]


def test_run_deposits_of_several_shards_all_settle_where_they_belong(tmp_path: Path) -> None:
    ring = [deposit(5, 100 + shard, sender=shard, receiver=(shard + 1) % 4) for shard in range(4)]
    scenario = build_scenario(20, events=[register("relay", RELAY), *ring])

    result = run_scenario(scenario, tmp_path)

    assert get_pools(result) == [103, 100, 101, 102]


def test_run_deposit_within_a_shard_goes_the_same_way(tmp_path: Path) -> None:
    events_ = [register("relay", RELAY), deposit(4, sender=2, receiver=2)]

    result = run_scenario(build_scenario(20, events=events_), tmp_path)

    assert get_steps(result.events)[-1] == "settled"


def test_run_deposit_of_an_unregistered_script_waits(tmp_path: Path) -> None:
    scenario = build_scenario(10, events=[register("relay", RELAY, slot=9), deposit(2)])

    result = run_scenario(scenario, tmp_path)

    assert get_steps(result.events) == []
    assert result.metrics["deposits.open"] == 1


@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation", "shard-lazy"])
def test_run_deposit_through_a_bad_script_is_rejected_with_its_rule(
    strategy: str, tmp_path: Path
) -> None:
    scenario = build_scenario(
        10, validation={"strategy": strategy}, events=[register("relay", FLOAT), deposit(4)]
    )

    result = run_scenario(scenario, tmp_path)

    (step,) = get_step_events(result.events)
    assert (step.slot, step.event, step.note) == (4, "rejected", "float_type")
    assert result.metrics["conservation_error"] == 0


def test_run_receipts_that_no_block_can_take_in_are_stuck(tmp_path: Path) -> None:
    # One receipt takes about 163,000 fuel: the grant fits, three deposits at once do not.
    scenario = build_scenario(
        16,
        chain={"execution": {"max_fuel": 200_000}},
        events=[register("relay", RELAY), *[deposit(4)] * 3],
    )

    result = run_scenario(scenario, tmp_path)

    last = [get_step_events(result.events, number)[-1] for number in (1, 2, 3)]
    assert {(step.slot, step.event, step.note) for step in last} == {
        (9, "stuck", "script_failed:out_of_fuel")
    }
    assert result.metrics["deposits.stuck"] == 3
    assert result.metrics["eth.in_flight_gwei"] == 3000
    assert result.metrics["eth.solvency_gwei"] == 0
    assert any("3 deposits are stuck" in finding for finding in result.findings)
