"""An orphaned beacon block: what is undone, what stays, and what happens again."""

from pathlib import Path

import pytest

from chain.beacon import apply_beacon_slot
from chain.shard import apply_shard_slot
from chain.types import ShardIndex
from simulator import events
from tests.helpers.scenarios import (
    RELAY,
    STORE,
    Settings,
    build_scenario,
    deposit,
    get_steps,
    register,
    run_scenario,
    select,
)
from tests.helpers.transfers import ENV, Watch, build_load, build_managed, watch

LOST = 12
"""Its block crosslinks what all shards did since the crosslink in slot 10."""


def build(route: str, *, retry: bool = True, slots: int = 40, **changes: object) -> Settings:
    orphan = {"orphan": {"slot": LOST, "shard": 1, "retry": retry}}
    load = build_load(route=route, stop=16, **changes)
    return build_managed(slots, load, faults=[orphan])


def stop_before(slot: int, scenario: Settings, folder: Path) -> Watch:
    watched = watch(scenario, folder)
    watched.run(slot - 1)
    return watched


def halt_everything(scenario: Settings) -> Settings:
    """The same, but no shard has blocks in the slot that returns."""
    halts = [{"halt": {"shard": shard, "start": LOST + 1, "stop": LOST + 2}} for shard in range(4)]
    return {**scenario, "faults": [*scenario["faults"], *halts]}


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
def test_orphan_beacon_state_is_the_old_one_after_an_empty_slot(route: str, tmp_path: Path) -> None:
    watched = stop_before(LOST, build(route), tmp_path)
    before = watched.world.beacon
    watched.run(1)
    lost = watched.world.beacon

    watched.run(1)

    context = watched.world.context
    expected = apply_beacon_slot(apply_beacon_slot(before, context, []), context, [])
    # The slot that returned has a block again: it builds on the empty slot's state.
    now = watched.world.beacon
    assert now.latest_state_roots[LOST] == expected.latest_state_roots[LOST]
    assert now.latest_state_roots[LOST] != lost.hash_tree_root
    assert now.latest_block_header.parent_root == expected.latest_block_header.hash_tree_root


def test_orphan_shards_lose_the_slots_blocks_and_one_its_run(tmp_path: Path) -> None:
    scenario = halt_everything(build("receipt"))
    watched = stop_before(LOST, scenario, tmp_path)
    before, run_start = watched.world.shards, watched.world.beacon.crosslinks[1].end_slot + 1
    old_states = [state.exec_env_states for state in before]

    watched.run(2)

    assert watched.world.beacon.crosslinks[1].end_slot < LOST
    states = [state.exec_env_states for state in watched.world.shards]
    assert [states[shard] for shard in (0, 2, 3)] == [old_states[shard] for shard in (0, 2, 3)]
    assert states[1] != old_states[1]
    headers = [state.parent_block.slot for state in watched.world.shards]
    assert all(slot < LOST for slot in headers)
    assert headers[1] < run_start
    assert {state.slot for state in watched.world.shards} == {LOST + 1}


def test_orphan_untouched_shard_is_the_old_one_after_two_empty_slots(tmp_path: Path) -> None:
    watched = stop_before(LOST, halt_everything(build("receipt")), tmp_path)
    world = watched.world
    expected = world.shards[0]

    watched.run(2)

    for _ in range(2):
        expected = apply_shard_slot(expected, world.beacon, world.context, [])
    assert world.shards[0].hash_tree_root == expected.hash_tree_root


def test_orphan_books_return_with_the_chain(tmp_path: Path) -> None:
    watched = stop_before(LOST, halt_everything(build("netting")), tmp_path)
    watched.run(2)

    for shard in map(ShardIndex, range(4)):
        env_state = watched.world.get_env_state(shard, ENV)
        assert watched.states.ledgers[shard].env_state == env_state


@pytest.mark.parametrize("slot", [2, 3, 4, 5])
def test_orphan_while_genesis_eth_arrives_expects_no_more_of_it(slot: int, tmp_path: Path) -> None:
    """It used to expect it twice, and then whoever had too little waited for it forever."""
    scenario = build_managed(12, build_load(), faults=[{"orphan": {"slot": slot, "shard": 0}}])
    watched = watch(scenario, tmp_path)

    watched.run(12)

    assert set(watched.states.expected.values()) == {0}


