"""Events become columns: what stands, what is undone, what is left out."""

from collections.abc import Iterable
from typing import Any

import pytest

from simulator import events
from simulator.events import BEACON, Event
from simulator.report.facts import RunFacts
from simulator.report.sections import chain_blocks, chain_deposits
from simulator.report.sections.chains import Chains, ChainsCollector
from tests.helpers.events import beacon_block, created, orphaned, shard_block, slot_closed, step

FACTS: Any = None
"""The collector asks nothing of a run but its events."""


def collect(happened: Iterable[Event]) -> Chains:
    facts: RunFacts = FACTS
    collector = ChainsCollector(facts)
    for event in happened:
        collector.add(event)
    return collector.finish()


def reverted(slot: int, from_slot: int) -> Event:
    return events.ShardReverted(slot, "shard 2", 2, from_slot, 1)


def crosslinked(slot: int, shard: int, end_slot: int) -> Event:
    return events.CrosslinkIncluded(slot, BEACON, shard, 1, end_slot, 1, "cd" * 32)


def test_chains_shard_block_is_a_record_with_its_numbers() -> None:
    chains = collect([shard_block(4, fuel=77, data_bytes=20)])

    record = {name: column[0] for name, column in chains.blocks.items()}
    assert (record["slot"], record["lane"], record["proposer"]) == (4, 3, 3)
    assert (record["fuel"], record["data"], record["frame"]) == (77, 20, 280)
    assert chains.words[record["script"]] == "relay"
    assert record["root"] == "ab" * 32
    assert (record["refused"], record["undone"]) == (0, 0)


def test_chains_revert_undoes_blocks_from_its_slot_on_and_none_after_it() -> None:
    chains = collect(
        [shard_block(3), shard_block(5), shard_block(6), reverted(7, 5), shard_block(7)]
    )

    assert chains.blocks["slot"] == [3, 5, 6, 7]
    assert chains.blocks["undone"] == [0, 7, 7, 0]


def test_chains_revert_that_comes_twice_keeps_the_first_slot() -> None:
    chains = collect([shard_block(3), shard_block(5), reverted(6, 5), reverted(8, 2)])

    assert chains.blocks["undone"] == [8, 6]


def test_chains_orphan_undoes_a_beacon_block_and_its_crosslink_alone() -> None:
    happened = [beacon_block(4), crosslinked(4, 0, 3), crosslinked(4, 1, 3), orphaned(4, 1)]

    chains = collect([*happened, slot_closed(5)])

    assert chains.beacon["undone"] == [5]
    assert chains.crosslinks["undone"] == [0, 5]


def test_chains_refused_blocks_have_no_root_but_a_rule() -> None:
    refused = events.ShardBlockRejected(5, "shard 0", 0, 9, "trap", "script_failed", "why", "x", 1)
    chains = collect([events.BeaconBlockRejected(5, BEACON, 3, "wrong_slot", "because"), refused])

    assert chains.words[chains.beacon["refused"][0]] == "wrong_slot"
    assert chains.words[chains.blocks["refused"][0]] == "script_failed"
    assert (chains.beacon["root"], chains.blocks["root"]) == ([""], [""])


def test_chains_books_are_one_entry_per_slot() -> None:
    chains = collect([slot_closed(1, in_flight=5), slot_closed(2, in_flight=7, claim_queue=3)])

    assert chains.books["in_flight"] == [5, 7]
    assert chains.books["claim_queue"] == [0, 3]


def test_chains_steps_refer_to_their_deposit_by_position() -> None:
    happened = [
        created(7),
        created(9),
        step(9, "pushed", 4, chain="shard 0"),
        step(7, "claimed", 5),
    ]

    chains = collect(happened)

    assert chains.deposits["number"] == [7, 9]
    assert chains.steps["deposit"] == [1, 0]
    assert chains.steps["lane"] == [1, 0]
    assert [chains.words[word] for word in chains.steps["step"]] == ["pushed", "claimed"]


def test_chains_too_many_deposits_are_counted_and_their_steps_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain_deposits, "_MOST_DEPOSITS", 1)

    chains = collect([created(1), created(2), step(1, "pushed", 3), step(2, "pushed", 3)])

    assert chains.left_out == 1
    assert chains.deposits["number"] == [1]
    assert chains.steps["deposit"] == [0]


@pytest.mark.parametrize(
    ("full", "states", "digits", "state"),
    [(2, 9, 64, "ab" * 32), (1, 9, 8, "ab" * 4), (1, 1, 8, "")],
)
def test_chains_many_blocks_keep_less_of_their_roots(
    monkeypatch: pytest.MonkeyPatch, full: int, states: int, digits: int, state: str
) -> None:
    monkeypatch.setattr(chain_blocks, "_FULL_ROOTS", full)
    monkeypatch.setattr(chain_blocks, "_STATES", states)

    chains = collect([shard_block(1), shard_block(2)])

    assert chains.root_digits == digits
    assert [len(root) for root in chains.blocks["root"]] == [digits, digits]
    assert chains.blocks["state"] == [state, state]
