"""Checkpoints: those of this user's own are the run itself; nothing of any other is ever read."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import checkpoints
from simulator.checkpoints import Checkpoint, CheckpointKeeper
from simulator.engine import Engine
from simulator.errors import RunFolderError
from simulator.loader import LoadedScenario, load_scenario
from simulator.metrics import Metrics
from simulator.module_cache import CACHE_VARIABLE
from simulator.resuming import resume
from simulator.runner import run
from simulator.setup import build_engine, hire_workers
from simulator.shipped import list_shipped
from simulator.store import CHECKPOINT_DRAFT_NAME, CHECKPOINT_NAME, RunWriter
from tests.helpers.crashes import (
    SLOTS,
    change_database,
    describe_difference,
    interrupt_at,
)
from tests.helpers.scenarios import RELAY, build_scenario, load, register
from tests.helpers.workers import set_inline_workers

RUN = {"scenario": "tiny"}

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a checkpoint behind every slot."""
    monkeypatch.setattr(checkpoints, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "_SHARE", 0)


@pytest.fixture
def whole(journey: LoadedScenario, tmp_path: Path) -> Path:
    run(journey, tmp_path / "whole")
    return tmp_path / "whole"


def advance(engine: Engine, metrics: Metrics, slots: int) -> list[object]:
    happened: list[object] = []
    for _ in range(slots):
        for event in engine.run_slot():
            metrics.add(event)
            happened.append(event)
    return happened


def make_checkpoint(loaded: LoadedScenario, slot: int, workers: int = 1) -> Checkpoint:
    engine, metrics = build_engine(loaded), Metrics(loaded.config, loaded.costs)
    if workers > 1:
        set_inline_workers(engine, workers)
    advance(engine, metrics, slot)
    return Checkpoint(slot, b"digest", ("hash",), engine, metrics)


@pytest.mark.slow
@pytest.mark.parametrize("name", [shipped.name for shipped in list_shipped()])
def test_checkpoint_of_a_shipped_scenario_goes_on_as_the_run_does(
    name: str, tmp_path: Path
) -> None:
    loaded = load_scenario(name)
    slots = min(24, loaded.scenario.slots // 2)
    kept = make_checkpoint(loaded, slots)
    keeper = CheckpointKeeper(tmp_path, RUN)

    keeper.save(kept)
    found = keeper.load(loaded.config, None)

    assert found is not None
    hire_workers(found.engine, None, 1)
    rest = min(24, loaded.scenario.slots - slots)
    assert advance(found.engine, found.metrics, rest) == advance(kept.engine, kept.metrics, rest)
    assert found.metrics.compute() == kept.metrics.compute()


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (2, 3)])
def test_checkpoint_goes_on_with_any_number_of_workers(
    before: int, after: int, journey: LoadedScenario, tmp_path: Path
) -> None:
    alone = make_checkpoint(journey, 9)
    keeper = CheckpointKeeper(tmp_path, RUN)

    keeper.save(make_checkpoint(journey, 9, before))
    found = keeper.load(journey.config, None)

    assert found is not None
    hire_workers(found.engine, None, 1)
    if after > 1:
        set_inline_workers(found.engine, after)
    expected = advance(alone.engine, alone.metrics, 9)
    assert advance(found.engine, found.metrics, 9) == expected
    roots = [
        [state.hash_tree_root for state in each.engine.world.shards] for each in (found, alone)
    ]
    assert roots[0] == roots[1]


