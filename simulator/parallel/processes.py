"""Workers that are processes of their own.

Source:
    Ours.
"""

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from typing import IO, Final, cast

from chain.eei import CompiledStore
from chain.types import ShardIndex
from simulator.errors import ScriptTooSlow, WorkerDied
from simulator.parallel.crew import CrewExecutor, WorkerLink
from simulator.parallel.messages import Answer, Message, SentBug, SentOverrun, Setup
from simulator.world import World

_START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; from simulator.parallel.worker import main; main()"
)
"""Finds this very package, wherever it was imported from."""


_SENT_TOGETHER: Final = 4
"""Messages; each time a pipe is written, processes take turns."""

_PATIENCE_SECONDS: Final = 5
"""For a process that has closed its pipes to end by itself."""


class WorkerBug(RuntimeError):
    """A bug of ours that showed in a worker process, with its traceback."""


class WorkerProcess(WorkerLink):
    """One worker process, seen from here."""

    def __init__(self, setup: Setup) -> None:
        """Start it.

        Args:
            setup: What it begins with.
        """
        super().__init__(setup.shards)
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for us to hear.
            process_group=0 if hasattr(os, "setpgid") else None,
        )
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        self._kept_back: list[Message | Setup] = []
        self._send(setup)
        self.flush()

    @property
    def process_id(self) -> int:
        """Return its number in the system."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Write to its standard input, which it reads at once whatever else it does.

        Raises:
            WorkerDied: It did.
        """
        self._send(message)

    def _send(self, message: Message | Setup) -> None:
        self._kept_back.append(message)
        if len(self._kept_back) >= _SENT_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Send what was kept back.

        Raises:
            WorkerDied: It did.
        """
        if not self._kept_back:
            return
        try:
            pickle.dump(self._kept_back, self._input, pickle.HIGHEST_PROTOCOL)
            self._input.flush()
        except OSError as error:
            self._read_to_the_end()
            raise self._describe_end() from error
        self._kept_back = []

    def receive(self) -> Answer:
        """Read from its standard output.

        Raises:
            WorkerDied: It did.
            WorkerBug: Something that no rule accounts for happened there.
            ScriptTooSlow: The watchdog ended a script there.
        """
        try:
            answer: Answer = pickle.load(self._output)  # noqa: S301 - we started it
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._describe_end() from error
        if isinstance(answer, SentBug):
            raise WorkerBug(f"in a worker process:\n{answer.trace}")
        if isinstance(answer, SentOverrun):
            raise ScriptTooSlow(answer.message)
        return answer

    def _read_to_the_end(self) -> None:
        """Look whether a worker that does not listen any more has said why.

        Raises:
            WorkerBug: It has.
            ScriptTooSlow: Likewise.
        """
        with suppress(WorkerDied):
            while True:
                self.receive()

    def _describe_end(self) -> WorkerDied:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_SECONDS)
        self.close()
        status = self._process.returncode
        how = f"was ended by {_name_signal(-status)}" if status < 0 else f"ended with {status}"
        return WorkerDied(
            f"a worker process {how} before the run did, perhaps for lack of memory; try "
            "--workers 1"
        )

    def close(self) -> None:
        """Kill the process."""
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()
        self._process.kill()
        self._process.wait()


def _name_signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def start_crew(world: World, compiled: CompiledStore | None, workers: int) -> CrewExecutor:
    """Start worker processes, and deal out the shards to them in turn.

    Args:
        world: The chains, at genesis or behind any slot.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        workers: How many processes; no more than shards.
    """
    shards = list(map(ShardIndex, range(len(world.shards))))
    started: list[WorkerProcess] = []
    try:
        for number in range(workers):
            setup = Setup(world.context.config, compiled, shards[number::workers])
            started.append(WorkerProcess(setup))
    except BaseException:
        for each in started:
            each.close()
        raise
    return CrewExecutor(world, started)
