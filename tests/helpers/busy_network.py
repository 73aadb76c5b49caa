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

_SLOTS_PER_SCRIPT: Final = 8

_META: Final[dict[str, Any]] = {
    "scenario": "busy",
    "title": "Every shard has a block in every slot",
    "seed": 1,
    "slots": SLOTS,
    "overrides": [],
    "config": {"shard_count": SHARDS, "seconds_per_slot": 12},
    "costs": {
        "profile": "wasmtime",
        "validating_bytes_per_second": 2e6,
        "compiling_bytes_per_second": 9e5,
        "budget_seconds": 0.1,
        "light_clients": 4,
    },
    "scripts": {},
    "versions": {"shardlab": "0"},
}


def make_busy_run(folder: Path, slots: int = SLOTS, shards: int = SHARDS) -> Path:
    """Write such a run into a folder and return the folder."""
    config = {**_META["config"], "shard_count": shards}
    writer = RunWriter.create(folder, {**_META, "slots": slots, "config": config})
    rng = random.Random(1)  # noqa: S311 - for the look of it
    for slot in range(1, slots + 1):
        scripts = _register_script(slot) if slot % _SLOTS_PER_SCRIPT == 1 else ()
        writer.write_slot(slot, [*scripts, *_fill_slot(rng, slot, shards)])
    writer.finish(COMPLETE, {"shards.blocks": slots * shards, "slots": slots}, {})
    writer.close()
    return folder


def _register_script(slot: int) -> Iterator[Event]:
    """A script comes, a third of them with a flaw that every beacon node finds."""
    number = slot // _SLOTS_PER_SCRIPT
    name, code = f"script-{number}", f"{number:064x}"
    rule = "" if number % 3 else "float_type"
    yield events.ScriptSubmitted(slot, BEACON, name, number % 8, 2_000, code, rule)
    yield events.ScriptValidated(
        slot, BEACON, name, code, "beacon nodes", 256, 256, 2_000, rule, 120, 2_000, 9, 900, 2_000
    )
    if rule:
        yield events.ScriptRefused(slot, BEACON, name, rule, "beacon nodes")
    else:
        yield events.ScriptRegistered(slot, BEACON, name, number, number % 8, 10**9, "")
        yield events.MarkWritten(slot, BEACON, name, "01", says_valid=True)
        yield events.ScriptUsable(slot, BEACON, name, number)


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
        slot, BEACON, root, 10**14, 0, 0, 0, 0, rng.randrange(10**12), 10**13, 10**12, 0
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
