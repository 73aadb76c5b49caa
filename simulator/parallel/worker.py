"""A worker process: it holds the states of its shards and makes their blocks.

It reads messages from its standard input and answers on its standard output. When the input
ends, because whoever started it is done or gone, so does it.

Source:
    Ours.
"""

import os
import pickle
import sys
import traceback
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from chain.containers import ShardState
from chain.context import build_context
from chain.eei import ScriptRuntime
from chain.encoding import decode
from chain.genesis import build_genesis_shard_state
from chain.shard import apply_shard_slot
from chain.types import ShardIndex
from simulator.errors import ScriptTooSlow
from simulator.parallel.beacon_updates import SeenBeacon
from simulator.parallel.blocks import BlockOrder, make_block
from simulator.parallel.messages import (
    Answer,
    Message,
    SentBug,
    SentOutcome,
    SentOverrun,
    SentRoots,
    Setup,
    SlotEnd,
    SlotStart,
    pack_outcome,
)
from simulator.watchdog import keep_watch


class ShardWorker:
    """Holds the states of some shards, and nothing that others need to know."""

    def __init__(self, setup: Setup) -> None:
        """Begin at genesis."""
        self._context = build_context(setup.config, setup.compiled)
        self._beacon = SeenBeacon()
        self._states = {shard: build_genesis_shard_state(shard) for shard in setup.shards}
        self._behind: set[ShardIndex] = set()

    @property
    def runtime(self) -> ScriptRuntime:
        """Return what runs its scripts."""
        return self._context.runtime

    def answer(self, message: Message) -> Answer | None:
        """Do what a message asks for."""
        match message:
            case SlotStart():
                self._start_slot(message)
                return None
            case BlockOrder():
                return self._make_block(message)
            case SlotEnd():
                return self._finish_slot()

    def _start_slot(self, message: SlotStart) -> None:
        self._beacon.apply(message.update)
        for shard, encoded in message.states.items():
            self._states[shard] = decode(ShardState, encoded)
        self._behind = set(self._states)

    def _make_block(self, order: BlockOrder) -> SentOutcome:
        shard = order.shard
        self._advance(shard)
        outcome = make_block(self._states[shard], order, self._beacon, self._context)
        if outcome.transition is not None:
            self._states[shard] = outcome.transition.state
        return pack_outcome(shard, outcome)

    def _finish_slot(self) -> SentRoots:
        for shard in self._states:
            self._advance(shard)
        return SentRoots([state.hash_tree_root for state in self._states.values()])

    def _advance(self, shard: ShardIndex) -> None:
        """Move a shard on to the present slot; what that does, everybody sees by themselves."""
        if shard in self._behind:
            self._behind.remove(shard)
            state = self._states[shard]
            self._states[shard] = apply_shard_slot(state, self._beacon, self._context, [])


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer messages until there are no more.

    Args:
        source: Pickled lists of messages, the setup alone in the first.
        target: Takes pickled answers.
    """
    received: SimpleQueue[Message | None] = SimpleQueue()
    [setup] = pickle.load(source)  # noqa: S301 - from the process that started this one
    Thread(target=_receive, args=(source, received), daemon=True).start()
    try:
        worker = ShardWorker(setup)
        with keep_watch(worker.runtime):
            while (message := received.get()) is not None:
                answer = worker.answer(message)
                if answer is not None:
                    _send(answer, target)
    except OSError:
        return  # nobody listens any more
    except ScriptTooSlow as error:
        _send(SentOverrun(error.message), target)
    except Exception:
        # It is raised again, with this traceback, where the run is reported.
        _send(SentBug(traceback.format_exc()), target)
        raise


def _receive(source: BinaryIO, received: "SimpleQueue[Message | None]") -> None:
    """Take messages off the pipe at once, so that whoever sends them never waits for us."""
    try:
        while True:
            for message in pickle.load(source):  # noqa: S301 - as above
                received.put(message)
    except (EOFError, OSError):
        received.put(None)


def _send(answer: Answer, target: BinaryIO) -> None:
    pickle.dump(answer, target, pickle.HIGHEST_PROTOCOL)
    target.flush()


def main() -> None:
    """Serve on the standard streams; what anything prints goes to the standard error."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, target)
    finally:
        # Not by way of the interpreter's end, where the other thread still waits for input.
        os._exit(0)


if __name__ == "__main__":
    main()