def test_orphan_is_told_in_the_slot_that_returns(tmp_path: Path) -> None:
    watched = stop_before(LOST, build("receipt"), tmp_path)
    accepted = select(watched.run(1), events.ShardBlockAccepted)

    happened = watched.run(1)

    (orphaned,) = select(happened, events.BeaconBlockOrphaned)
    assert (orphaned.slot, orphaned.block_slot, orphaned.shard) == (LOST + 1, LOST, 1)
    (struck,) = select(happened, events.FaultStruck)
    assert (struck.fault, struck.chain, struck.succeeded) == ("orphan", "shard 1", True)
    reverted = [e for e in select(happened, events.ShardReverted) if e.from_slot == LOST]
    assert {(e.shard, e.blocks) for e in reverted} == {(e.shard, 1) for e in accepted}


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
def test_orphan_with_retry_every_transfer_settles_in_the_end(route: str, tmp_path: Path) -> None:
    watched = watch(build(route), tmp_path)
    watched.run(40)

    created = select(watched.history, events.DepositCreated)
    lives = [get_steps(watched.history, each.deposit) for each in created]
    assert {life[-1] for life in lives} == {"settled"}
    assert any("reverted" in life for life in lives)


@pytest.mark.parametrize("route", ["beacon", "receipt"])
def test_orphan_without_retry_the_run_is_lost_and_its_eth_still_there(
    route: str, tmp_path: Path
) -> None:
    watched = watch(build(route, retry=False), tmp_path)
    watched.run(40)

    created = select(watched.history, events.DepositCreated)
    lives = {each.deposit: get_steps(watched.history, each.deposit) for each in created}
    rejected = [each for each in created if lives[each.deposit][-1] == "rejected"]
    assert rejected
    assert {each.from_shard for each in rejected} == {1}
    assert all(lives[each.deposit][-2] == "reverted" for each in rejected)
    assert {life[-1] for life in lives.values()} == {"settled", "rejected"}


def test_orphan_of_an_empty_chain_is_one_empty_slot(tmp_path: Path) -> None:
    orphan = {"orphan": {"slot": 2, "shard": 0}}
    lost = run_scenario(build_scenario(5, faults=[orphan]), tmp_path)
    plain = run_scenario(build_scenario(5), tmp_path)

    assert select(lost.events, events.ShardReverted) == []
    assert lost.states.beacon.slot == plain.states.beacon.slot
    assert lost.states.beacon.hash_tree_root != plain.states.beacon.hash_tree_root


def test_orphan_of_a_registration_registers_again(tmp_path: Path) -> None:
    happening = [register("relay", RELAY, slot=4), deposit(6)]
    orphan = {"orphan": {"slot": 4, "shard": 0}}

    result = run_scenario(build_scenario(24, events=happening, faults=[orphan]), tmp_path)

    registered = select(result.events, events.ScriptRegistered)
    assert [each.slot for each in registered] == [4, 5]
    assert len(result.states.beacon.execution_scripts) == 1
    assert get_steps(result.events)[-1] == "settled"


@pytest.mark.parametrize("slots", [(9,), (9, 10), (9, 10, 11), (8, 12)])
def test_orphan_of_deposit_relays_keeps_their_books(slots: tuple[int, ...], tmp_path: Path) -> None:
    faults = [{"orphan": {"slot": slot, "shard": slot % 2}} for slot in slots]
    happening = [
        register("relay", RELAY),
        register("store", STORE),
        *[
            deposit(slot, 100 + slot, sender=slot % 2, receiver=1 - slot % 2)
            for slot in range(4, 14)
        ],
    ]
    load = {"storage": {"script": "store", "per_slot": 1.0, "stop": 20}}

    result = run_scenario(
        build_scenario(40, events=happening, workload=[load], faults=faults), tmp_path
    )

    for closed in select(result.events, events.SlotClosed):
        assert (closed.error, closed.pooled - closed.accounted - closed.backing) == (0, 0)
    assert {get_steps(result.events, number)[-1] for number in range(1, 11)} == {"settled"}
    assert select(result.events, events.ShardBlockRejected) == []
