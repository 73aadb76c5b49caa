"""Relayers when things go wrong: refused blocks, bad scripts, others who call their script."""

from pathlib import Path

import pytest

from chain.containers import DepositData, TimestampedDepositData
from chain.encoding import encode
from simulator import events
from simulator.relay_data import RelayData
from simulator.runner import RunResult
from tests.helpers.chain import PUSHER, STATE, compile_pusher
from tests.helpers.keys import make_key, sign_deposit
from tests.helpers.relay import build_deposit
from tests.helpers.scenarios import (
    FLOAT,
    RELAY,
    STORE,
    Settings,
    build_scenario,
    call,
    deposit,
    get_pools,
    get_steps,
    register,
    run_scenario,
    select,
)

KEY = make_key("nobody's")


def push(pushed: DepositData | TimestampedDepositData, folder: Path, **chain: object) -> RunResult:
    """Let a script that nobody follows push a deposit in slot 3, and run on to slot 14."""
    size = len(encode(pushed))
    path = folder / "pusher.wasm"
    path.write_bytes(PUSHER if size == 184 else compile_pusher(size))
    data = (STATE + encode(pushed)).hex()
    happening = [register("pusher", str(path)), call("pusher", 3, data=data)]
    return run_scenario(build_scenario(14, chain=chain, events=happening), folder)


def count_claims(result: RunResult) -> list[int]:
    """The slots of beacon blocks with a claim."""
    blocks = select(result.events, events.BeaconBlockAccepted)
    return [block.slot for block in blocks if block.claims]


def test_claim_of_a_deposit_that_nobody_follows_is_included(tmp_path: Path) -> None:
    result = push(sign_deposit(KEY, 0), tmp_path)

    # Pushed in slot 3, crosslinked in slot 4, worth nothing and still somebody's.
    assert count_claims(result) == [5]
    assert result.states.beacon.validators[-1].pubkey == KEY.pubkey
    assert result.metrics["conservation_error"] == 0


@pytest.mark.parametrize(
    "pushed", [build_deposit(0), sign_deposit(KEY, 5)], ids=["bad signature", "no balance"]
)
def test_claim_that_the_chain_would_refuse_is_left_out(pushed: DepositData, tmp_path: Path) -> None:
    result = push(pushed, tmp_path)

    assert result.metrics["execution.deposits"] == 1
    assert count_claims(result) == []
    assert result.metrics["beacon.blocks"] == 14
    assert result.metrics["claims.queue_end"] == 0


def test_claim_with_a_timestamp_waits_until_its_time(tmp_path: Path) -> None:
    # Ten slots of six seconds.
    pushed = TimestampedDepositData.create(deposit=sign_deposit(KEY, 0), min_timestamp=60)

    result = push(pushed, tmp_path, execution={"deposit_min_timestamp": True})

    assert count_claims(result) == [10]
    assert result.metrics["claims.queue_max"] == 1


def test_deposit_relay_others_may_call_the_same_script(tmp_path: Path) -> None:
    # In slot 5 somebody sends 600 of the 1,000 Gwei that were meant for the deposit of slot 6.
    data = RelayData.create(receipts=[], deposits=[build_deposit(600)])
    happening = [
        register("relay", RELAY),
        call("relay", 5, data=encode(data).hex()),
        deposit(6, 1000),
    ]

    result = run_scenario(build_scenario(16, events=happening), tmp_path)

    # It is not pushed, because it is not covered, and no block is wasted on it.
    assert get_steps(result.events) == []
    assert get_pools(result)[0] == 400
    assert result.metrics["eth.accounted_gwei"] == 400
    assert result.metrics["shards.blocks_rejected"] == 0


def test_deposit_relay_deposits_are_pushed_in_the_order_they_were_asked_for(
    tmp_path: Path,
) -> None:
    happening = [register("relay", RELAY), *[deposit(4, gwei) for gwei in (30, 20, 10)]]

    result = run_scenario(build_scenario(16, events=happening), tmp_path)

    pushed = [e.deposit for e in select(result.events, events.DepositStep) if e.event == "pushed"]
    assert pushed == [1, 2, 3]


def test_deposit_relay_block_data_holds_as_many_deposits_as_fit(tmp_path: Path) -> None:
    # 1,920 bytes: the grant's receipt in slot 3, then ten deposits of 184 and two offsets of 4.
    happening = [register("relay", RELAY), *[deposit(4, 5)] * 25]

    result = run_scenario(
        build_scenario(8, chain={"max_block_data_bytes": 1920}, events=happening), tmp_path
    )

    blocks = select(result.events, events.ShardBlockAccepted)
    assert [(b.slot, b.deposits) for b in blocks] == [(3, 0), (4, 10), (5, 10), (6, 5)]
    assert max(block.data_bytes for block in blocks) <= 1920


