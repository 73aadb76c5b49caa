"""Pools of processes: what they yield, and what they survive."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.pools import MAX_ATTEMPTS, Crash, LocalPool
from tests.helpers.processes import wait_until_ended
from tests.simulator.pools import jobs


def count_runs(folder: Path) -> dict[str, int]:
    return {
        path.name: len(path.read_text(encoding="ascii").splitlines())
        for path in folder.iterdir()
        if not path.name.startswith("died")
    }


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_run_yields_every_position_once(workers: int) -> None:
    came = dict(LocalPool(workers).run(jobs.square, [3, 1, 2]))

    assert came == {0: 9, 1: 1, 2: 4}


@pytest.mark.parametrize("workers", [1, 2])
def test_run_without_jobs_yields_nothing(workers: int) -> None:
    assert list(LocalPool(workers).run(jobs.square, [])) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_run_function_that_raises_costs_its_job_alone(workers: int) -> None:
    came = dict(LocalPool(workers).run(jobs.divide, [3, 0, 4]))

    crash = came.pop(1)
    assert came == {0: 4.0, 2: 3.0}
    assert isinstance(crash, Crash)
    assert (crash.summary, crash.is_lost) == ("ZeroDivisionError: division by zero", False)
    assert "return 12 / number" in crash.trace


def test_run_killed_workers_lose_nothing(tmp_path: Path) -> None:
    work = [(str(tmp_path), number) for number in range(6)]

    came = dict(LocalPool(2).run(jobs.die_once, work))

    assert came == {number: number for number in range(6)}
    # Nobody's job but that of the dead worker is repeated.
    assert count_runs(tmp_path) == {str(number): 1 for number in range(6)}


def test_run_job_that_always_kills_is_given_up_and_the_others_finish(tmp_path: Path) -> None:
    work = [(str(tmp_path), number) for number in range(6)]

    came = dict(LocalPool(2).run(jobs.die_always, work))

    lost = came.pop(3)
    assert came == {number: number for number in (0, 1, 2, 4, 5)}
    assert isinstance(lost, Crash)
    assert lost.is_lost
    assert lost.summary.startswith(f"{MAX_ATTEMPTS} workers ended")
    assert count_runs(tmp_path) == {str(number): 1 for number in (0, 1, 2, 4, 5)}


def test_run_single_worker_stays_in_this_process() -> None:
    assert list(LocalPool(1).run(jobs.name_process, [0])) == [(0, os.getpid())]


def test_run_takes_jobs_only_when_a_worker_is_free() -> None:
    taken: list[int] = []

    def offer() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    came = LocalPool(2).run(jobs.square, offer())
    next(came)

    assert len(taken) <= 4
    came.close()  # type: ignore[attr-defined]  # a generator in truth


def test_run_abandoned_ends_its_workers() -> None:
    came = LocalPool(2).run(jobs.name_process, range(1_000_000))
    _, pid = next(came)
    assert isinstance(pid, int)

    came.close()  # type: ignore[attr-defined]  # a generator in truth

    wait_until_ended([pid])
