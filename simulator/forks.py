"""Going back: shard blocks that are called back, beacon blocks that lose against a sibling.

A shard block commits to the beacon state that it saw, so when a beacon block is orphaned, the
shard blocks of its slot go with it. The shard whose crosslink was in it followed the losing
fork and loses its blocks since the crosslink before as well.

Source:
    PROTOCOL 8 (``reverted``) and 10 (what an orphaned crosslink reverts).
"""

from collections.abc import Sequence

from chain.beacon import apply_beacon_slot
from chain.committees import get_shard_committee
from chain.containers import BeaconState, ShardState
from chain.effects import Effect
from chain.shard import apply_shard_slot
from chain.types import ShardIndex, Slot
from simulator import events
from simulator.actors.manager import ManagerStates
from simulator.actors.operation_pool import OperationPool
from simulator.actors.owners import ValidatorOwners
from simulator.actors.relayers import Relayer
from simulator.actors.state_provider import StateProvider
from simulator.costs.roles import BEACON_NODES, SHARD_COMMITTEE
from simulator.scenario import Orphan
from simulator.snapshot import Snapshot
from simulator.world import World

_GOES_ON = frozenset({"slot", "events", "_ledger"})
"""What a lost fork does not take back: time, what was seen, and the work of validating."""


class Forks:
    """Keeps what is needed to go back, and goes back."""

    def __init__(
        self,
        world: World,
        pool: OperationPool,
        provider: StateProvider,
        owners: ValidatorOwners,
        relayers: Sequence[Relayer],
        states: Sequence[ManagerStates],
    ) -> None:
        """Know everybody who has to forget something."""
        self._world = world
        self._provider = provider
        self._owners = owners
        self._relayers = relayers
        ledgers = [ledger for each in states for ledger in each.ledgers]
        self._forgetful: list[object] = [
            world,
            world.keys,
            world.scripts,
            world.deposits,
            pool,
            provider,
            owners,
            *states,
            *ledgers,
        ]
        self._snapshot: Snapshot | None = None

    def keep_history(self, shard: ShardIndex) -> None:
        """Keep a shard's state for as long as it may be needed again."""
        world = self._world
        if not world.keeps_states:
            return
        states = world.shard_history[shard]
        states.append(world.shards[shard])
        if not self._provider.get_run(shard, world.slot):
            states.rotate(1)
            while len(states) > 1:
                states.pop()
            return
        final = world.beacon.crosslinks[shard].end_slot
        while states[0].slot < final:
            states.popleft()

    def revert_shards(self, before: BeaconState) -> None:
        """Call back what the placement calls back, as far as it is not crosslinked.

        Args:
            before: Beacon state at the end of the slot before.
        """
        world = self._world
        if not world.context.placement.keeps_history:
            return
        placement = world.context.placement
        for shard in map(ShardIndex, range(len(world.shards))):
            run = self._provider.get_run(shard, world.slot)
            calls = [(block.header.slot, block.header.env) for block in run]
            from_slot = placement.get_reverted_from(before, world.beacon, shard, calls)
            if from_slot is not None:
                self._revert_shard(shard, from_slot)

    def remember(self) -> None:
        """Take a snapshot if this slot's beacon block is going to be orphaned."""
        if self._world.faults.find_orphan(self._world.slot) is not None:
            # Relayers come and go with the scripts of adversaries.
            everybody = (*self._forgetful, *self._relayers)
            self._snapshot = Snapshot(everybody, _GOES_ON)

    def return_from_orphan(self) -> None:
        """Go over to the winning fork if the block of the slot before was orphaned."""
        world = self._world
        lost_slot = Slot(world.slot - 1)
        orphan = world.faults.find_orphan(lost_slot)
        if orphan is None or self._snapshot is None:
            return
        steps_seen = world.deposits.get_steps()
        lost_blocks = [
            shard
            for shard in map(ShardIndex, range(len(world.shards)))
            if world.shards[shard].parent_block.slot == lost_slot
        ]
        self._snapshot.restore()
        self._snapshot = None
        self._pass_empty_slot(lost_slot)
        world.emit(events.BeaconBlockOrphaned(world.slot, events.BEACON, lost_slot, orphan.shard))
        for shard in lost_blocks:
            self._emit_reverted(shard, lost_slot, 1)
        self._tell_deposits(steps_seen, lost_slot)
        self._revert_shard(ShardIndex(orphan.shard), Slot(0), retry=orphan.retry)
        self._tell_fault(orphan, lost_slot)

    def _pass_empty_slot(self, slot: Slot) -> None:
        """Let the slot of the orphaned block pass without any block."""
        world = self._world
        effects: list[Effect] = []
        world.beacon = apply_beacon_slot(world.beacon, world.context, effects)
        world.record_upkeep(effects, BEACON_NODES, world.get_validators_on_duty())
        self._provider.on_beacon_slot(world.beacon)
        if slot % world.context.config.slots_per_epoch == 0:
            self._owners.look_after()
        for shard in map(ShardIndex, range(len(world.shards))):
            world.shards[shard] = self._pass_shard_slot(shard, world.shards[shard])
            world.shard_roots[shard].append(world.shards[shard].hash_tree_root)
            self.keep_history(shard)

    def _pass_shard_slot(self, shard: ShardIndex, state: ShardState) -> ShardState:
        """Return a shard's state one slot later, without a block.

        It sees the beacon state as it is now, even if its slot was before: what the losing fork
        saw of the time between is gone.
        """
        world = self._world
        effects: list[Effect] = []
        passed = apply_shard_slot(state, world.beacon, world.context, effects)
        if effects:
            committee = get_shard_committee(world.beacon, shard, passed.slot, world.context.config)
            world.record_upkeep(effects, SHARD_COMMITTEE, committee, events.name_shard(shard))
        return passed

    def _tell_deposits(self, steps_seen: dict[int, str], lost_slot: Slot) -> None:
        world = self._world
        for number, step in world.deposits.get_steps().items():
            if steps_seen.get(number) != step:
                note = f"slot {lost_slot} is on the losing fork: back to {step or 'waiting'}"
                world.emit(
                    events.DepositStep(world.slot, events.BEACON, number, "reverted", "", 0, note)
                )

    def _tell_fault(self, orphan: Orphan, lost_slot: Slot) -> None:
        world = self._world
        chain = events.name_shard(orphan.shard)
        note = f"the beacon block of slot {lost_slot} and this shard's crosslink in it"
        world.emit(events.FaultStruck(world.slot, chain, "orphan", 0, succeeded=True, note=note))

    def _revert_shard(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Return a shard to before a slot and let the slots since pass without blocks."""
        world = self._world
        now = world.shards[shard].slot
        final = world.beacon.crosslinks[shard].end_slot
        first = Slot(max(from_slot, final + 1))
        run = [block for block in self._provider.get_run(shard, now) if block.header.slot >= first]
        if not run:
            return
        states, roots = world.shard_history[shard], world.shard_roots[shard]
        while states[-1].slot >= run[0].header.slot:
            states.pop()
            if roots:  # fewer of them are kept than of the states
                roots.pop()
        state = states[-1]
        while state.slot < now:
            state = self._pass_shard_slot(shard, state)
            states.append(state)
            roots.append(state.hash_tree_root)
        world.shards[shard] = state
        self._provider.on_shard_reverted(shard, first)
        self._emit_reverted(shard, first, len(run))
        for relayer in self._relayers:
            relayer.on_reverted(shard, first, retry=retry)

    def _emit_reverted(self, shard: ShardIndex, from_slot: Slot, blocks: int) -> None:
        world = self._world
        chain = events.name_shard(shard)
        world.emit(events.ShardReverted(world.slot, chain, shard, from_slot, blocks))
