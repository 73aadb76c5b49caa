"""What the view knows, against hand-made events and the numbers of whole runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulator import events
from simulator.events import BEACON, Event
from simulator.live.lanes import Lanes, Outcome
from simulator.live.notes import Notes
from simulator.live.state import LiveState
from simulator.loader import load_scenario
from simulator.runner import run
from tests.helpers.events import shard_block
from tests.helpers.live import fold
from tests.helpers.scenarios import build_journey, load

SHARD_2 = "shard 2"


def refused(slot: int, shard: int) -> events.ShardBlockRejected:
    return events.ShardBlockRejected(
        slot, f"shard {shard}", shard=shard, proposer=1, script="relay", code="bad_root", reason=""
    )


def read(lanes: Lanes, last: int, rows: int) -> dict[str, list[int]]:
    return {lane.label: list(lane.cells) for lane in lanes.read(1, last, rows)}


def test_lanes_tell_outcomes_apart() -> None:
    lanes = Lanes(4, 5)

    lanes.add_shard_block(replace(shard_block(1), deposits=0))
    lanes.add_shard_block(shard_block(2))
    lanes.add_shard_block(shard_block(3, noop_rule="unknown"))
    lanes.refuse_shard_block(refused(4, 2))

    assert read(lanes, 5, 4)[SHARD_2] == [
        Outcome.RAN,
        Outcome.DEPOSITS,
        Outcome.NOOP,
        Outcome.REFUSED,
        Outcome.EMPTY,
    ]


def test_lanes_blocks_called_back_are_marked_and_gaps_and_refusals_stay() -> None:
    lanes = Lanes(4, 5)
    for slot in (1, 3):
        lanes.add_shard_block(shard_block(slot))
    lanes.refuse_shard_block(refused(4, 2))

    lanes.revert_shard(events.ShardReverted(5, SHARD_2, shard=2, from_slot=2, blocks=1))

    assert read(lanes, 5, 4)[SHARD_2] == [
        Outcome.DEPOSITS,
        Outcome.EMPTY,
        Outcome.CALLED_BACK,
        Outcome.REFUSED,
        Outcome.EMPTY,
    ]


def test_lanes_with_fewer_rows_than_shards_show_the_most_remarkable() -> None:
    lanes = Lanes(5, 2)
    lanes.add_shard_block(shard_block(1))
    lanes.refuse_shard_block(refused(1, 3))

    rows = read(lanes, 2, 3)

    assert list(rows) == ["beacon", "0-1", "2-3", "4"]
    assert rows["2-3"] == [Outcome.REFUSED, Outcome.EMPTY]
    assert lanes.count_rows(3) == 3
    assert lanes.count_rows(0) == 1
    assert lanes.count_rows(9) == 5


@pytest.mark.parametrize("name", ["crosslink_reorg", "stolen_pool"])
def test_state_agrees_with_the_metrics_of_the_run(name: str) -> None:
    loaded = load_scenario(name)
    state = LiveState(loaded)

    metrics = run(loaded, watch=state.add).metrics

    assert state.slot == loaded.scenario.slots
    assert state.deposits.created == metrics["deposits.created"]
    assert state.deposits.settled == metrics["deposits.settled"]
    assert state.deposits.in_flight == metrics["deposits.open"]
    assert sum(state.deposits.count_steps().values()) == metrics["deposits.open"]
    costs = state.costs.compute()
    assert {each: metrics[each] for each in costs} == costs
    assert state.books is not None
    assert state.books.burned == metrics["eth.burned_gwei"]


def test_state_lanes_hold_as_many_blocks_as_the_run_made() -> None:
    loaded = load_scenario("crosslink_reorg")
    state = LiveState(loaded)

    metrics = run(loaded, watch=state.add).metrics

    beacon, *shards = state.lanes.read(1, state.slot, loaded.config.shard_count)
    cells = b"".join(lane.cells for lane in shards)
    called_back = cells.count(Outcome.CALLED_BACK)
    assert beacon.cells.count(Outcome.CALLED_BACK) == metrics["beacon.blocks_orphaned"]
    assert called_back == metrics["shards.blocks_reverted"]
    assert len(cells) - cells.count(Outcome.EMPTY) == metrics["shards.blocks"]


def test_deposits_oldest_come_first_and_those_called_back_return(tmp_path: Path) -> None:
    state = fold(load(build_journey(24), tmp_path))
    assert state.deposits.in_flight == 0

    back = events.DepositStep(24, "shard 1", 1, "reverted", "", proof_bytes=0, note="")
    state.deposits.advance(back)

    [deposit] = state.deposits.find_oldest(3)
    assert (deposit.created.deposit, deposit.step) == (1, "reverted")
    assert state.deposits.settled == 0


def describe(*happened: Event) -> list[str]:
    notes = Notes()
    for event in happened:
        notes.add(event)
    return [f"{note.slot} {note.describe()}" for note in notes.read_last(10)]


def test_notes_the_same_on_several_chains_is_one() -> None:
    assert describe(*(refused(7, shard) for shard in (0, 1, 2, 5, 6)), refused(8, 1)) == [
        "8 shard 1: block refused, bad root",
        "7 shard 0, shard 1, shard 2 and 2 more: block refused, bad root",
    ]


def test_notes_repeats_on_a_chain_are_counted() -> None:
    step = events.DepositStep(9, BEACON, 1, "stuck", "", proof_bytes=0, note="")

    assert describe(step, replace(step, deposit=2)) == ["9 beacon: deposit stuck (x2)"]


def test_notes_only_the_first_settled_deposit_stands_out() -> None:
    step = events.DepositStep(9, "shard 1", 4, "settled", "", proof_bytes=0, note="")

    assert describe(step, replace(step, slot=10, deposit=5)) == [
        "9 shard 1: deposit 4 settled, the first"
    ]


def test_notes_ordinary_events_do_not_stand_out() -> None:
    assert describe(shard_block(3)) == []
