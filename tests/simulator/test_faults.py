"""The plan of faults, and runs in which relayers withhold and shards halt."""

from collections import Counter
from pathlib import Path

import pytest

from chain.types import ShardIndex, Slot
from simulator import events
from simulator.faults import FaultPlan
from simulator.scenario import Fault
from tests.helpers.scenarios import Settings, get_step_events, get_steps, select
from tests.helpers.transfers import Watch, build_load, build_managed, watch

FROM_0_TO_1 = {"kind": "edges", "edges": [[0, 1]]}


def plan(*faults: Settings) -> FaultPlan:
    return FaultPlan([Fault.model_validate(fault) for fault in faults])


def run(slots: int, *faults: Settings, folder: Path, **load: object) -> Watch:
    scenario = build_managed(slots, build_load(**{"route": "receipt", **load}), faults=list(faults))
    watched = watch(scenario, folder)
    watched.run(slots)
    return watched


def test_plan_without_faults_knows_of_none() -> None:
    empty = FaultPlan()

    assert not empty.reverts_blocks
    assert empty.find_orphan(Slot(1)) is None
    assert not empty.is_halted(ShardIndex(0), Slot(1))
    assert not empty.is_withheld(ShardIndex(0), Slot(1))
    assert empty.get_insolvencies(ShardIndex(0), Slot(1)) == []
    assert empty.describe_starting(Slot(1)) == []
    assert empty.replays == ()


def test_plan_finds_an_orphan_by_its_slot_alone() -> None:
    faults = plan({"orphan": {"slot": 5, "shard": 2}})

    found = faults.find_orphan(Slot(5))
    assert found is not None
    assert (found.shard, found.retry) == (2, True)
    assert faults.find_orphan(Slot(4)) is None
    assert faults.reverts_blocks


@pytest.mark.parametrize("kind", ["halt", "withhold"])
def test_plan_lasting_fault_covers_its_shard_from_start_to_before_stop(kind: str) -> None:
    faults = plan({kind: {"shard": 1, "start": 3, "stop": 6}}, {kind: {"shard": 2, "start": 9}})
    is_struck = faults.is_halted if kind == "halt" else faults.is_withheld

    struck = [
        (shard, slot)
        for shard in range(3)
        for slot in range(1, 11)
        if is_struck(ShardIndex(shard), Slot(slot))
    ]

    assert struck == [(1, 3), (1, 4), (1, 5), (2, 9), (2, 10)]
    assert not faults.reverts_blocks


def test_plan_describes_lasting_faults_in_the_slot_they_begin() -> None:
    faults = plan(
        {"halt": {"shard": 1, "start": 3, "stop": 6}}, {"withhold": {"shard": 2, "start": 3}}
    )

    assert faults.describe_starting(Slot(3)) == [
        ("withhold", 2, "relayers deliver nothing until the end"),
        ("halt", 1, "no blocks until slot 6"),
    ]
    assert faults.describe_starting(Slot(4)) == []


def test_plan_returns_every_theft_of_a_slot_and_shard() -> None:
    theft = {"slot": 4, "shard": 1, "script": "manager", "gwei": 7}
    faults = plan({"insolvency": theft}, {"insolvency": {**theft, "gwei": 8}})

    assert [each.gwei for each in faults.get_insolvencies(ShardIndex(1), Slot(4))] == [7, 8]
    assert faults.get_insolvencies(ShardIndex(0), Slot(4)) == []
    assert faults.get_insolvencies(ShardIndex(1), Slot(5)) == []


def test_halt_shard_has_no_blocks_and_goes_on_afterwards(tmp_path: Path) -> None:
    watched = run(30, {"halt": {"shard": 1, "start": 8, "stop": 14}}, folder=tmp_path, stop=12)

    slots = {e.slot for e in select(watched.history, events.ShardBlockAccepted) if e.shard == 1}
    assert not slots & set(range(8, 14))
    assert max(slots) >= 14
    (struck,) = select(watched.history, events.FaultStruck)
    assert (struck.slot, struck.chain, struck.fault) == (8, "shard 1", "halt")
    created = select(watched.history, events.DepositCreated)
    assert all(get_steps(watched.history, e.deposit)[-1] == "settled" for e in created)


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
def test_withhold_delivers_nothing_until_it_ends(route: str, tmp_path: Path) -> None:
    withheld = {"withhold": {"shard": 1, "start": 8, "stop": 16}}

    watched = run(40, withheld, folder=tmp_path, route=route, stop=14, topology=FROM_0_TO_1)

    delivered = [
        e.slot for e in select(watched.history, events.DepositStep) if e.event == "delivered"
    ]
    assert not set(delivered) & set(range(8, 16))
    assert 16 in delivered
    assert len(delivered) == len(select(watched.history, events.DepositCreated))


def test_withhold_past_expiry_returns_messages_to_their_senders(tmp_path: Path) -> None:
    withheld = {"withhold": {"shard": 1, "start": 1, "stop": 20}}

    watched = run(
        40, withheld, folder=tmp_path, stop=12, expiry_slots=6, topology=FROM_0_TO_1, users=1
    )

    created = select(watched.history, events.DepositCreated)
    expected = ["pushed", "committed", "crosslinked", "expired", "delivered", "returned"]
    assert created
    for each in created:
        steps = get_step_events(watched.history, each.deposit)
        assert [step.event for step in steps] == expected
        pushed, returned = steps[0], steps[-1]
        assert (pushed.chain, returned.chain) == ("shard 0", "shard 0")
        assert pushed.account == returned.account == each.sender
        assert pushed.before_gwei is not None
        assert pushed.after_gwei == pushed.before_gwei - each.gwei
        assert returned.before_gwei is not None
        assert returned.after_gwei == returned.before_gwei + each.gwei
    sent = sum(each.gwei for each in created)
    last = get_step_events(watched.history, created[-1].deposit)[-1]
    assert last.after_gwei == sent
    assert watched.compute_stocks().unclaimed == 0


def test_withhold_that_ends_in_time_lets_messages_arrive(tmp_path: Path) -> None:
    """A message may arrive in its last slot, and one slot later it may not."""
    load = {"stop": 7, "per_slot": 1, "topology": FROM_0_TO_1}
    ends = {}
    for expiry_slots in (13, 14):
        folder = tmp_path / str(expiry_slots)
        folder.mkdir()
        withheld = {"withhold": {"shard": 1, "start": 1, "stop": 20}}
        watched = run(30, withheld, folder=folder, expiry_slots=expiry_slots, **load)
        ends[expiry_slots] = get_steps(watched.history)[-1]

    assert ends == {13: "returned", 14: "settled"}


def test_withhold_lets_transfers_on_the_shard_and_from_it_go_on(tmp_path: Path) -> None:
    withheld = {"withhold": {"shard": 1, "start": 6}}

    watched = run(24, withheld, folder=tmp_path, stop=14, cross_shard=0.5)

    created = {e.deposit: e for e in select(watched.history, events.DepositCreated)}
    ends = Counter(
        (
            created[number].route,
            created[number].to_shard == 1,
            get_steps(watched.history, number)[-1],
        )
        for number in created
    )
    assert {end for route, _, end in ends if route == "shard"} == {"settled"}
    assert {end for route, is_to, end in ends if route == "receipt" and is_to} == {"crosslinked"}
    assert {end for route, is_to, end in ends if route == "receipt" and not is_to} == {"settled"}
