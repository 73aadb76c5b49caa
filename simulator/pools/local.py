"""A pool of processes on this machine.

Each worker has a pipe of its own, so that it is known whose job was lost when one ends. The
executors of the standard library give up all jobs then.

Source:
    Ours.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Thread
from typing import Any, Final, Generic, TypeVar

from simulator.pools.base import MAX_ATTEMPTS, Crash, attempt_job, describe_lost_job

J = TypeVar("J")
R = TypeVar("R")

_LOOK_SECONDS: Final = 0.2
"""How often somebody who watches is told how far the workers are."""

Watcher = Callable[[], None]
"""Called now and then while jobs run, and whenever one has finished."""


class LocalPool:
    """Runs jobs in processes of this machine, or in this one if a single worker is enough."""

    def __init__(self, workers: int, watch: Watcher | None = None) -> None:
        """Start nothing yet.

        Args:
            workers: How many processes; with one, jobs run here and now.
            watch: Called while jobs run in other processes.
        """
        self._workers = workers
        self._watch = watch

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[int, R | Crash]]:
        """Run a function once per job; see ``Pool``."""
        if self._workers == 1:
            for position, job in enumerate(jobs):
                yield position, attempt_job(function, job)
            return
        crew = _Crew[J, R](function, jobs)
        try:
            yield from crew.work(self._workers, self._watch)
        finally:
            crew.dismiss()


@dataclass(slots=True)
class _Task(Generic[J]):
    position: int
    job: J
    attempts: int = 0


@dataclass(slots=True)
class _Worker(Generic[J]):
    process: SpawnProcess
    connection: Connection
    task: _Task[J]


class _Crew(Generic[J, R]):
    """The workers of one call of ``run``, and what each has in hand."""

    def __init__(self, function: Callable[[J], R], jobs: Iterable[J]) -> None:
        # Fresh processes: a fork would copy the locks of our threads, but not the threads.
        self._context: SpawnContext = get_context("spawn")
        self._function = function
        self._fresh = enumerate(jobs)
        self._returned: deque[_Task[J]] = deque()
        self._workers: dict[Connection, _Worker[J]] = {}

    def work(self, workers: int, watch: Watcher | None) -> Iterator[tuple[int, R | Crash]]:
        while len(self._workers) < workers and (task := self._take_task()):
            self._hire(task)
        while self._workers:
            ready = wait(self._workers, _LOOK_SECONDS if watch else None)
            if watch is not None:
                watch()
            for connection in ready:
                yield from self._attend(self._workers[connection])  # type: ignore[index]  # ours

    def dismiss(self) -> None:
        """End all workers: whatever they are at, nobody waits for it any more."""
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in self._workers.values():
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def _take_task(self) -> _Task[J] | None:
        if self._returned:
            return self._returned.popleft()
        fresh = next(self._fresh, None)
        return None if fresh is None else _Task(*fresh)

    def _hire(self, task: _Task[J]) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._function))
        with _deaf_to_interrupts():
            process.start()
        theirs.close()
        worker = _Worker(process, ours, task)
        self._workers[ours] = worker
        self._assign(worker, task)

    def _assign(self, worker: _Worker[J], task: _Task[J]) -> None:
        worker.task = task
        task.attempts += 1
        # A worker that has ended meanwhile is noticed when its answer is read.
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.connection.send(task.job)

    def _attend(self, worker: _Worker[J]) -> Iterator[tuple[int, R | Crash]]:
        """Read a worker's answer, and give it something else to do before anybody looks at it."""
        task = worker.task
        try:
            result: R | Crash = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            if task.attempts < MAX_ATTEMPTS:
                self._hire(task)
                return
            result = describe_lost_job()
            replacement = self._take_task()
            if replacement is not None:
                self._hire(replacement)
        else:
            following = self._take_task()
            if following is None:
                self._bury(worker)
            else:
                self._assign(worker, following)
        yield task.position, result

    def _bury(self, worker: _Worker[J]) -> None:
        """Forget a worker that has ended, or that ends now because its pipe does."""
        del self._workers[worker.connection]
        worker.connection.close()
        worker.process.join()


def _serve(connection: Connection, function: Callable[[Any], Any]) -> None:
    """Do jobs until there are no more."""
    Thread(target=_follow_parent, daemon=True).start()
    with suppress(EOFError, ConnectionResetError, BrokenPipeError):
        while True:
            connection.send(attempt_job(function, connection.recv()))


def _follow_parent() -> None:
    """End with the parent, even if nobody could tell us to."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes that ctrl-C does not reach: we hear it, and end them.

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
