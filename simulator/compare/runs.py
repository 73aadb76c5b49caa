"""Making the planned runs, here or in several processes, with the same results.

Source:
    Ours.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event, Semaphore
from threading import Thread
from typing import Any, Final

from chain.eei import CompiledStore
from simulator.compare.plan import PlannedRun
from simulator.errors import UserError
from simulator.metrics import Number
from simulator.runner import Progress, run

_LOOK_SECONDS: Final = 0.2
"""How often to look how far the other processes are."""


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


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the processes of a comparison share.

    Attributes:
        compiled: Where compiled scripts are kept, if anywhere.
        slots: Released once per slot done, taken once per slot that was counted.
        stopped: Set when nobody waits for the runs any more.
    """

    compiled: CompiledStore | None
    slots: Semaphore
    stopped: Event

    def count_slot(self, _slot: int) -> None:
        """Count a slot of any run; end the run where nobody waits for it any more."""
        if self.stopped.is_set():
            raise KeyboardInterrupt
        self.slots.release()

    def take_slots(self) -> Iterator[None]:
        """Yield once per slot that was done and not yet counted."""
        while self.slots.acquire(block=False):
            yield None


_SHARED: Final[ContextVar[_Shared]] = ContextVar("shared")
"""Set once per worker process: locks are inherited, they cannot be sent along with a task."""


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
        UserError: A worker was killed.
    """
    if min(workers, len(planned)) > 1:
        yield from _compare_in_processes(planned, compiled, progress, min(workers, len(planned)))
        return
    done = count(1)

    def count_slot(_slot: int) -> None:
        if progress is not None:
            progress(next(done))

    for each in planned:
        yield _make_run(each, compiled, count_slot)


def _make_run(
    planned: PlannedRun, compiled: CompiledStore | None, progress: Progress
) -> ComparedRun:
    result = run(planned.loaded, None, compiled, progress, keep_events=False)
    return ComparedRun(planned.settings, result.report)


def _compare_in_processes(
    planned: Sequence[PlannedRun],
    compiled: CompiledStore | None,
    progress: Progress | None,
    workers: int,
) -> Iterator[ComparedRun]:
    # Fresh processes: a fork would copy the locks of our threads, but not the threads.
    context = get_context("spawn")
    shared = _Shared(compiled, context.Semaphore(0), context.Event())
    done = count(1)
    with ProcessPoolExecutor(workers, context, _join, (shared,)) as pool:
        try:
            with _deaf_to_interrupts():
                futures = [pool.submit(_make_run_in_worker, each) for each in planned]
            for future in futures:
                for _ in _watch(future, shared):
                    if progress is not None:
                        progress(next(done))
                yield future.result()
        except BrokenProcessPool as error:
            raise UserError(
                "a worker process ended before its run did, perhaps for lack of memory; try "
                "--workers 1"
            ) from error
        except BaseException:
            shared.stopped.set()
            pool.shutdown(cancel_futures=True)
            raise


def _join(shared: _Shared) -> None:
    """Begin a worker process, which ends with its parent even if nobody could tell it to."""
    Thread(target=_follow_parent, daemon=True).start()
    _SHARED.set(shared)


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_run_in_worker(planned: PlannedRun) -> ComparedRun:
    shared = _SHARED.get()
    return _make_run(planned, shared.compiled, shared.count_slot)


def _watch(future: Future[ComparedRun], shared: _Shared) -> Iterator[None]:
    """Yield once per slot done in any process, until a run has ended."""
    while wait([future], timeout=_LOOK_SECONDS).not_done:
        yield from shared.take_slots()
    yield from shared.take_slots()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that ctrl-C does not reach: we hear it, and tell them to stop.

    Blocked signals stay blocked in a process started meanwhile; ours come when we unblock them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
