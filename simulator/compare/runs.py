"""Making the planned runs, here or in several processes, with the same results.

Source:
    Ours.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Semaphore
from typing import Any

from chain.eei import CompiledStore
from chain.errors import ConservationBreach
from simulator.compare.plan import PlannedRun
from simulator.errors import UserError
from simulator.metrics import Number
from simulator.pools import Crash, LocalPool
from simulator.runner import Progress, SimulationBug, run


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run of a comparison: little enough to be sent between processes.

    Attributes:
        settings: The value of every varied key, as written.
        report: What the run came to, ready for JSON, as ``RunResult`` has it.
    """

    settings: Mapping[str, str]
    report: Mapping[str, Any]

    @property
    def seed(self) -> int:
        """Return the seed it ran with."""
        return int(self.report["seed"])

    @property
    def metrics(self) -> Mapping[str, Number]:
        """Return the numbers by dotted name."""
        metrics: Mapping[str, Number] = self.report["metrics"]
        return metrics

    @property
    def expectations_met(self) -> bool:
        """Tell whether every expectation holds."""
        return all(expectation["met"] for expectation in self.report["expectations"])


class RunTrace(Exception):
    """The traceback of what ended a run, as text: no process sends it along with the error."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """What ended a run early."""

    error: SimulationBug | ConservationBreach
    trace: str


def compare(
    planned: Sequence[PlannedRun],
    compiled: CompiledStore | None = None,
    progress: Progress | None = None,
    workers: int = 1,
) -> Iterator[ComparedRun]:
    """Make every run, in the order planned; nothing but the results is kept.

    Args:
        planned: The runs.
        compiled: Where compiled scripts are kept between runs, if anywhere; with several workers
            it is copied to each, so it should lead to one place, as a folder does.
        progress: Told the slots done, over all runs.
        workers: Processes to use. The results are the same for any number.

    Yields:
        The runs, in the order planned.

    Raises:
        UserError: A worker was killed, again and again.
    """
    done = count(1)

    def tell(_slot: int = 0) -> None:
        if progress is not None:
            progress(next(done))

    workers = min(workers, len(planned))
    if workers > 1:
        slots = get_context("spawn").Semaphore(0)
        pool = LocalPool(workers, lambda: _take_slots(slots, tell))
        count_slot: Progress = partial(_release, slots)
    else:
        pool, count_slot = LocalPool(1), tell
    waiting: dict[int, ComparedRun | _Ended | Crash] = {}
    following = count()
    wanted = next(following)
    for position, came in pool.run(partial(_make_run, compiled, count_slot), planned):
        # In order, errors too: which of two comes first must not depend on the machine.
        waiting[position] = came
        while wanted in waiting:
            yield _unpack(waiting.pop(wanted))
            wanted = next(following)


def _make_run(
    compiled: CompiledStore | None, progress: Progress, planned: PlannedRun
) -> ComparedRun | _Ended:
    try:
        result = run(planned.loaded, None, compiled, progress, keep_events=False)
    except (SimulationBug, ConservationBreach) as error:
        return _Ended(error, traceback.format_exc())
    return ComparedRun(planned.settings, result.report)


def _unpack(came: ComparedRun | _Ended | Crash) -> ComparedRun:
    if isinstance(came, ComparedRun):
        return came
    if isinstance(came, Crash):
        if came.is_lost:
            raise UserError(
                "a worker process ended before its run did, perhaps for lack of memory; try "
                "--workers 1"
            )
        raise SimulationBug(came.summary) from RunTrace(came.trace)
    raise came.error from RunTrace(came.trace)


def _release(slots: Semaphore, _slot: int) -> None:
    """Count a slot in a worker: locks are inherited, so they can be part of its function."""
    slots.release()


def _take_slots(slots: Semaphore, tell: Callable[[], None]) -> None:
    """Tell of every slot that was done and not yet told."""
    while slots.acquire(block=False):
        tell()
