"""Transfers by netting: with a reserve, without, and when a debit is called back."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chain.types import ShardIndex
from simulator import events
from simulator.manager.data import RESERVE_KEY, Table, get_shard_key
from tests.helpers.scenarios import Settings, get_step_events, get_steps, select
from tests.helpers.transfers import Watch, build_load, build_managed, watch

FROM_0_TO_1 = {"kind": "edges", "edges": [[0, 1]]}
LOST = 12


def build(slots: int, *faults: Settings, reserve_gwei: int = 0, **changes: object) -> Settings:
    load = build_load(route="netting", reserve_gwei=reserve_gwei, topology=FROM_0_TO_1, **changes)
    return build_managed(slots, load, faults=list(faults))


def run(slots: int, *faults: Settings, folder: Path, **changes: object) -> Watch:
    watched = watch(build(slots, *faults, **changes), folder)  # type: ignore[arg-type]  # by name
    watched.run(slots)
    return watched


def get_latencies(watched: Watch) -> set[int]:
    created = {e.deposit: e.slot for e in select(watched.history, events.DepositCreated)}
    settled = [e for e in select(watched.history, events.DepositStep) if e.event == "settled"]
    return {step.slot - created[step.deposit] for step in settled}


def read(watched: Watch, shard: int, key: bytes) -> bytes:
    return watched.read_leaves()[shard].get(key, b"")


def read_number(watched: Watch, shard: int, key: bytes, start: int = 0) -> int:
    return int.from_bytes(read(watched, shard, key)[start : start + 8], "little")


def test_netting_without_reserve_waits_for_a_proof_of_the_row(tmp_path: Path) -> None:
    watched = run(30, folder=tmp_path, stop=14)

    assert 0 not in get_latencies(watched)
    total = read_number(watched, 0, get_shard_key(Table.ROW, ShardIndex(1)))
    assert total == sum(e.gwei for e in select(watched.history, events.DepositCreated))
    column = get_shard_key(Table.COLUMN, ShardIndex(0))
    assert read_number(watched, 1, column) == read_number(watched, 1, column, 8) == total
    assert read(watched, 1, RESERVE_KEY) == b""


def test_netting_with_a_reserve_credits_at_once(tmp_path: Path) -> None:
    watched = run(30, folder=tmp_path, stop=14, reserve_gwei=10**6)

    assert get_latencies(watched) == {0}
    assert read_number(watched, 1, RESERVE_KEY) == 10**6
    drawn = [closed.reserve_drawn for closed in select(watched.history, events.SlotClosed)]
    assert max(drawn) > 0


def test_netting_small_reserve_is_never_overdrawn_and_everything_arrives(tmp_path: Path) -> None:
    watched = run(40, folder=tmp_path, stop=14, reserve_gwei=12_000)

    closed = select(watched.history, events.SlotClosed)
    # Every shard locks as much, only shard 1 draws.
    assert 6000 < max(each.reserve_drawn for each in closed) <= 12_000
    assert closed[-1].reserve == 4 * 12_000
    created = select(watched.history, events.DepositCreated)
    assert all(get_steps(watched.history, e.deposit)[-1] == "settled" for e in created)


def test_netting_proof_bytes_are_told_by_the_credits_that_needed_them(tmp_path: Path) -> None:
    watched = run(30, folder=tmp_path, stop=14)

    delivered = [
        e.proof_bytes for e in select(watched.history, events.DepositStep) if e.event == "delivered"
    ]
    # A branch of 20 roots and the script's own, then what the multiproof of one leaf takes.
    assert max(delivered) > 21 * 32
    assert min(delivered) == 0


@pytest.mark.parametrize("retry", [True, False])
def test_netting_debit_called_back_after_its_credit_is_covered_by_the_reserve(
    tmp_path: Path, *, retry: bool
) -> None:
    """Shard 1 keeps what it credited; shard 0 owes it again, or the reserve is short for good."""
    orphan = {"orphan": {"slot": LOST, "shard": 0, "retry": retry}}

    watched = run(40, orphan, folder=tmp_path, stop=16, reserve_gwei=10**6)

    settled = [e for e in get_steps_of(watched, "settled") if "out of the reserve" in e.note]
    covered = sum_gwei(watched, settled)
    # A sender whose debit is not made good spends its nonce again, and shard 1 knows it already.
    stuck = sum_gwei(watched, get_steps_of(watched, "stuck"))
    assert covered > 0
    assert retry is (stuck == 0)
    stocks = watched.compute_stocks()
    short = stocks.netted_in - stocks.netted_out
    assert short == (0 if retry else covered - stuck)
    assert stocks.drawn >= short
    assert select(watched.history, events.SlotClosed)[-1].printed == 0


def get_steps_of(watched: Watch, name: str) -> list[events.DepositStep]:
    return [step for step in select(watched.history, events.DepositStep) if step.event == name]


def sum_gwei(watched: Watch, steps: Sequence[events.DepositStep]) -> int:
    """Add up the transfers that took a step, each once."""
    numbers = {step.deposit for step in steps}
    created = select(watched.history, events.DepositCreated)
    return sum(each.gwei for each in created if each.deposit in numbers)


def test_netting_debit_called_back_before_its_credit_is_sent_again(tmp_path: Path) -> None:
    orphan = {"orphan": {"slot": LOST, "shard": 0}}

    watched = run(40, orphan, folder=tmp_path, stop=16)

    reverted = {
        step.deposit
        for step in select(watched.history, events.DepositStep)
        if step.event == "reverted" and step.chain == "shard 0"
    }
    assert reverted
    for number in reverted:
        steps = [step.event for step in get_step_events(watched.history, number)]
        assert steps.count("pushed") == 2
        assert steps[-1] == "settled"
