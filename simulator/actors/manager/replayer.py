"""A hostile relayer: delivers again what was delivered before, and hopes to be paid twice.

Its blocks are well formed and their witnesses true. Only the script's replay protection is in
the way.

Source:
    PROTOCOL 8 (replay protection) and 10.
"""

from dataclasses import replace

from chain.containers import ShardBlock
from chain.shard import ShardTransition
from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.manager.deliveries import (
    Credit,
    Delivery,
    Letter,
    TakeReceipt,
)
from simulator.actors.manager.mailroom import DeliveryLog
from simulator.actors.manager.packing import Offer
from simulator.actors.manager.states import ManagerStates
from simulator.actors.manager.tasks import Desk
from simulator.actors.relayers import PackingView, Relayer
from simulator.actors.state_provider import StateProvider
from simulator.events import FaultStruck, name_shard
from simulator.manager.data import (
    get_inbox_key,
    get_netted_key,
    get_receipt_key,
)
from simulator.manager.rules import InvalidManagerOperation, ReplayProtection
from simulator.scenario import Replay
from simulator.world import World


class Replayer(Relayer):
    """One hostile relayer on all shards."""

    def __init__(
        self,
        plan: Replay,
        world: World,
        provider: StateProvider,
        states: ManagerStates,
        log: DeliveryLog,
    ) -> None:
        """Listen to what honest relayers deliver.

        Args:
            plan: When and how often to try.
            world: The chains.
            provider: Serves proofs of receipts.
            states: The script's books.
            log: What was delivered last.
        """
        super().__init__(plan.script)
        self._plan = plan
        self._world = world
        self._provider = provider
        self._states = states
        self._log = log
        self._packed: dict[ShardIndex, tuple[Offer, Gwei]] = {}

    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Come before everybody else when it is time to try."""
        slot = self._world.slot
        is_time = self._plan.covers(slot) and (slot + shard) % self._plan.every_slots == 0
        return Slot(0) if is_time and self._log.get(shard) else None

    def pack(self, view: PackingView) -> bytes | None:
        """Return block data that deliver something for the second time."""
        delivered = self._log.get(view.shard)
        task = delivered[view.slot // self._plan.every_slots % len(delivered)]
        around = self._states.look_around(view.shard, view.env, view.slot)
        batch = self._states.start_batch(view.shard)
        desk = Desk(self._world, self._provider, self._states, around, view.beacon, batch)
        built = task.build(desk)
        if built is None:
            return None
        _touch_claim(desk, task)
        try:
            # As if nothing were remembered: the script itself must find out.
            batch.add(
                built.selector,
                built.operation,
                replace(around, protection=ReplayProtection.NONE),
            )
        except InvalidManagerOperation as error:
            self._tell(view.shard, task.amount, error.code, succeeded=False)
            return None
        offer = Offer(view.slot, view.env_state, batch, data=batch.encode())
        self._packed[view.shard] = offer, task.amount
        return offer.data

    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Count the loot."""
        offer, amount = self._packed.pop(block.shard)
        if transition.result is None:
            return
        env_state = self._world.get_env_state(block.shard, block.env)
        self._states.commit(block.shard, offer.batch, block.slot, env_state)
        self._tell(block.shard, amount, "paid again", succeeded=True)

    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Try another day."""
        _, amount = self._packed.pop(shard)
        self._tell(shard, amount, code, succeeded=False)

    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Find that nothing was ever delivered."""

    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Lose what reverted blocks had paid; the state provider sees to the book."""

    def _tell(self, shard: ShardIndex, amount: Gwei, note: str, *, succeeded: bool) -> None:
        self._world.emit(
            FaultStruck(
                self._world.slot,
                name_shard(shard),
                fault="replay",
                gwei=amount,
                succeeded=succeeded,
                note=note,
            )
        )


def _touch_claim(desk: Desk, task: Delivery) -> None:
    """Let the witness prove what remembers a delivery, so that the script can look it up."""
    protection = desk.around.protection
    if protection is ReplayProtection.NONE:
        return
    bitfield = protection is ReplayProtection.BITFIELD
    match task:
        case TakeReceipt():
            key = get_receipt_key(task.receipt.receipt_index, bitfield=bitfield)
        case Letter():
            key = get_inbox_key(task.from_shard, task.number, bitfield=bitfield)
        case Credit():
            key = get_netted_key(task.from_shard, task.send.sender)
    desk.batch.touch(key)
