"""What waits to be delivered, and what was: known to all relayers of a script.

Source:
    Ours: receipts and messages lie on the chains, where everybody can read them.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from chain.types import ShardIndex
from simulator.actors.manager.deliveries import Delivery
from simulator.actors.manager.tasks import Task

_REMEMBERED_DELIVERIES: Final = 64


def _remember_some() -> defaultdict[ShardIndex, deque[Delivery]]:
    # By a name and not a lambda, so that a run can be kept in a checkpoint; likewise elsewhere.
    return defaultdict(partial(deque, maxlen=_REMEMBERED_DELIVERIES))


@dataclass(slots=True)
class DeliveryLog:
    """What was delivered last on each shard."""

    by_shard: defaultdict[ShardIndex, deque[Delivery]] = field(default_factory=_remember_some)

    def add(self, shard: ShardIndex, delivery: Delivery) -> None:
        """Note a delivery."""
        self.by_shard[shard].append(delivery)

    def remove(self, shard: ShardIndex, task: Task) -> None:
        """Forget a delivery that was called back: delivering it is no replay any more."""
        delivered = self.by_shard[shard]
        kept = [each for each in delivered if each is not task]
        self.by_shard[shard] = deque(kept, maxlen=delivered.maxlen)

    def get(self, shard: ShardIndex) -> Sequence[Delivery]:
        """Return the last deliveries on a shard, oldest first."""
        return self.by_shard[shard]


@dataclass(slots=True)
class Mailroom:
    """All deliveries of one script.

    Attributes:
        waiting: Deliveries that wait, by shard.
        sources: By shard, the shards that ever owed it netted ETH.
        row_bytes: By shard, the size of proofs of rows that no credit was told of yet.
        log: What was delivered.
    """

    waiting: defaultdict[ShardIndex, list[Task]] = field(default_factory=lambda: defaultdict(list))
    sources: defaultdict[ShardIndex, set[ShardIndex]] = field(
        default_factory=lambda: defaultdict(set)
    )
    row_bytes: defaultdict[ShardIndex, int] = field(default_factory=lambda: defaultdict(int))
    log: DeliveryLog = field(default_factory=DeliveryLog)
