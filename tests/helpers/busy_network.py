"""A run in which all 64 shards have a block in every slot: the most that a page must bear.

No scenario is that busy; the events are made up, and have the size and randomness of real ones.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from simulator import events
from simulator.events import BEACON, Event, name_shard
from simulator.store import COMPLETE, RunWriter

SHARDS: Final = 64
SLOTS: Final = 2_000

_DEPOSIT_SHARE: Final = 0.15
"""More deposits than a page follows; all of them would only make the database larger."""

_META: Final[dict[str, Any]] = {
    "scenario": "busy",
    "title": "Every shard has a block in every slot",
    "seed": 1,
    "slots": SLOTS,
    "overrides": [],
    "config": {"shard_count": SHARDS, "seconds_per_slot": 12},
    "costs": {},
    "scripts": {},
    "versions": {"shardlab": "0"},
}


def make_busy_run(folder: Path, slots: int = SLOTS, shards: int = SHARDS) -> Path:
    """Write such a run into a folder and return the folder."""
    config = {**_META["config"], "shard_count": shards}
    writer = RunWriter.create(folder, {**_META, "slots": slots, "config": config})
    rng = random.Random(1)  # noqa: S311 - for the look of it
    for slot in range(1, slots + 1):
        writer.write_slot(slot, list(_fill_slot(rng, slot, shards)))
    writer.finish(COMPLETE, {"slots": slots}, {})
    writer.close()
    return folder


def _fill_slot(rng: random.Random, slot: int, shards: int) -> Iterator[Event]:
    root = rng.randbytes(32).hex()
    yield events.BeaconBlockAccepted(slot, BEACON, rng.randrange(256), root, 900, 16, 0, 0, 0, 0)
    for shard in range(shards):
        yield _build_block(rng, slot, shard, root)
        if rng.random() < _DEPOSIT_SHARE:
            yield from _send_deposit(rng, slot, shard, shards)
    for shard in range(slot % 4, shards, 4):
        start = max(1, slot - 4)
        yield events.CrosslinkIncluded(slot, BEACON, shard, start, slot - 1, 4, root)
    yield events.SlotClosed(
        slot, BEACON, root, 10**12, 0, 0, 0, 0, rng.randrange(10**12), 10**13, 10**12, 0
    )


def _build_block(rng: random.Random, slot: int, shard: int, beacon_root: str) -> Event:
    chain, proposer = name_shard(shard), rng.randrange(256)
    if rng.random() < 0.02:
        reason = f"script_failed (env=4, outcome=out_of_fuel, fuel={rng.randrange(10**7)})"
        return events.ShardBlockRejected(
            slot, chain, shard, proposer, "endless", "script_failed", reason, "out_of_fuel", 9
        )
    data_bytes = rng.randrange(300, 9_000)
    return events.ShardBlockAccepted(
        slot,
        chain,
        shard,
        proposer,
        rng.choice(("manager", "counter", "hello")),
        rng.randbytes(32).hex(),
        rng.randbytes(32).hex(),
        size_bytes=data_bytes + 264,
        data_bytes=data_bytes,
        deposits=1,
        fuel=rng.randrange(10**5, 10**7),
        ticks=0,
        host_calls=rng.randrange(900),
        noop_rule="",
        beacon_root=beacon_root,
    )


def _send_deposit(rng: random.Random, slot: int, shard: int, shards: int) -> Iterator[Event]:
    number, target = slot * shards + shard, rng.randrange(shards)
    here, there = name_shard(shard), name_shard(target)
    ends = [f"{rng.randrange(400):064x}" for _ in range(2)]
    gwei = rng.randrange(10**9, 32 * 10**9)
    yield events.DepositCreated(
        slot, here, number, "manager", "receipt", shard, target, gwei, "", *ends
    )
    for step, chain, proof_bytes in (
        ("pushed", here, 0),
        ("committed", here, 0),
        ("crosslinked", BEACON, 0),
        ("delivered", there, 700 + rng.randrange(200)),
        ("settled", there, 0),
    ):
        yield events.DepositStep(slot, chain, number, step, "", proof_bytes, "")
