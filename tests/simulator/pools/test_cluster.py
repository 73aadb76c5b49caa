"""Pools on a Ray cluster; run where Ray is installed: ``pip install 'shardlab[ray]'``."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import UserError
from simulator.pools import Crash
from tests.helpers.sweeps import build_sweep, save_sweep
from tests.simulator.pools import jobs

pytest.importorskip("ray", reason="the extra shardlab[ray] is not installed")

from simulator.pools.cluster import RayPool

pytestmark = [
    pytest.mark.slow,
    # Ray leaves sockets and processes to the garbage collector, and warns of its own settings.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def sweep_in_process(path: Path, folder: Path, *options: str, **environment: str) -> bytes:
    """Run a sweep as its own program, and return the bytes of its results."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", "sweep", path, "--out", folder, *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "results.parquet").read_bytes()


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return save_sweep(build_sweep(grid={"slots": [2, 3], "chain.shard_count": [2, 3]}), tmp_path)


@pytest.fixture(scope="module")
def cluster() -> Iterator[tuple[str, dict[str, str]]]:
    """A cluster that exists already, as `ray start --head` makes one, with a secret of its own."""
    environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
    program = (
        "import ray, sys\n"
        "context = ray.init('local', num_cpus=2, include_dashboard=False, logging_level='ERROR')\n"
        "print(context.address_info['gcs_address'], flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip(), environment
    process.communicate("", timeout=60)


def test_sweep_on_ray_gives_the_bytes_of_the_local_engine(sweep: Path, tmp_path: Path) -> None:
    local = sweep_in_process(sweep, tmp_path / "local")
    ray = sweep_in_process(sweep, tmp_path / "ray", "--engine", "ray", "--workers", "2")

    assert ray == local


def test_sweep_on_an_existing_cluster_gives_the_same_bytes(
    sweep: Path, tmp_path: Path, cluster: tuple[str, dict[str, str]]
) -> None:
    address, environment = cluster
    options = ["--engine", "ray", "--address", address]

    local = sweep_in_process(sweep, tmp_path / "local")
    ray = sweep_in_process(sweep, tmp_path / "ray", *options, **environment)

    assert ray == local


def test_run_survives_killed_workers_and_gives_up_a_deadly_job(tmp_path: Path) -> None:
    work = [(str(tmp_path), number) for number in range(6)]

    came: dict[int, Any] = dict(RayPool(None, 2).run(jobs.die_once, work))
    deadly: dict[int, Any] = dict(RayPool(None, 2).run(jobs.die_always, work))

    assert came == {number: number for number in range(6)}
    lost = deadly.pop(3)
    assert isinstance(lost, Crash)
    assert lost.is_lost
    assert deadly == {number: number for number in (0, 1, 2, 4, 5)}


def test_run_function_that_raises_costs_its_job_alone() -> None:
    came = dict(RayPool(None, 2).run(jobs.divide, [3, 0, 4]))

    crash = came.pop(1)
    assert came == {0: 4.0, 2: 3.0}
    assert isinstance(crash, Crash)
    assert crash.summary == "ZeroDivisionError: division by zero"


def test_run_without_a_cluster_at_the_address_is_an_error_of_the_user() -> None:
    with pytest.raises(UserError, match=r"--address 127\.0\.0\.1:1: no cluster to be had"):
        list(RayPool("127.0.0.1:1", 2).run(jobs.square, [1]))
