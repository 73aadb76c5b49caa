"""Running sweeps: every point once, whatever happens in between."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from chain.errors import ConservationBreach
from simulator.errors import UserError
from simulator.loader import LoadedScenario, load_scenario
from simulator.pools import LocalPool
from simulator.runner import RunResult, run
from simulator.sweep import Outcome, conduct_sweep, plan_sweep
from tests.helpers.scenarios import build_scenario, save_scenario
from tests.helpers.sweeps import Quiet, build_sweep, conduct, save_sweep

RUN = "simulator.sweep.results.run"
WIDE = build_sweep(grid={"slots": [2, 3], "chain.shard_count": [2, 3]}, seeds=2)


pytestmark = pytest.mark.usefixtures("own_cache")


class Spy:
    """Runs scenarios, counts how often each ran, and fails where it is told to."""

    def __init__(self, fail: Callable[[LoadedScenario], None] = lambda _: None) -> None:
        self.ran: Counter[tuple[int, int]] = Counter()
        self.fail = fail

    def __call__(self, loaded: LoadedScenario, *args: Any, **options: Any) -> RunResult:  # noqa: ANN401 - as run
        self.fail(loaded)
        self.ran[loaded.scenario.slots, loaded.scenario.seed] += 1
        return run(loaded, *args, **options)


def fail_at(slots: int, error: BaseException) -> Callable[[LoadedScenario], None]:
    def fail(loaded: LoadedScenario) -> None:
        if loaded.scenario.slots == slots:
            raise error

    return fail


def read_bytes(folder: Path) -> bytes:
    return (folder / "out/results.parquet").read_bytes()


def test_conduct_gives_what_single_runs_give(tmp_path: Path) -> None:
    sweep = conduct(build_sweep(seeds=[4]), tmp_path)

    for slots, (point, result) in zip((2, 3), sweep.read_rows(), strict=True):
        alone = run(load_scenario(tmp_path / "tiny.yaml", [f"slots={slots}"], 4))
        assert point.settings == {"slots": slots}
        assert result.metrics == alone.metrics
        assert result.beacon_state_root == alone.report["beacon_state_root"]
    table = parquet.read_table(sweep.results_path)
    assert table.column("metrics.slots").to_pylist() == [2, 3]
    assert sweep.outcomes == {Outcome.COMPLETE: 2}


def test_conduct_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    for workers in (1, 2):
        (tmp_path / str(workers)).mkdir()
        conduct(WIDE, tmp_path / str(workers), workers=workers)

    assert read_bytes(tmp_path / "1") == read_bytes(tmp_path / "2")


def test_conduct_again_runs_nothing_and_writes_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conduct(build_sweep(), tmp_path)
    before = read_bytes(tmp_path)
    spy = Spy()
    monkeypatch.setattr(RUN, spy)
    watcher = Quiet()

    again = conduct(build_sweep(), tmp_path, watcher)

    assert (spy.ran, again.ran, watcher.pending, watcher.finished_before) == ({}, 0, [], 2)
    assert read_bytes(tmp_path) == before


def test_conduct_interrupted_continues_and_runs_no_finished_point_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = build_sweep(grid={"slots": [2, 3, 4, 5]}, seeds=2)
    spy = Spy(fail_at(4, KeyboardInterrupt()))
    monkeypatch.setattr(RUN, spy)
    with pytest.raises(KeyboardInterrupt):
        conduct(sweep, tmp_path)
    assert not (tmp_path / "out/results.parquet").exists()
    spy.fail = lambda _: None

    conduct(sweep, tmp_path)

    assert spy.ran == {(slots, seed): 1 for slots in (2, 3, 4, 5) for seed in (1, 2)}
    (tmp_path / "whole").mkdir()
    conduct(sweep, tmp_path / "whole")
    assert read_bytes(tmp_path) == read_bytes(tmp_path / "whole")


def test_conduct_edited_file_runs_only_new_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conduct(build_sweep(grid={"slots": [2, 3]}), tmp_path)
    spy = Spy()
    monkeypatch.setattr(RUN, spy)

    sweep = conduct(build_sweep(grid={"slots": [5, 3]}), tmp_path)

    assert spy.ran == {(5, 1): 1}
    assert [point.slots for point, _ in sweep.read_rows()] == [5, 3]


def test_conduct_crashed_point_is_recorded_others_go_on_and_it_runs_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy(fail_at(3, RuntimeError("a bug of ours")))
    monkeypatch.setattr(RUN, spy)
    sweep = build_sweep(grid={"slots": [2, 3, 4]})

    first = conduct(sweep, tmp_path)
    crashed = list(first.read_rows())[1][1]
    spy.fail = lambda _: None
    second = conduct(sweep, tmp_path)

    assert first.outcomes == {Outcome.COMPLETE: 2, Outcome.CRASHED: 1}
    assert crashed.error == "RuntimeError: a bug of ours"
    assert "fail_at" not in crashed.error
    assert "raise error" in crashed.trace
    assert second.outcomes == {Outcome.COMPLETE: 3}
    assert spy.ran == {(2, 1): 1, (3, 1): 1, (4, 1): 1}


def test_conduct_breach_is_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(fail_at(3, ConservationBreach("eth_vanished", gwei=3)))
    monkeypatch.setattr(RUN, spy)

    conduct(build_sweep(), tmp_path)
    again = conduct(build_sweep(), tmp_path)

    assert again.ran == 0
    assert again.outcomes == {Outcome.COMPLETE: 1, Outcome.BREACHED: 1}
    assert [result.error for _, result in again.read_rows()] == [None, "eth_vanished (gwei=3)"]


def test_conduct_worker_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "simulator.sweep.results.get_versions", lambda: {"shardlab": "9.9", "wasmtime": "1"}
    )
    with pytest.raises(UserError, match=r"a worker has shardlab 9\.9, wasmtime 1"):
        conduct(build_sweep(), tmp_path)


def test_conduct_bad_point_is_found_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = Spy()
    monkeypatch.setattr(RUN, spy)
    with pytest.raises(UserError, match="slots=0"):
        conduct(build_sweep(grid={"slots": [2, 0]}), tmp_path)
    assert spy.ran == {}
    assert not (tmp_path / "out").exists()


def test_conduct_wish_for_a_metric_that_no_point_has_is_noted(tmp_path: Path) -> None:
    sweep = conduct(build_sweep(metrics=["slots", "slotz", "eth.*"]), tmp_path)

    assert sweep.missing == ("slotz",)
    names = parquet.read_schema(sweep.results_path).names
    metrics = [name for name in names if name.startswith("metrics.")]
    assert metrics[-1] == "metrics.slots"
    assert all(name.startswith("metrics.eth.") for name in metrics[:-1])


def test_conduct_unmet_expectation_is_a_column(tmp_path: Path) -> None:
    expect = [{"metric": "slots", "equals": 2}]
    save_scenario(build_scenario(2, expect=expect), tmp_path)

    sweep = conduct(build_sweep(), tmp_path)

    table = parquet.read_table(sweep.results_path)
    assert table.column("expectations_met").to_pylist() == [True, False]
    assert table.column("unmet_expectations").to_pylist() == [[], ["slots"]]


def test_conduct_tells_of_every_point(tmp_path: Path) -> None:
    watcher = Quiet()

    conduct(WIDE, tmp_path, watcher)

    assert watcher.advanced == watcher.pending
    assert len(watcher.pending) == 8


def test_conduct_same_folder_for_another_file_is_refused(tmp_path: Path) -> None:
    conduct(build_sweep(), tmp_path)
    other = plan_sweep(save_sweep(build_sweep(), tmp_path, "other"))
    with pytest.raises(UserError, match="another sweep file"):
        conduct_sweep(other, tmp_path / "out", LocalPool(1), Quiet())
