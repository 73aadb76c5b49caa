"""Shard blocks are called back, by a strategy that nothing in the packages knows of.

Crosslinks come in slots 16, 32 and so on. A bad script is objected to six slots after its
registration; everything since then that no crosslink has made final is called back.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import events
from simulator.runner import RunResult
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.late_optimism import define_late_optimism
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    STORE,
    Settings,
    build_scenario,
    call,
    deposit,
    get_pools,
    get_step_events,
    get_steps,
    register,
    run_scenario,
    select,
)

CHAIN = {"crosslink_interval_slots": 16}


@pytest.fixture(params=[False, True], ids=["by report", "by the chain itself"])
def strategy(request: pytest.FixtureRequest) -> Iterator[str]:
    with define_late_optimism(judges_by_itself=request.param) as name:
        yield name


def run_revert(
    strategy: str, slots: int, happening: list[Settings], folder: Path, **changes: object
) -> RunResult:
    scenario = build_scenario(
        slots, chain=CHAIN, validation={"strategy": strategy}, events=happening, **changes
    )
    return run_scenario(scenario, folder)


def check_books(result: RunResult) -> None:
    """In every slot: no ETH lost, and what pools hold is what the script owes them."""
    for closed in select(result.events, events.SlotClosed):
        assert closed.error == 0
        assert closed.pooled - closed.accounted - closed.backing == 0, closed.slot


def test_revert_good_scripts_work_as_ever(strategy: str, tmp_path: Path) -> None:
    result = run_revert(strategy, 24, [register("relay", RELAY), deposit(4)], tmp_path)

    assert get_steps(result.events)[-1] == "settled"
    assert select(result.events, events.ShardReverted) == []
    assert result.states.beacon.execution_scripts[0].mark == b"\x01"


def test_revert_calls_back_every_block_since_the_registration(
    strategy: str, tmp_path: Path
) -> None:
    happening = [
        register("good", HELLO),
        register("bad", FLOAT, slot=3),
        *[call("good", slot, shard) for slot in (2, 4) for shard in (0, 1)],
        *[call("bad", slot, 1) for slot in (5, 7)],
        call("bad", 10, 1),
    ]

    result = run_revert(strategy, 12, happening, tmp_path)

    # Objected to in slot 9. Shard 0 had one block since slot 3, shard 1 three.
    reverted = select(result.events, events.ShardReverted)
    assert [(e.slot, e.shard, e.from_slot, e.blocks) for e in reverted] == [
        (9, 0, 3, 1),
        (9, 1, 3, 3),
    ]
    assert result.metrics["shards.blocks_reverted"] == 4
    assert result.metrics["calls.dropped.script_marked_invalid"] == 1
    # What the bad script did is undone, the call of slot 2 stands.
    assert [state.parent_block.slot for state in result.states.shards[:2]] == [2, 2]
    assert len(result.states.shards[1].exec_env_states) == 1
    assert [state.slot for state in result.states.shards] == [12] * 4


def test_revert_stops_at_the_last_crosslink(strategy: str, tmp_path: Path) -> None:
    happening = [
        register("bad", FLOAT, slot=12),
        *[call("bad", slot) for slot in (13, 15, 16, 17)],
    ]

    result = run_revert(strategy, 20, happening, tmp_path)

    # The crosslink of slot 16 covers slots up to 15; the objection comes in slot 18.
    (reverted,) = select(result.events, events.ShardReverted)
    assert (reverted.slot, reverted.from_slot, reverted.blocks) == (18, 16, 2)
    assert result.states.shards[0].parent_block.slot == 15


def test_revert_pushed_deposits_wait_again_and_settle(strategy: str, tmp_path: Path) -> None:
    happening = [
        register("relay", RELAY),
        register("bad", FLOAT, slot=6),
        deposit(4, 100),
        deposit(8, 10),
        deposit(10, 1),
    ]

    result = run_revert(strategy, 24, happening, tmp_path)

    assert get_steps(result.events, 1).count("reverted") == 0
    for number, asked in ((2, 8), (3, 10)):
        steps = [(step.slot, step.event) for step in get_step_events(result.events, number)]
        assert steps[:5] == [
            (asked, "pushed"),
            (asked, "committed"),
            (12, "reverted"),
            (12, "pushed"),
            (12, "committed"),
        ]
        assert steps[5:] == [
            (16, "crosslinked"),
            (17, "claimed"),
            (17, "exited"),
            (18, "withdrawn"),
            (19, "delivered"),
            (19, "settled"),
        ]
    assert get_pools(result) == [0, 111, 0, 0]
    assert result.metrics["deposits.reverted"] == 2
    assert result.metrics["deposits.open"] == 0
    # From the push that counted, in slot 12.
    assert result.metrics["deposits.latency_slots.p50"] == 7
    check_books(result)


def test_revert_delivered_receipts_are_delivered_again(strategy: str, tmp_path: Path) -> None:
    happening = [
        register("relay", RELAY),
        register("bad", FLOAT, slot=17),
        deposit(4, 100),
        deposit(5, 10, sender=2, receiver=3),
        # Spends what has just arrived, and must wait until it has arrived again.
        deposit(20, 40, sender=1, receiver=0),
    ]

    result = run_revert(strategy, 40, happening, tmp_path)

    # Settled in slot 19, called back and settled again in slot 23; final since slot 32.
    for number in (1, 2):
        steps = [(step.slot, step.event) for step in get_step_events(result.events, number)]
        assert steps[-5:] == [
            (19, "delivered"),
            (19, "settled"),
            (23, "reverted"),
            (23, "delivered"),
            (23, "settled"),
        ]
    assert get_steps(result.events, 3).count("pushed") == 2
    assert get_steps(result.events, 3)[-1] == "settled"
    assert get_pools(result) == [40, 60 + 40, 0, 10]
    assert result.metrics["deposits.open"] == 0
    check_books(result)


def test_revert_pool_that_nobody_uses_again_keeps_its_books(strategy: str, tmp_path: Path) -> None:
    # Shard 1 takes a receipt in before the registration and another one after it, all final
    # but the last; nothing on it waits when the books are closed in the slot of the revert.
    happening = [
        register("relay", RELAY),
        deposit(4, 100),
        register("bad", FLOAT, slot=21),
        *[call("bad", slot, shard) for slot in (22, 25) for shard in range(4)],
    ]

    result = run_revert(strategy, 30, happening, tmp_path)

    (closed,) = (e for e in select(result.events, events.SlotClosed) if e.slot == 27)
    assert closed.accounted == 100
    check_books(result)


def test_revert_grants_are_taken_in_again(strategy: str, tmp_path: Path) -> None:
    happening = [
        register("bad", FLOAT),
        register("relay", RELAY, slot=2),
        deposit(12, 100),
    ]

    result = run_revert(strategy, 24, happening, tmp_path)

    # Withdrawn in slot 3, taken in in slot 4, called back and taken in again in slot 7.
    funded = [(e.slot, e.event) for e in select(result.events, events.PoolFunded)]
    assert funded == [(3, "withdrawn"), (4, "settled"), (7, "reverted"), (7, "settled")]
    assert get_steps(result.events)[-1] == "settled"
    check_books(result)


def test_revert_bad_scripts_own_deposits_are_rejected(strategy: str, tmp_path: Path) -> None:
    happening = [register("relay", write_floating_relay(tmp_path)), deposit(4, 100), deposit(9, 10)]

    result = run_revert(strategy, 12, happening, tmp_path)

    steps = [(step.slot, step.event, step.note) for step in get_step_events(result.events)]
    assert steps[0][:2] == (4, "pushed")
    assert steps[2:] == [
        (7, "reverted", "block called back"),
        (7, "rejected", "script_marked_invalid"),
    ]
    assert get_steps(result.events, 2) == ["rejected"]
    assert result.metrics["conservation_error"] == 0
    assert result.metrics["deposits.open"] == 0


def test_revert_storage_relayer_takes_its_trie_back(strategy: str, tmp_path: Path) -> None:
    happening = [register("store", STORE), register("bad", FLOAT, slot=4)]
    load = {"storage": {"script": "store", "shards": [0], "keys": 4, "start": 2}}

    result = run_revert(strategy, 20, happening, tmp_path, workload=[load])

    # Every witness after the revert is for the state after it: no write is refused.
    assert result.metrics["shards.blocks_reverted"] > 0
    assert result.metrics["calls.dropped"] == 0
    after = [b.slot for b in select(result.events, events.ShardBlockAccepted) if b.slot >= 10]
    assert after == list(range(10, 21))


def test_revert_next_crosslink_covers_the_chain_that_is_left(strategy: str, tmp_path: Path) -> None:
    happening = [
        register("good", HELLO),
        register("bad", FLOAT, slot=3),
        *[call("good", slot) for slot in (2, 5, 12)],
        *[call("bad", slot) for slot in (4, 6, 7)],
    ]

    result = run_revert(strategy, 18, happening, tmp_path)

    (crosslink,) = select(result.events, events.CrosslinkIncluded)
    assert (crosslink.slot, crosslink.start_slot, crosslink.end_slot) == (16, 1, 15)
    assert crosslink.blocks == 2
