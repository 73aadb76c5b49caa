"""Making the runs of a comparison: the same results in one process or in several."""

import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from chain.errors import ConservationBreach
from simulator.compare import ComparedRun, compare, plan_runs
from simulator.errors import UserError
from simulator.loader import load_scenario
from simulator.module_cache import DiskModuleCache
from simulator.runner import SimulationBug, run
from tests.helpers.processes import (
    PATIENCE_SECONDS,
    is_at_work,
    list_own_workers,
    list_workers,
    wait_until,
)
from tests.helpers.scenarios import build_journey, build_scenario, save_scenario


def encode(runs: list[ComparedRun]) -> str:
    """Everything that runs came to, with the order of keys."""
    return json.dumps([[dict(each.settings), dict(each.report)] for each in runs])


def test_compare_gives_what_single_runs_give(tmp_path: Path) -> None:
    path = save_scenario(build_journey(16), tmp_path)
    key, values = "chain.crosslink_interval_slots", ("2", "4")

    compared = list(compare(plan_runs(path, [f"{key}=2,4"])))

    for value, each in zip(values, compared, strict=True):
        alone = run(load_scenario(path, [f"{key}={value}"]))
        assert each.settings == {key: value}
        assert each.metrics == alone.metrics
        assert each.report == alone.report


def test_compare_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    path = save_scenario(build_journey(12), tmp_path)
    planned = plan_runs(path, ["slots=12,4", "chain.shard_count=2,3"], seeds="2")
    cache = DiskModuleCache(tmp_path / "cache")

    alone = encode(list(compare(planned, cache)))
    together = encode(list(compare(planned, cache, workers=2)))

    assert together == alone
    assert len(json.loads(alone)) == 8


def test_compare_progress_counts_the_slots_of_all_runs(tmp_path: Path) -> None:
    planned = plan_runs(save_scenario(build_scenario(4), tmp_path), ["slots=2,3"])
    alone: list[int] = []
    together: list[int] = []

    list(compare(planned, progress=alone.append))
    list(compare(planned, progress=together.append, workers=2))

    assert alone == [1, 2, 3, 4, 5]
    assert together == alone


class BrokenStore:
    """Breaks every run that executes a script, in whichever process."""

    def load(self, _key: str) -> bytes | None:
        raise RuntimeError("a bug of the store")

    def save(self, key: str, compiled: bytes) -> None:
        """Never reached: everything breaks before it could be compiled."""


@pytest.mark.parametrize("workers", [1, 2])
def test_compare_bug_in_a_run_is_reported_alike_by_one_process_and_two(
    workers: int, tmp_path: Path
) -> None:
    path = save_scenario(build_journey(8), tmp_path, "broken")
    planned = plan_runs(path, ["slots=8,9"], seeds="5,3")

    with pytest.raises(SimulationBug, match=r"^scenario broken, seed 5, slot 3$") as caught:
        list(compare(planned, BrokenStore(), workers=workers))

    assert "a bug of the store" in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("workers", [1, 2])
def test_compare_breach_in_a_run_keeps_its_code(workers: int, tmp_path: Path) -> None:
    path = save_scenario(build_journey(8), tmp_path, "broken")

    with pytest.raises(ConservationBreach) as caught:
        list(compare(plan_runs(path, ["slots=8,9"]), BreachingStore(), workers=workers))

    assert (caught.value.code, str(caught.value)) == ("eth_vanished", "eth_vanished (gwei=3)")


class BreachingStore(BrokenStore):
    """Ends every run that executes a script as if ETH had vanished."""

    def load(self, _key: str) -> bytes | None:
        raise ConservationBreach("eth_vanished", gwei=3)


class DeadlyStore(BrokenStore):
    """Ends the process that executes a script, as the system does when memory is short."""

    def load(self, _key: str) -> bytes | None:
        os._exit(9)


def test_compare_killed_worker_is_named(tmp_path: Path) -> None:
    planned = plan_runs(save_scenario(build_journey(8), tmp_path), ["slots=8,9"])

    with pytest.raises(UserError, match="a worker process ended before its run did"):
        list(compare(planned, DeadlyStore(), workers=2))


def test_compare_abandoned_half_way_ends_its_workers(tmp_path: Path) -> None:
    planned = plan_runs(save_scenario(build_scenario(), tmp_path), ["slots=2,200000,200001"])
    runs = compare(planned, workers=2)

    first = next(runs)
    assert isinstance(first, ComparedRun)
    assert list_own_workers()
    del runs

    assert first.metrics["slots"] == 2
    assert not list_own_workers()


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["group", "parent"])
def test_compare_ctrl_c_ends_all_processes_cleanly(whom: str, tmp_path: Path) -> None:
    path = save_scenario(build_scenario(), tmp_path)
    options = ["--vary", "slots=200000,200001,200002", "--workers", "2"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", "compare", path, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: [*map(is_at_work, list_workers(process.pid))] == [True, True])
    if whom == "group":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    # Returns when the last process that could write has ended.
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout, stderr) == (130, "", "interrupted\n")
