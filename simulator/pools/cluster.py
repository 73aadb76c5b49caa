"""A pool on a Ray cluster: one that exists, or one started here for the occasion.

The only importer of Ray, which is optional.

Source:
    Ours.
"""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from simulator.errors import UserError
from simulator.pools.base import MAX_ATTEMPTS, Crash, attempt_job, describe_lost_job
from simulator.pools.signals import keep_signal_actions

J = TypeVar("J")
R = TypeVar("R")

MISSING: Final = "--engine ray: Ray is not installed; install it with: pip install 'shardlab[ray]'"

_KNOCK_SECONDS: Final = 10

_JOBS_PER_CORE: Final = 2
"""Handed out at a time: one that runs, and one that is there when it has finished."""


class RayPool:
    """Runs jobs as Ray tasks; Ray itself repeats those whose worker or machine was lost."""

    def __init__(self, address: str | None, workers: int | None) -> None:
        """Start nothing yet.

        Args:
            address: Of an existing cluster, ``auto`` for the one on this machine; without one, a
                cluster is started here and ended afterwards.
            workers: How many jobs at a time; by default one per core of the cluster.

        Raises:
            UserError: Ray is not installed.
        """
        if find_spec("ray") is None:
            raise UserError(MISSING)
        self._address = address
        self._workers = workers

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[int, R | Crash]]:
        """Run a function once per job; see ``Pool``.

        Raises:
            UserError: No cluster answers at the address, or none can be started.
        """
        with keep_signal_actions(), _connect(self._address, self._workers) as ray:
            cores = self._workers or int(ray.cluster_resources().get("CPU", 1))
            # At most so many run at a time, so those waiting must not be more than workers allow.
            window = cores if self._workers else cores * _JOBS_PER_CORE
            task = ray.remote(max_retries=MAX_ATTEMPTS - 1, num_cpus=1)(attempt_job)
            shared = ray.put(function)
            fresh = enumerate(jobs)
            running: dict[Any, int] = {}
            while True:
                while len(running) < window and (following := next(fresh, None)):
                    position, job = following
                    running[task.remote(shared, job)] = position
                if not running:
                    return
                [done], _ = ray.wait(list(running), num_returns=1)
                yield running.pop(done), _collect(ray, done)


def _collect(ray: Any, done: Any) -> Any:  # noqa: ANN401 - Ray and its references are untyped
    """Return what came of a job, which raises nothing itself."""
    lost = (
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.NodeDiedError,
        ray.exceptions.OutOfMemoryError,
        ray.exceptions.ObjectLostError,
    )
    try:
        return ray.get(done)
    except lost:
        return describe_lost_job()
    except ray.exceptions.RayTaskError as error:
        # The function cannot even be called: its module is another one there, or missing.
        cause = str(error.cause).partition("\n")[0]
        raise UserError(
            f"--engine ray: a worker of the cluster cannot run shardlab: {cause}; install the same "
            "shardlab on every machine of it"
        ) from error


@contextmanager
def _connect(address: str | None, workers: int | None) -> Iterator[Any]:
    """Connect to a cluster, or start one; leave it, or end it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray  # noqa: PLC0415 - optional, and takes a second to import

    if address:
        _knock(address)
    own = {} if address else {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level="ERROR", **own)
    except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        where = f"--address {address}" if address else "--engine ray"
        reason = str(error).partition("\n")[0]
        hint = "; one that wants a token needs RAY_AUTH_MODE=token" if address else ""
        raise UserError(f"{where}: no cluster to be had: {reason}{hint}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Find out at once whether anybody answers: Ray itself tries for minutes.

    Raises:
        UserError: Nobody does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        return  # a word of Ray's, such as `auto`
    try:
        socket.create_connection((host, int(port)), _KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"--address {address}: no cluster to be had: {error}") from error
