"""Histories: what a shard's events come to, written by hand and read from a database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import events
from simulator.events import BEACON, Event
from simulator.scout_history import ShardHistory, read_history
from simulator.store import RunReader, RunWriter
from tests.helpers.events import shard_block

SHARD = 2
HASH = "cd" * 32


def root(number: int) -> str:
    return f"{number:064x}"


def registered(name: str = "relay", index: int = 0) -> Iterator[Event]:
    yield events.ScriptSubmitted(1, BEACON, name, sender=0, size_bytes=1, code_hash=HASH)
    yield events.ScriptRegistered(1, BEACON, name, index, sender=0, fee=1, rule="")


def block(slot: int, script: str = "relay", noop_rule: str = "") -> Event:
    """A block that leaves its slot as the script's state."""
    state = root(0 if noop_rule else slot)
    event = shard_block(slot, noop_rule=noop_rule)
    return replace(event, script=script, env_state=state, data=bytes([slot]))


def crosslink(slot: int, shard: int) -> Event:
    return events.CrosslinkIncluded(
        slot, BEACON, shard, start_slot=1, end_slot=1, blocks=1, shard_state_root=root(slot)
    )


def orphaned(slot: int, block_slot: int) -> Event:
    return events.BeaconBlockOrphaned(slot, BEACON, block_slot=block_slot, shard=1)


def reverted(slot: int, from_slot: int, shard: int = SHARD) -> Event:
    return events.ShardReverted(slot, events.name_shard(shard), shard, from_slot, blocks=1)


def read(
    folder: Path, *happened: Event, first_slot: int = 0, last_slot: int | None = None
) -> ShardHistory:
    writer = RunWriter.create(folder / "run", {})
    writer.write_slot(1, [*registered(), *happened])
    writer.close()
    reader = RunReader(folder / "run")
    try:
        return read_history(reader, SHARD, first_slot, last_slot)
    finally:
        reader.close()


def get_slots(history: ShardHistory) -> list[int]:
    return [each.slot for each in history.blocks]


def get_numbers(states: tuple[bytes, ...]) -> list[int]:
    return [int.from_bytes(state) for state in states]


def test_read_history_keeps_blocks_with_what_they_held(tmp_path: Path) -> None:
    history = read(tmp_path, block(3), block(5))

    assert [(each.env, each.slot, each.data) for each in history.blocks] == [
        (0, 3, b"\x03"),
        (0, 5, b"\x05"),
    ]
    assert [tuple(script) for script in history.scripts] == [("relay", HASH)]
    assert get_numbers(history.pre_states) == [0]
    assert get_numbers(history.post_states) == [5]


def test_read_history_without_blocks_has_no_states(tmp_path: Path) -> None:
    history = read(tmp_path, crosslink(2, 1))

    assert history == ShardHistory((), (), (), ())


def test_read_history_of_a_later_script_has_states_of_all_before(tmp_path: Path) -> None:
    history = read(tmp_path, *registered("other", 1), block(4, "other"))

    assert get_numbers(history.post_states) == [0, 4]
    assert [script.name for script in history.scripts] == ["relay", "other"]


def test_read_history_leaves_out_no_ops_but_keeps_their_place(tmp_path: Path) -> None:
    happened = [*registered("bad", 1), block(3), block(4, "bad", noop_rule="float_type")]

    history = read(tmp_path, *happened)

    assert get_slots(history) == [3]
    assert get_numbers(history.post_states) == [3, 0]


def test_read_history_forgets_what_was_called_back(tmp_path: Path) -> None:
    history = read(tmp_path, block(3), block(4), block(5), reverted(6, 4), block(7))

    assert get_slots(history) == [3, 7]
    assert get_numbers(history.post_states) == [7]


def test_read_history_without_any_block_left_returns_to_genesis(tmp_path: Path) -> None:
    history = read(tmp_path, block(3), reverted(6, 1))

    assert (history.blocks, history.post_states) == ((), ())


def test_read_history_keeps_what_another_shard_calls_back(tmp_path: Path) -> None:
    history = read(tmp_path, block(3), reverted(6, 1, shard=1))

    assert get_slots(history) == [3]


def test_read_history_blocks_see_the_crosslinks_before_them(tmp_path: Path) -> None:
    history = read(
        tmp_path, block(1), crosslink(2, 0), crosslink(2, 3), block(2), crosslink(4, 0), block(5)
    )

    assert [each.crosslinks for each in history.blocks] == [
        {},
        {0: root(2), 3: root(2)},
        {0: root(4), 3: root(2)},
    ]


def test_read_history_orphaned_crosslinks_give_way_to_those_before(tmp_path: Path) -> None:
    history = read(
        tmp_path,
        crosslink(2, 0),
        crosslink(4, 0),
        crosslink(4, 1),
        block(4),
        orphaned(5, block_slot=4),
        block(5),
        crosslink(6, 0),
        block(6),
    )

    assert [each.crosslinks for each in history.blocks] == [
        {0: root(4), 1: root(4)},
        {0: root(2)},
        {0: root(6)},
    ]


@pytest.mark.parametrize(
    ("first", "last", "slots", "before", "after"),
    [
        (0, None, [3, 7], 0, 7),
        (4, None, [7], 3, 7),
        (0, 3, [3], 0, 3),
        # As it stood before blocks were called back.
        (4, 5, [4, 5], 3, 5),
        (8, None, [], 7, 7),
    ],
)
def test_read_history_of_some_slots_has_the_states_around_them(
    first: int, last: int | None, slots: list[int], before: int, after: int, tmp_path: Path
) -> None:
    happened = [block(3), block(4), block(5), reverted(6, 4), block(7)]

    history = read(tmp_path, *happened, first_slot=first, last_slot=last)

    assert get_slots(history) == slots
    assert get_numbers(history.pre_states) == [before]
    assert get_numbers(history.post_states) == [after]