def store(per_slot: float, **changes: object) -> Settings:
    load = {"script": "store", "shards": [0], "start": 2, "keys": 4, "per_slot": per_slot}
    return {"storage": {**load, **changes}}


def run_store(folder: Path, loads: list[Settings], **changes: object) -> RunResult:
    script = changes.pop("script", STORE)
    happening = [register("store", str(script))]
    return run_scenario(build_scenario(10, events=happening, workload=loads, **changes), folder)


def get_write_fuel(folder: Path) -> int:
    """The fuel of a block with one write."""
    result = run_store(folder, [store(1, stop=3)])
    (block,) = select(result.events, events.ShardBlockAccepted)
    return block.fuel


def test_storage_writes_that_do_not_fit_wait(tmp_path: Path) -> None:
    result = run_store(tmp_path, [store(5, stop=3)], chain={"max_block_data_bytes": 2 * 1092 + 5})

    blocks = select(result.events, events.ShardBlockAccepted)
    assert [(b.slot, b.data_bytes) for b in blocks] == [(2, 2184), (3, 2184), (4, 1092)]


def test_storage_refused_writes_are_dropped_and_the_next_ones_still_fit(tmp_path: Path) -> None:
    fuel = get_write_fuel(tmp_path)
    loads = [store(3, stop=3), store(1, start=4)]

    result = run_store(tmp_path, loads, chain={"execution": {"max_fuel": fuel * 3 // 2}})

    # Three writes at once are too many; the relayer takes its trie back, so that each of the
    # seven single ones has a witness for the state that is there.
    assert result.metrics["calls.dropped.script_failed:out_of_fuel"] == 3
    assert result.metrics["calls.dropped"] == 3
    assert result.metrics["shards.blocks"] == 7


@pytest.mark.parametrize(
    ("careless", "dropped"), [(0.0, {"float_type": 9}), (1.0, {"script_marked_invalid": 9})]
)
def test_storage_of_a_bad_script_is_dropped_write_by_write(
    careless: float, dropped: dict[str, int], tmp_path: Path
) -> None:
    result = run_store(
        tmp_path,
        [store(1)],
        script=FLOAT,
        proposers={"careless": careless},
        validation={"strategy": "shard-lazy"},
    )

    # A no-op block takes no write with it: under careless proposers the first one is packed
    # again, and refused.
    names = {
        name.removeprefix("calls.dropped."): count
        for name, count in result.metrics.items()
        if name.startswith("calls.dropped.")
    }
    assert names == dropped
    assert result.metrics["shards.noop_blocks"] == (1 if careless else 0)


def test_storage_relayer_and_chain_agree_on_the_root(tmp_path: Path) -> None:
    result = run_store(tmp_path, [store(2, keys=3)])

    blocks = select(result.events, events.ShardBlockAccepted)
    assert len({block.env_state for block in blocks}) == len(blocks) == 9
    assert result.states.shards[0].exec_env_states[0].hex() == blocks[-1].env_state


def test_two_scripts_take_turns_by_how_long_their_work_waits(tmp_path: Path) -> None:
    happening = [
        register("a", RELAY),
        register("b", FLOAT),
        call("b", 3),
        call("a", 3, data="0800000008000000"),
        call("a", 4, data="0800000008000000"),
        call("b", 4),
    ]

    result = run_scenario(
        build_scenario(9, validation={"profile": "scout"}, events=happening), tmp_path
    )

    # One block per slot: the older work first, at equal age the lower index.
    blocks = select(result.events, events.ShardBlockAccepted)
    assert [(b.slot, b.script) for b in blocks] == [(3, "a"), (4, "b"), (5, "a"), (6, "b")]


def test_block_carries_no_more_deposits_than_it_may_push(tmp_path: Path) -> None:
    """1 MiB of block data has room for 5,000 of them; a script may push 1,024."""
    load = {"script": "relay", "from": [0], "to": [1], "start": 4, "stop": 5, "gwei": [1, 1]}
    scenario = build_scenario(
        7,
        chain={"max_block_data_bytes": 1_048_576},
        events=[register("relay", RELAY)],
        workload=[{"deposits": {**load, "per_slot": 1_030}}],
    )
    result = run_scenario(scenario, tmp_path)

    blocks = select(result.events, events.ShardBlockAccepted)
    assert [block.deposits for block in blocks if block.deposits] == [1_024, 6]
    assert result.metrics["deposits.rejected"] == 0
