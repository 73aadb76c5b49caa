"""Going on with a run: the end is that of a run that nobody interrupted, or a named difference."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chain.beacon import get_total_eth
from chain.containers import BeaconState
from chain.errors import ConservationBreach
from chain.types import Gwei
from simulator import engine
from simulator.errors import RunComplete, RunFolderError
from simulator.loader import LoadedScenario, load_scenario
from simulator.resuming import load_run, resume
from simulator.runner import run
from simulator.shipped import list_shipped
from simulator.store import (
    CHECKPOINT_NAME,
    DATABASE_NAME,
    FAILED,
    INTERRUPTED,
    RUNNING,
    RunReader,
    RunWriter,
)
from tests.helpers.crashes import (
    SLOTS,
    change_database,
    describe_difference,
    dump_run,
    interrupt_at,
    run_killed_at,
)
from tests.helpers.scenarios import build_journey, load

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def whole(journey: LoadedScenario, tmp_path: Path) -> Path:
    """A run that nobody interrupted."""
    run(journey, tmp_path / "whole")
    return tmp_path / "whole"


@pytest.fixture
def broken(journey: LoadedScenario, tmp_path: Path) -> Path:
    """A run that was interrupted behind slot 12."""
    with pytest.raises(KeyboardInterrupt):
        run(journey, tmp_path / "broken", progress=interrupt_at(12))
    return tmp_path / "broken"


def read_status(folder: Path) -> tuple[str, int]:
    with closing(RunReader(folder)) as reader:
        return reader.meta["status"], reader.meta["slot"]


@pytest.mark.parametrize("slot", [1, 7, SLOTS - 1, SLOTS])
def test_resume_interrupted_run_ends_as_if_it_had_not_been(
    slot: int, journey: LoadedScenario, whole: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(journey, tmp_path / "run", progress=interrupt_at(slot))
    told: list[int] = []

    result = resume(tmp_path / "run", progress=told.append)

    assert describe_difference(tmp_path / "run", whole) is None
    assert told == list(range(1, SLOTS + 1))
    assert result.metrics == run(journey).metrics


def test_resume_needs_no_file_but_the_database(broken: Path, whole: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").unlink()

    resume(broken / DATABASE_NAME)

    assert describe_difference(broken, whole) is None


def test_resume_with_workers_ends_the_same(broken: Path, whole: Path) -> None:
    resume(broken, workers=2)

    assert describe_difference(broken, whole) is None


def test_resume_interrupted_again_and_again_ends_the_same(broken: Path, whole: Path) -> None:
    for slot in (3, 14, 15, 2):
        before = read_status(broken)
        with pytest.raises(KeyboardInterrupt):
            resume(broken, progress=interrupt_at(slot))
        assert read_status(broken) == (INTERRUPTED, max(slot, before[1]))

    resume(broken)

    assert describe_difference(broken, whole) is None


def test_resume_complete_run_is_refused_and_tidied(
    journey: LoadedScenario, whole: Path, tmp_path: Path
) -> None:
    del journey
    run_killed_at(
        "simulator.store.tables:RunTables.close", 1, "run", tmp_path / "tiny.yaml", "--out",
        tmp_path / "run",
    )  # fmt: skip
    assert (tmp_path / "run" / CHECKPOINT_NAME).exists()

    with pytest.raises(RunComplete, match=f"the run is complete, up to slot {SLOTS}"):
        resume(tmp_path / "run")

    assert describe_difference(tmp_path / "run", whole) is None


TABLES = "simulator.store.tables:RunTables"
PLACES = [
    (f"{TABLES}.put_rows", 1),
    (f"{TABLES}.put_rows!", 9),
    (f"{TABLES}.put_meta!", 9),
    (f"{TABLES}.put_rows", SLOTS),
    ("simulator.store.writer:RunWriter.write_slot!", SLOTS),
    ("simulator.runner:_write_report", 1),
    ("simulator.runner:_write_report!", 1),
    (f"{TABLES}.forget_ending!", 1),
    (f"{TABLES}.put_metrics!", 1),
    ("simulator.checkpoints:CheckpointKeeper.save", 5),
    ("pathlib:Path.replace", 5),
    ("pathlib:Path.replace!", 5),
]


@pytest.mark.parametrize(("place", "count"), PLACES)
def test_resume_run_killed_at_a_place_ends_as_if_it_had_not_been(
    place: str, count: int, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    run_killed_at(place, count, "run", tmp_path / "tiny.yaml", "--out", folder)
    status, slot = read_status(folder)
    recorded = {row[1] for row in dump_run(folder)["events"]}

    resume(folder)

    assert status == RUNNING
    assert recorded == set(range(1, slot + 1))
    assert describe_difference(folder, whole) is None


@pytest.mark.parametrize("place", [f"{TABLES}.create", f"{TABLES}.put_scripts!"])
def test_resume_run_killed_before_it_began_says_that_it_holds_nothing(
    place: str, journey: LoadedScenario, tmp_path: Path
) -> None:
    del journey
    run_killed_at(place, 1, "run", tmp_path / "tiny.yaml", "--out", tmp_path / "run")

    with pytest.raises(RunFolderError, match="holds nothing yet"):
        resume(tmp_path / "run")


DAMAGES = {
    "details": ("UPDATE events SET details = '{}' WHERE slot = 5", "slot 5: event"),
    "kind": ("UPDATE events SET kind = 'x' WHERE slot = 12", "slot 12: event"),
    "missing event": ("DELETE FROM events WHERE id = 1", "slot 1: event 1"),
    "last event": (
        "DELETE FROM events WHERE id = (SELECT MAX(id) FROM events WHERE slot = 7)",
        "slot 7: it has",
    ),
    "extra event": (
        "INSERT INTO events SELECT 1000, 1, chain, kind, NULL, '{}' FROM events WHERE id = 1",
        "slot 1: it has",
    ),
    "later event": (
        "INSERT INTO events SELECT 1000, 13, chain, kind, NULL, '{}' FROM events WHERE id = 1",
        "there is more than what happened up to slot 12",
    ),
    "missing blocks": ("DELETE FROM shard_blocks", "shard blocks instead of"),
    "block's data": (
        "UPDATE shard_blocks SET data = x'00', is_packed = 0",
        "the block of event",
    ),
    "block's packing": (
        "UPDATE shard_blocks SET data = x'00', is_packed = 1",
        "the block of event",
    ),
    "block's type": ("UPDATE shard_blocks SET data = 'text'", "the block of event"),
    "stray block": (
        "INSERT INTO shard_blocks VALUES (100000, x'', 0, x'', 0)",
        "there is more than what happened up to slot 12",
    ),
    "seed": ("UPDATE meta SET value = '2' WHERE key = 'seed'", "seed: does not belong"),
    "script": (
        "UPDATE scripts SET code = x'00'",
        "scripts: does not belong|holds other code as the script",
    ),
    "no script": ("DELETE FROM scripts", "does not hold the script"),
    "version": (
        "UPDATE meta SET value = json_set(value, '$.ssz', '0.0.1') WHERE key = 'versions'",
        "begun with other versions: ssz 0.0.1, here",
    ),
    "unknown key": (
        "UPDATE meta SET value = json_set(value, '$.x', 1) WHERE key = 'model'",
        "model.x: Extra inputs",
    ),
    "impossible": (
        "UPDATE meta SET value = json_set(value, '$.events[0].slot', 99) WHERE key = 'model'",
        r"events\[0\].slot: the run has slots",
    ),
    "unknown script": (
        "UPDATE meta SET value = '{}' WHERE key = 'scripts'",
        "there is no script",
    ),
    "slot": (
        "UPDATE meta SET value = '\"x\"' WHERE key = 'slot'",
        "has not the tables of a run|slot is not",
    ),
    "trigger": (
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
        "has not the tables of a run|its tables are not a run's",
    ),
    "earlier version": ("DELETE FROM meta WHERE key = 'model'", "an earlier version wrote it"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_resume_damaged_database_names_the_difference_and_writes_nothing(
    damage: str, broken: Path
) -> None:
    statement, message = DAMAGES[damage]
    change_database(broken, statement)
    before = dump_run(broken)

    with pytest.raises(RunFolderError, match=message):
        resume(broken)

    assert dump_run(broken) == before


def test_resume_blocks_packed_by_another_build_are_the_same(broken: Path) -> None:
    rows = dump_run(broken)["shard_blocks"]
    with closing(RunReader(broken)) as reader:
        events = list(reader.read_events("shard_block_accepted"))
    for (number, *_), event in zip(rows, events, strict=True):
        statement = "UPDATE shard_blocks SET data = ?, is_packed = 0 WHERE event = ?"
        change_database(broken, statement, event.data, number)  # type: ignore[attr-defined]  # by its kind

    resume(broken)

    assert read_status(broken) == ("complete", SLOTS)


def test_resume_run_that_is_being_written_is_refused(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    refused: list[str] = []

    def try_to_resume(slot: int) -> None:
        if slot == 3:
            with pytest.raises(RunFolderError) as caught:
                resume(tmp_path / "run")
            refused.append(str(caught.value))

    run(journey, tmp_path / "run", progress=try_to_resume)

    assert refused == [f"{tmp_path / 'run'}: another program writes this run now"]


def test_resume_run_that_lost_eth_goes_on_once_it_does_not(
    journey: LoadedScenario, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def miscount(state: BeaconState) -> Gwei:
        return Gwei(get_total_eth(state) + (state.slot >= 9))

    with monkeypatch.context() as patch:
        patch.setattr(engine, "get_total_eth", miscount)
        with pytest.raises(ConservationBreach):
            run(journey, tmp_path / "run")
        with pytest.raises(ConservationBreach):
            resume(tmp_path / "run")
        assert read_status(tmp_path / "run") == (FAILED, 8)

    resume(tmp_path / "run")

    assert describe_difference(tmp_path / "run", whole) is None


def test_resume_measured_costs_need_no_profile_any_more(tmp_path: Path) -> None:
    profile = {
        "kind": "shardlab engine profile",
        "version": 1,
        "validating_bytes_per_second": 5_000_000,
        "compiling_bytes_per_second": None,
    }
    (tmp_path / "here.json").write_text(json.dumps(profile), encoding="utf-8")
    costs = {"profile": "measured", "path": str(tmp_path / "here.json")}
    loaded = load(build_journey(SLOTS, costs=costs), tmp_path)
    run(loaded, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(loaded, tmp_path / "run", progress=interrupt_at(2))
    (tmp_path / "here.json").unlink()

    resume(tmp_path / "run")

    assert describe_difference(tmp_path / "run", tmp_path / "whole") is None
    assert str(tmp_path).encode() not in json.dumps(dump_run(tmp_path / "run")["meta"]).encode()


@pytest.mark.parametrize("name", [shipped.name for shipped in list_shipped()])
def test_load_run_of_a_shipped_scenario_is_the_scenario(name: str, tmp_path: Path) -> None:
    loaded = load_scenario(name, ["title=Another"], seed=3)
    from simulator.runner import describe_kept_run  # noqa: PLC0415 - beside what it is compared with

    RunWriter.create(tmp_path / "run", describe_kept_run(loaded), loaded.scripts.values()).close()

    assert load_run(tmp_path / "run") == loaded


def test_resume_disk_that_was_full_goes_on_with_room(
    journey: LoadedScenario, whole: Path, tmp_path: Path
) -> None:
    del journey
    resource = pytest.importorskip("resource", reason="not on this system")
    folder = tmp_path / "run"
    process = os.fork()
    if process == 0:  # a limit cannot be taken back
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
            run(load_scenario(tmp_path / "tiny.yaml"), folder)
        except RunFolderError as error:
            os._exit(3 if "cannot be written" in str(error) else 4)
        os._exit(5)
    _, status = os.waitpid(process, 0)

    assert os.waitstatus_to_exitcode(status) == 3
    state, slot = read_status(folder)
    assert (state, {row[1] for row in dump_run(folder)["events"]}) == (
        RUNNING,
        set(range(1, slot + 1)),
    )
    assert 0 < slot < SLOTS
    resume(folder)
    assert describe_difference(folder, whole) is None


def test_writer_that_cannot_write_lets_go_of_the_folder(
    journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("simulator.store.tables.RunTables.put_metrics", fail)
        with pytest.raises(RunFolderError, match="database or disk is full"):
            run(journey, tmp_path / "run")

    assert read_status(tmp_path / "run") == (RUNNING, SLOTS)
    resume(tmp_path / "run")
