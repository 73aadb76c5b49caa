"""What a shard block means to everybody else: transition in, events and work out."""

from collections.abc import Sequence

from chain.committees import get_shard_committee
from chain.effects import Effect, MarkWritten, ScriptChecked
from chain.errors import InvalidShardBlock
from chain.shard import ShardTransition
from chain.types import ShardIndex
from simulator import events
from simulator.actors.shard_proposer import ShardOffer, describe_refusal
from simulator.actors.state_provider import StateProvider
from simulator.costs.roles import SHARD_COMMITTEE
from simulator.world import World


class ShardObserver:
    """Turns shard transitions into events, and tells the relayer and the state provider."""

    def __init__(self, world: World, provider: StateProvider) -> None:
        """Know whom to tell."""
        self._world = world
        self._provider = provider

    def on_slot(self, shard: ShardIndex, effects: Sequence[Effect]) -> None:
        """Record what was done at the start of a shard's slot, before any block."""
        if not effects:
            return
        world = self._world
        committee = get_shard_committee(world.beacon, shard, world.slot, world.context.config)
        chain = events.name_shard(shard)
        world.record_upkeep(effects, SHARD_COMMITTEE, committee, chain)

    def on_accepted(
        self,
        offer: ShardOffer,
        transition: ShardTransition,
        effects: Sequence[Effect],
        size_bytes: int,
    ) -> None:
        """Record an accepted block, charge its committee, move its deposits on."""
        world, block = self._world, transition.block
        self._charge(block.shard, effects)
        self._provider.on_shard_block(transition.header, transition.deposits)
        result = transition.result
        for effect in effects:
            if isinstance(effect, MarkWritten):
                world.emit_mark(effect)
        world.emit(
            events.ShardBlockAccepted(
                world.slot,
                events.name_shard(block.shard),
                shard=block.shard,
                proposer=offer.order.proposer,
                script=world.scripts.get_name(block.env),
                block_root=block.hash_tree_root.hex(),
                env_state=world.get_env_state(block.shard, block.env).hex(),
                size_bytes=size_bytes,
                data_bytes=len(block.data),
                deposits=len(transition.deposits),
                fuel=0 if result is None else result.fuel_used,
                ticks=0 if result is None else result.ticks_used,
                host_calls=0 if result is None else result.host_call_count,
                noop_rule=_get_noop_rule(transition, effects),
                beacon_root=block.beacon_root.hex(),
                data=block.data,
                pushed=() if result is None else result.deposits,
            )
        )
        offer.relayer.on_accepted(block, transition)

    def on_rejected(
        self,
        offer: ShardOffer,
        error: InvalidShardBlock,
        effects: Sequence[Effect],
    ) -> None:
        """Record a refused block; what it carried will never be accepted."""
        world, shard = self._world, offer.order.shard
        self._charge(shard, effects)
        world.emit(
            events.ShardBlockRejected(
                world.slot,
                events.name_shard(shard),
                shard=shard,
                proposer=offer.order.proposer,
                script=offer.relayer.script,
                code=error.code,
                reason=str(error),
                outcome=str(error.values.get("outcome", "")),
                fuel=int(str(error.values.get("fuel", 0))),
            )
        )
        offer.relayer.on_refused(shard, describe_refusal(error))

    def _charge(self, shard: ShardIndex, effects: Sequence[Effect]) -> None:
        world = self._world
        config = world.context.config
        for effect in effects:
            if isinstance(effect, ScriptChecked):
                committee = get_shard_committee(world.beacon, shard, world.slot, config)
                chain = events.name_shard(shard)
                world.charge_validation(effect, "shard committee", committee, chain)


def _get_noop_rule(transition: ShardTransition, effects: Sequence[Effect]) -> str:
    """Return why the script was kept from running: the rule that the check found broken."""
    if transition.result is not None:
        return ""
    checked = [effect for effect in effects if isinstance(effect, ScriptChecked)]
    return checked[-1].rule if checked else "not_run"