class Planted:
    """Runs a command where it is read as a pickle."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self._trace}",)


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _plant(path: Path) -> None:
    """Put a pickle that does something behind a code that was right for another one."""
    start = len(b"shardlab checkpoint 1\n") + 32
    head = path.read_bytes()[:start]
    path.write_bytes(head + pickle.dumps(Planted(path.with_name("trace"))))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: _flip(path, 0),
        lambda path: _flip(path, 30),
        lambda path: _flip(path, 60),
        lambda path: _flip(path, -1),
        _cut,
        lambda path: path.write_bytes(b""),
        _link,
        _pipe,
        _plant,
        lambda path: path.unlink(),
    ],
    ids=["head", "code", "start", "end", "cut", "empty", "link", "pipe", "planted", "gone"],
)
def test_load_anything_else_is_as_good_as_absent(
    damage: Callable[[Path], None], journey: LoadedScenario, tmp_path: Path
) -> None:
    keeper = CheckpointKeeper(tmp_path, RUN)
    keeper.save(make_checkpoint(journey, 2))
    assert keeper.load(journey.config, None) is not None

    damage(tmp_path / CHECKPOINT_NAME)

    assert keeper.load(journey.config, None) is None
    assert not (tmp_path / "trace").exists()


def test_planted_pickle_does_something_where_it_is_read(tmp_path: Path) -> None:
    """Else the test above could not fail."""
    pickle.loads(pickle.dumps(Planted(tmp_path / "trace")))  # noqa: S301 - our own

    assert (tmp_path / "trace").exists()


@pytest.mark.parametrize("other", ["run", "key", "sources"])
def test_load_of_another_run_user_or_program_is_as_good_as_absent(
    other: str, journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CheckpointKeeper(tmp_path, RUN).save(make_checkpoint(journey, 2))
    described = RUN
    if other == "run":
        described = {"scenario": "another"}
    elif other == "key":
        monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "another"))
    else:
        monkeypatch.setattr(checkpoints, "_describe_program", lambda: {"sources": "others"})

    assert CheckpointKeeper(tmp_path, described).load(journey.config, None) is None


def test_save_where_no_secret_can_be_kept_writes_nothing(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir(mode=0o777)
    (tmp_path / "cache").chmod(0o777)

    CheckpointKeeper(tmp_path, RUN).save(make_checkpoint(journey, 2))

    assert not (tmp_path / CHECKPOINT_NAME).exists()


def test_save_is_for_nobody_else_s_eyes(journey: LoadedScenario, tmp_path: Path) -> None:
    CheckpointKeeper(tmp_path, RUN).save(make_checkpoint(journey, 2))

    assert (tmp_path / CHECKPOINT_NAME).stat().st_mode & 0o777 == 0o600


def test_save_on_a_full_disk_keeps_the_one_before(
    journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = CheckpointKeeper(tmp_path, RUN)
    keeper.save(make_checkpoint(journey, 2))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    keeper.save(make_checkpoint(journey, 3))

    assert not (tmp_path / CHECKPOINT_DRAFT_NAME).exists()
    found = keeper.load(journey.config, None)
    assert found is not None
    assert found.slot == 2


@pytest.mark.parametrize("where", ["save", "load"])
def test_checkpoint_larger_than_the_limit_is_as_good_as_absent(
    where: str, journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = CheckpointKeeper(tmp_path, RUN)
    if where == "load":
        keeper.save(make_checkpoint(journey, 2))
    monkeypatch.setattr(checkpoints, "MAX_BYTES", 1000)
    if where == "save":
        keeper.save(make_checkpoint(journey, 2))

    assert keeper.load(journey.config, None) is None
    assert keeper.exists is (where == "load")


def test_offer_keeps_checkpoints_below_a_fiftieth_of_the_time(
    journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, saved = 0.0, list[float]()

    def save(self: CheckpointKeeper, checkpoint: Checkpoint) -> None:
        nonlocal now
        del self, checkpoint
        saved.append(now)
        now += 2.0

    monkeypatch.setattr(CheckpointKeeper, "save", save)
    engine, metrics = build_engine(journey), Metrics(journey.config)
    writer = RunWriter.create(tmp_path / "run", RUN)
    keeper = CheckpointKeeper(tmp_path / "run", RUN, lambda: now)
    for _ in range(300):
        now += 1.0
        keeper.offer(engine, metrics, writer)
    writer.close()

    assert saved == [10.0, 112.0, 214.0]


def test_resume_with_a_checkpoint_simulates_only_what_is_behind_it(
    killed: Path, whole: Path
) -> None:
    told: list[int] = []

    resume(killed, progress=told.append)

    assert told == list(range(12, SLOTS + 1))
    assert describe_difference(killed, whole) is None


def test_resume_with_a_checkpoint_and_workers_ends_the_same(killed: Path, whole: Path) -> None:
    resume(killed, workers=2)

    assert describe_difference(killed, whole) is None


def test_resume_with_a_foreign_checkpoint_begins_anew_and_says_so(
    killed: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "another"))
    told, notes = list[int](), list[str]()

    resume(killed, progress=told.append, note=notes.append)

    assert told[0] == 1
    assert notes == [
        "the checkpoint is not this user's and version's, so the run is simulated again"
    ]
    assert describe_difference(killed, whole) is None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET details = '{}' WHERE slot = 5",
        "UPDATE shard_blocks SET data = 'text'",
        "DELETE FROM events WHERE slot > 10",
    ],
)
def test_resume_database_that_is_not_the_checkpoint_s_is_compared_from_the_beginning(
    damage: str, killed: Path
) -> None:
    change_database(killed, damage)
    notes: list[str] = []

    with pytest.raises(RunFolderError, match="is not what this version simulates"):
        resume(killed, note=notes.append)

    assert notes == ["the database is not that of the checkpoint, so the run is simulated again"]


@pytest.mark.usefixtures("often")
def test_resume_attack_s_script_that_went_missing_is_noticed(tmp_path: Path) -> None:
    attack = {"kind": "malformed", "start": 2, "stop": 18, "per_slot": 1.0, "size_bytes": 600}
    scenario = build_scenario(SLOTS, events=[register("relay", RELAY)], adversaries=[attack])
    loaded = load(scenario, tmp_path)
    run(loaded, tmp_path / "whole")
    for folder in ("good", "bad"):
        with pytest.raises(KeyboardInterrupt):
            run(loaded, tmp_path / folder, progress=interrupt_at(12))
    change_database(tmp_path / "bad", "UPDATE scripts SET code = x'00' WHERE length(code) < 700")
    notes: list[str] = []

    resume(tmp_path / "good")
    with pytest.raises(RunFolderError, match=r"the script [0-9a-f]{64} differs"):
        resume(tmp_path / "bad", note=notes.append)

    assert describe_difference(tmp_path / "good", tmp_path / "whole") is None
    assert len(notes) == 1


@pytest.mark.usefixtures("often")
def test_measured_run_makes_no_checkpoint(journey: LoadedScenario, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(journey, tmp_path / "run", progress=interrupt_at(3), measure=True)

    assert not (tmp_path / "run" / CHECKPOINT_NAME).exists()
