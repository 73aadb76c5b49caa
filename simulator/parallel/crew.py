"""Making shard blocks in worker processes, each of which holds the states of its own shards.

Down goes what changed of the beacon chain, and the data of blocks. Up come headers, what
executions did, and state roots. With these every state is brought up to date here as well,
without executing or hashing, because actors look at them.

Source:
    Ours.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Final, cast

from chain.containers import BeaconState
from chain.eei import CompiledStore
from chain.encoding import encode
from chain.types import Root, ShardIndex
from simulator.errors import WorkerDied
from simulator.parallel.beacon_updates import compute_update
from simulator.parallel.blocks import BlockOrder, BlockOutcome
from simulator.parallel.executor import ShardExecutor
from simulator.parallel.messages import (
    Answer,
    Message,
    SentBug,
    SentOutcome,
    SentRoots,
    Setup,
    SlotEnd,
    SlotStart,
    unpack_outcome,
)
from simulator.world import World

_START: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; from simulator.parallel.worker import main; main()"
)
"""Finds this very package, wherever it was imported from."""


class WorkerBug(RuntimeError):
    """A bug of ours that showed in a worker process, with its traceback."""


class _Worker:
    """One process, seen from here."""

    def __init__(self, setup: Setup) -> None:
        self.shards = setup.shards
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C is for us to hear.
            process_group=0 if hasattr(os, "setpgid") else None,
        )
        self._input = cast("IO[bytes]", self._process.stdin)
        self._output = cast("IO[bytes]", self._process.stdout)
        self._outcomes: dict[ShardIndex, SentOutcome] = {}
        self.send(setup)

    @property
    def process_id(self) -> int:
        return self._process.pid

    def send(self, message: Message | Setup) -> None:
        try:
            pickle.dump(message, self._input, pickle.HIGHEST_PROTOCOL)
            self._input.flush()
        except OSError as error:
            raise self._describe_end() from error

    def receive_outcome(self, shard: ShardIndex) -> SentOutcome:
        """Return a shard's outcome; those of others that come before are kept for later."""
        while shard not in self._outcomes:
            answer = self._receive()
            if isinstance(answer, SentOutcome):
                self._outcomes[answer.shard] = answer
        return self._outcomes.pop(shard)

    def receive_roots(self) -> Sequence[Root]:
        """Return the roots of this worker's shards; all outcomes have been taken."""
        while True:
            answer = self._receive()
            if isinstance(answer, SentRoots):
                return answer.roots

    def _receive(self) -> Answer:
        try:
            answer: Answer = pickle.load(self._output)  # noqa: S301 - we started it
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._describe_end() from error
        if isinstance(answer, SentBug):
            raise WorkerBug(f"in a worker process:\n{answer.trace}")
        return answer

    def _describe_end(self) -> WorkerDied:
        self.kill()
        status = self._process.returncode
        how = f"was ended by {_name_signal(-status)}" if status < 0 else f"ended with {status}"
        return WorkerDied(
            f"a worker process {how} before the run did, perhaps for lack of memory; try "
            "--workers 1"
        )

    def kill(self) -> None:
        """End the process, whatever it does."""
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()
        self._process.kill()
        self._process.wait()


def _name_signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


class ProcessExecutor(ShardExecutor):
    """Has blocks made by worker processes; shards are dealt out in turn."""

    works_aside = True

    def __init__(self, world: World, compiled: CompiledStore | None, workers: int) -> None:
        """Start the workers.

        Args:
            world: The chains at genesis.
            compiled: Where compiled scripts are kept between runs, if anywhere.
            workers: How many processes; no more than shards.
        """
        self._world = world
        self._orders: dict[ShardIndex, BlockOrder] = {}
        self._seen: BeaconState | None = None
        self._held: list[Root] = [state.hash_tree_root for state in world.shards]
        self._workers: list[_Worker] = []
        shards = list(map(ShardIndex, range(len(world.shards))))
        try:
            for number in range(workers):
                setup = Setup(world.context.config, compiled, shards[number::workers])
                self._workers.append(_Worker(setup))
        except BaseException:
            self.close()
            raise

    @property
    def process_ids(self) -> list[int]:
        """Return the processes that work."""
        return [worker.process_id for worker in self._workers]

    def start_slot(self) -> None:
        """Tell everybody what the shards see now, and which of them were called back."""
        world = self._world
        update = compute_update(self._seen, world.beacon)
        self._seen = world.beacon
        for worker in self._workers:
            moved = {
                shard: encode(world.shards[shard])
                for shard in worker.shards
                if world.shard_roots[shard][-1] != self._held[shard]
            }
            worker.send(SlotStart(update, moved))

    def submit(self, order: BlockOrder) -> None:
        """Send an order to who holds the shard."""
        self._orders[order.shard] = order
        self._find_worker(order.shard).send(order)

    def take(self, shard: ShardIndex) -> BlockOutcome:
        """Wait for an outcome, and bring the shard's state up to date with it."""
        sent = self._find_worker(shard).receive_outcome(shard)
        return unpack_outcome(sent, self._world.shards[shard], self._orders.pop(shard))

    def finish_slot(self) -> Sequence[Root]:
        """Ask everybody for the roots."""
        for worker in self._workers:
            worker.send(SlotEnd())
        for worker in self._workers:
            for shard, root in zip(worker.shards, worker.receive_roots(), strict=True):
                self._held[shard] = root
        return list(self._held)

    def close(self) -> None:
        """End all processes at once."""
        for worker in self._workers:
            worker.kill()

    def _find_worker(self, shard: ShardIndex) -> _Worker:
        return self._workers[shard % len(self._workers)]
