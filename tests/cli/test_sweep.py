"""``shardlab sweep``: what it prints, how it ends, and what survives its end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.sweep import Outcome
from tests.helpers.cli import shardlab
from tests.helpers.processes import PATIENCE_SECONDS, list_workers, wait_until
from tests.helpers.scenarios import build_scenario, save_scenario
from tests.helpers.sweeps import build_sweep, save_sweep


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return save_sweep(build_sweep(seeds=2), tmp_path, "tiny_sweep")


def read_journal(folder: Path) -> list[str]:
    """The ids of the points that a journal has, in its order."""
    lines = (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line)["point"] for line in lines[1:] if line.endswith("\n")]


def start(sweep: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", "sweep", sweep, "--out", "out", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_points(folder: Path, count: int) -> None:
    journal = folder / "journal.jsonl"
    wait_until(lambda: journal.exists() and len(read_journal(folder)) >= count)


def test_sweep_prints_a_line_per_setting_and_writes_the_file(sweep: Path) -> None:
    outcome = shardlab("sweep", sweep, "--workers", 1)

    assert outcome.status == 0
    assert "A tiny sweep" in outcome.stdout
    assert "4 points, 4 of them run now" in outcome.stdout
    assert Path("runs/sweeps/tiny_sweep/results.parquet").is_file()
    assert "tiny_sweep: 4 of 4 points\n" in outcome.stderr


def test_sweep_json_has_every_point(sweep: Path) -> None:
    document = shardlab("sweep", sweep, "--workers", 1, "--json").document

    assert document["outcomes"] == {"complete": 4}
    assert [(p["settings"], p["seed"], p["metrics"]["slots"]) for p in document["points"]] == [
        ({"slots": slots}, seed, slots) for slots in (2, 3) for seed in (1, 2)
    ]
    assert document["results"] == "runs/sweeps/tiny_sweep/results.parquet"


def test_sweep_finds_a_shipped_one_by_its_name() -> None:
    outcome = shardlab("sweep", "places", "--dry-run")

    assert outcome.status == 0
    assert "beacon-operation" in outcome.stdout


def test_sweep_dry_run_lists_points_and_writes_nothing(sweep: Path) -> None:
    before = shardlab("sweep", sweep, "--dry-run")
    assert not Path("runs").exists()
    shardlab("sweep", sweep, "--workers", 1)
    after = shardlab("sweep", sweep, "--dry-run", "--json").document

    assert "4 of 4 points would run." in before.stdout
    assert [point["finished"] for point in after["points"]] == [True] * 4


@pytest.mark.parametrize("columns", ["40", "60", "200"])
def test_sweep_table_fits_the_terminal(
    sweep: Path, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    outcome = shardlab("sweep", sweep, "--workers", 1)
    lines = [line for line in outcome.stdout.splitlines() if not line.startswith("Results:")]
    assert max(map(len, lines)) <= int(columns)


def test_sweep_chosen_metrics_are_all_shown(tmp_path: Path) -> None:
    metrics = ["slots", "beacon.*", "shards.*"]
    path = save_sweep(build_sweep(metrics=metrics), tmp_path)

    outcome = shardlab("sweep", path, "--workers", 1)

    assert all(word in outcome.stdout for word in ("beacon.blocks", "noop_", "rejected"))


def test_sweep_metric_that_is_missing_is_named_after_the_results(tmp_path: Path) -> None:
    path = save_sweep(build_sweep(metrics=["slots", "slotz"]), tmp_path)

    outcome = shardlab("sweep", path, "--workers", 1)

    assert (outcome.status, "Results:" in outcome.stdout) == (2, True)
    assert outcome.stderr.endswith("error: metrics: no point has slotz\n")


def test_sweep_bad_point_is_an_error_before_anything_runs(tmp_path: Path) -> None:
    path = save_sweep(build_sweep(grid={"slots": [2, 0]}), tmp_path)

    outcome = shardlab("sweep", path)

    assert (outcome.status, outcome.stdout) == (2, "")
    assert f"error: {path}:6: grid: slots=0: slots: must be at least 1" in outcome.stderr
    assert not Path("runs").exists()


def test_sweep_crash_shows_its_traceback_and_exits_with_70(
    sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object, **_options: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("simulator.sweep.results.run", crash)
    outcome = shardlab("sweep", sweep, "--workers", 1)

    assert outcome.status == 70
    assert outcome.stderr.count("Traceback") == 1
    assert "4 of the points crashed; the same command tries them again" in outcome.stderr
    assert f"tiny slots=2 seed=1: {Outcome.CRASHED}: RuntimeError: a bug of ours" in " ".join(
        outcome.stdout.split()
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--engine", "cloud"], "--engine cloud: choose one of local, ray"),
        (["--address", "auto"], "--address: only --engine ray has one"),
    ],
)
def test_sweep_unusable_option_is_named(sweep: Path, options: list[str], problem: str) -> None:
    outcome = shardlab("sweep", sweep, *options)
    assert (outcome.status, outcome.stderr) == (2, f"error: {problem}\n")


def test_sweep_without_ray_says_how_to_install_it(
    sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.pools.cluster.find_spec", lambda _name: None)
    outcome = shardlab("sweep", sweep, "--engine", "ray")
    assert outcome.status == 2
    assert "pip install 'shardlab[ray]'" in outcome.stderr


def test_sweep_folder_that_cannot_be_made_is_named(sweep: Path) -> None:
    Path("file").touch()
    outcome = shardlab("sweep", sweep, "--out", "file/out")
    assert (outcome.status, outcome.stderr) == (
        2,
        "error: file/out: cannot be written: Not a directory\n",
    )


@pytest.fixture
def long_sweep(tmp_path: Path) -> Path:
    save_scenario(build_scenario(60), tmp_path)
    return save_sweep(build_sweep(grid={"chain.shard_count": [2, 3]}, seeds=15), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_sweep_killed_in_the_middle_continues_without_repeating(
    long_sweep: Path, workers: str
) -> None:
    process = start(long_sweep, "--workers", workers)
    wait_for_points(Path("out"), 3)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    kept = read_journal(Path("out"))

    outcome = shardlab("sweep", long_sweep, "--out", "out", "--workers", 1)
    whole = shardlab("sweep", long_sweep, "--out", "whole", "--workers", 1)

    assert 3 <= len(kept) < 30
    assert f"{30 - len(kept)} of them run now" in outcome.stdout
    ran = read_journal(Path("out"))
    assert ran[: len(kept)] == kept
    assert sorted(ran) == sorted(set(ran)) == sorted(read_journal(Path("whole")))
    assert whole.status == outcome.status == 0
    results = [Path(folder, "results.parquet").read_bytes() for folder in ("out", "whole")]
    assert results[0] == results[1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_sweep_ctrl_c_ends_all_processes_and_says_how_to_continue(
    long_sweep: Path, workers: str
) -> None:
    process = start(long_sweep, "--workers", workers)
    wait_for_points(Path("out"), 3)
    os.killpg(process.pid, signal.SIGINT)
    # Returns when the last process that could write has ended.
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, stdout) == (130, "")
    kept = "every finished point is kept in out; the same command continues"
    assert stderr.endswith(f"interrupted; {kept}\n")
    assert not Path("out/results.parquet").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers in /proc")
def test_sweep_worker_killed_from_outside_loses_nothing(long_sweep: Path) -> None:
    process = start(long_sweep, "--workers", "2")
    wait_for_points(Path("out"), 3)
    os.kill(list_workers(process.pid)[0], signal.SIGKILL)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 0, stderr
    ran = read_journal(Path("out"))
    assert len(ran) == len(set(ran)) == 30
