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

ALICE, BOB = "a1" * 10, "b0" * 10
PLAIN_STEP = {
    "chain": "beacon",
    "block_root": "ab" * 32,
    "proof_bytes": 0,
    "note": "",
    "beacon_bytes": 0,
    "account": "",
    "before_gwei": None,
    "after_gwei": None,
}


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
        "route": "beacon",
        "from_shard": 2,
        "to_shard": 3,
        "sender": "",
        "recipient": "",
        "gwei": 50,
        "created_slot": 1,
        "state": "settled",
        "latency_slots": 11,
        "events": [
            {**PLAIN_STEP, "slot": 4, "event": "pushed"},
            {**PLAIN_STEP, "slot": 15, "event": "settled", "proof_bytes": 800},
        ],
    }


def test_to_json_has_route_accounts_and_balances(tmp_path: Path) -> None:
    reader = write(
        tmp_path,
        created(1, route="receipt", accounts=(ALICE, BOB)),
        step(1, "pushed", 4, account=ALICE, held=(90, 40), beacon_bytes=7),
    )

    document = read_deposit(reader, 1).to_json()
    reader.close()

    assert (document["route"], document["sender"], document["recipient"]) == ("receipt", ALICE, BOB)
    (pushed,) = document["events"]
    assert pushed == {
        **PLAIN_STEP,
        "slot": 4,
        "event": "pushed",
        "account": ALICE,
        "before_gwei": 90,
        "after_gwei": 40,
        "beacon_bytes": 7,
    }


def build_life(*lived: DepositStep, route: str = "receipt") -> FollowedDeposit:
    return FollowedDeposit(1, "relay", 0, 1, 50, 2, route, steps=list(lived))


def test_latency_counts_from_the_last_push() -> None:
    steps = [step(1, name, slot) for name, slot in LIFE]

    assert build_life(*steps).latency_slots == 6
    assert build_life(*steps[:-1]).latency_slots is None


def test_latency_on_one_shard_counts_from_creation() -> None:
    steps = [step(1, name, 5) for name in ("pushed", "settled")]

    assert build_life(*steps, route="shard").latency_slots == 3
    assert build_life(*steps, route="shard").tell_end(6) == (
        "Settled 3 slots (18 seconds) after it was asked for."
    )


LIFE = [("pushed", 4), ("reverted", 6), ("pushed", 9), ("settled", 15)]


@pytest.mark.parametrize(
    ("lived", "sentence"),
    [
        ([], "It waits: nothing has happened to it yet."),
        ([("settled", 3, "")], "Settled 1 slot (6 seconds) after it was asked for."),
        (
            [("pushed", 4, ""), ("settled", 9, "pool holds 3 Gwei")],
            "Settled 5 slots (30 seconds) after it was pushed.",
        ),
        (
            [(name, slot, "") for name, slot in LIFE],
            (
                "Settled 6 slots (36 seconds) after it was pushed. "
                "On its way it was called back once."
            ),
        ),
        ([("rejected", 4, "insufficient_balance")], "Rejected: insufficient_balance."),
        (
            [("pushed", 4, ""), ("expired", 20, "after slot 19"), ("returned", 24, "")],
            "Returned to its sender 20 slots (120 seconds) after it was pushed.",
        ),
        (
            [("pushed", 4, ""), ("expired", 20, "after slot 19")],
            "Expired: after slot 19; not returned to its sender.",
        ),
        (
            [("pushed", 4, ""), ("reverted", 6, "crosslink orphaned")],
            "Reverted: crosslink orphaned; not retried before the end of the run.",
        ),
        (
            [("pushed", 4, ""), *[("reverted", 6, ""), ("pushed", 7, "")] * 2],
            "Its last state is: pushed. On its way it was called back 2 times.",
        ),
        ([("pushed", 4, ""), ("stuck", 6, "too_large")], "Stuck: too_large."),
    ],
)
def test_tell_end_says_how_the_story_ends(lived: list[tuple[str, int, str]], sentence: str) -> None:
    steps = [step(1, name, slot, note=note) for name, slot, note in lived]

    assert build_life(*steps).tell_end(6) == sentence


def test_read_deposits_of_a_run_are_what_happened(tmp_path: Path) -> None:
    result = run(load(build_journey(16), tmp_path), tmp_path / "run", keep_events=True)
    reader = RunReader(tmp_path / "run")

    (deposit,) = read_deposits(reader)

    assert deposit.steps == [e for e in result.events if isinstance(e, DepositStep)]
    (asked,) = (e for e in result.events if isinstance(e, DepositCreated))
    assert (deposit.created_slot, deposit.gwei) == (asked.slot, asked.gwei) == (4, 1000)
    reader.close()


@pytest.mark.parametrize(
    ("settled_slot", "said"),
    [
        (4, "Settled in the slot in which it was pushed."),
        (5, "Settled 1 slot (6 seconds) after it was pushed."),
        (6, "Settled 2 slots (12 seconds) after it was pushed."),
    ],
)
def test_tell_end_counts_slots_as_people_do(tmp_path: Path, settled_slot: int, said: str) -> None:
    reader = write(tmp_path, created(1), step(1, "pushed", 4), step(1, "settled", settled_slot))

    [deposit] = read_deposits(reader)
    reader.close()

    assert deposit.tell_end(6) == said
