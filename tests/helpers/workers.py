"""Workers without processes of their own: what crosses to them is pickled all the same."""

import pickle
from collections import deque
from typing import Any

from chain.types import ShardIndex
from simulator.engine import Engine
from simulator.parallel.crew import CrewExecutor, WorkerLink
from simulator.parallel.messages import Answer, Message, Setup
from simulator.parallel.worker import ShardWorker


def _send_over(value: Any) -> Any:  # noqa: ANN401 - whatever comes back equals it
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - our own


class InlineLink(WorkerLink):
    """A worker that does everything when it is asked for the answer."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.shards)
        self._worker = ShardWorker(_send_over(setup))
        self._messages: deque[Message] = deque()

    def send(self, message: Message) -> None:
        self._messages.append(_send_over(message))

    def receive(self) -> Answer:
        while True:
            answer = self._worker.answer(self._messages.popleft())
            if answer is not None:
                received: Answer = _send_over(answer)
                return received


def set_inline_workers(engine: Engine, workers: int) -> None:
    """Have an engine's blocks made by workers in this process."""
    config = engine.world.context.config
    shards = list(map(ShardIndex, range(config.shard_count)))
    links = [
        InlineLink(Setup(config, None, shards[number::workers]))
        for number in range(min(workers, len(shards)))
    ]
    engine.set_executor(CrewExecutor(engine.world, links))
