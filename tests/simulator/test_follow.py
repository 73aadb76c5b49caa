"""Following deposits: their lives read back from a run, whole or cut short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.errors import UserError
from simulator.events import DepositCreated, DepositStep
from simulator.follow import FollowedDeposit, read_deposit, read_deposits
from simulator.runner import run
from simulator.store import COMPLETE, RunReader, RunWriter
from tests.helpers.events import beacon_block, created, slot_closed, step
from tests.helpers.scenarios import build_journey, load


def write(folder: Path, *happened: object) -> RunReader:
    writer = RunWriter.create(folder / "run", {"scenario": "tiny"})
    writer.write_slot(1, happened)  # type: ignore[arg-type]  # events
    writer.finish(COMPLETE, {}, {})
    writer.close()
    return RunReader(folder / "run")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[RunReader]:
    reader = write(
        tmp_path,
        created(1, gwei=50, sender=2, receiver=3),
        created(2, gwei=60),
        beacon_block(),
        step(1, "pushed", 4),
        step(2, "pushed", 4),
        step(1, "settled", 15, 800),
        slot_closed(),
        created(10),
    )
    yield reader
    reader.close()


def test_read_deposits_lists_all_by_number(reader: RunReader) -> None:
    deposits = read_deposits(reader)

    assert [(each.number, each.state, each.latency_slots) for each in deposits] == [
        (1, "settled", 11),
        (2, "pushed", None),
        (10, "waiting", None),
    ]


def test_read_deposit_is_the_one_of_the_list(reader: RunReader) -> None:
    assert read_deposit(reader, 1) == read_deposits(reader)[0]


def test_read_deposit_unknown_number_says_which_there_are(reader: RunReader) -> None:
    with pytest.raises(UserError, match=r"there is no deposit 4; it has deposits 1 to 3"):
        read_deposit(reader, 4)


def test_read_deposit_of_a_run_without_any_says_so(tmp_path: Path) -> None:
    reader = write(tmp_path, beacon_block())

    assert read_deposits(reader) == []
    with pytest.raises(UserError, match="there is no deposit 1; it has none"):
        read_deposit(reader, 1)
    reader.close()


def test_to_json_has_the_documented_keys(reader: RunReader) -> None:
    document = read_deposit(reader, 1).to_json()

    assert document == {
        "id": 1,
        "script": "relay",
        "from_shard": 2,
        "to_shard": 3,
        "gwei": 50,
        "state": "settled",
        "latency_slots": 11,
        "events": [
            {
                "slot": 4,
                "chain": "beacon",
                "event": "pushed",
                "block_root": "ab" * 32,
                "proof_bytes": 0,
                "note": "",
            },
            {
                "slot": 15,
                "chain": "beacon",
                "event": "settled",
                "block_root": "ab" * 32,
                "proof_bytes": 800,
                "note": "",
            },
        ],
    }


def test_latency_counts_from_the_last_push() -> None:
    lives = [step(1, name, slot) for name, slot in LIFE]
    steps = [each for each in lives if isinstance(each, DepositStep)]

    assert FollowedDeposit(1, "relay", 0, 1, 50, 1, steps).latency_slots == 6
    assert FollowedDeposit(1, "relay", 0, 1, 50, 1, steps[:-1]).latency_slots is None


LIFE = [("pushed", 4), ("reverted", 6), ("pushed", 9), ("settled", 15)]


def test_read_deposits_of_a_run_are_what_happened(tmp_path: Path) -> None:
    result = run(load(build_journey(16), tmp_path), tmp_path / "run", keep_events=True)
    reader = RunReader(tmp_path / "run")

    (deposit,) = read_deposits(reader)

    assert deposit.steps == [e for e in result.events if isinstance(e, DepositStep)]
    (asked,) = (e for e in result.events if isinstance(e, DepositCreated))
    assert (deposit.created_slot, deposit.gwei) == (asked.slot, asked.gwei) == (4, 1000)
    reader.close()
