"""Shard proposers: each slot they pick the oldest waiting work of a shard for a block.

An honest proposer runs the block before it proposes it (``simulator/parallel/blocks.py``), and
validates the script first where the placement makes the shard do so. A careless one proposes
whatever arrives.

Source:
    PROTOCOL 4 and 7.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from chain.committees import get_shard_proposer
from chain.errors import InvalidShardBlock
from chain.placement import UNMARKED
from chain.shard import get_mark
from chain.types import ScriptIndex, ShardIndex, ValidatorIndex
from simulator.actors.relayers import PackingView, Relayer
from simulator.events import name_shard
from simulator.parallel import BlockOrder
from simulator.world import World

_NOT_YET: Final = "script_not_usable"
"""Of a script that may become usable: whoever wants to call it waits."""


@dataclass(frozen=True, slots=True)
class ShardOffer:
    """Data for a block, and who packed them.

    Attributes:
        relayer: Who packed them, and hears what became of them.
        order: The block to be made.
    """

    relayer: Relayer
    order: BlockOrder


class ShardProposers:
    """All proposers of shard blocks."""

    def __init__(self, world: World, relayers: Sequence[Relayer]) -> None:
        """Know who has work."""
        self._world = world
        self._relayers = relayers

    def offer(self, shard: ShardIndex) -> Iterator[ShardOffer]:
        """Yield what a shard's block could be made of, until one of them was not refused."""
        work = self._get_work(shard)
        if not work:
            return
        world = self._world
        proposer = get_shard_proposer(world.beacon, shard, world.slot, world.context.config)
        for relayer, env in work:
            relayer.prepare(self._look(shard, env))
        for relayer, env in work:
            order = self._build_order(shard, relayer, env, proposer)
            if order is not None:
                yield ShardOffer(relayer, order)

    def get_reach(self, shard: ShardIndex) -> frozenset[ShardIndex]:
        """Return the shards on which a block of this one may bring new work in the same slot."""
        return frozenset(chain.from_iterable(each.get_reach(shard) for each in self._relayers))

    def _get_work(self, shard: ShardIndex) -> list[tuple[Relayer, ScriptIndex]]:
        """Return the relayers with work for registered scripts, oldest work first."""
        waiting = []
        for relayer in self._relayers:
            env = self._world.scripts.find(relayer.script)
            since = relayer.get_waiting_since(shard)
            if env is not None and since is not None:
                waiting.append((since, env, relayer))
        waiting.sort(key=lambda work: work[:2])
        return [(relayer, env) for _, env, relayer in waiting]

    def _build_order(
        self, shard: ShardIndex, relayer: Relayer, env: ScriptIndex, proposer: ValidatorIndex
    ) -> BlockOrder | None:
        world = self._world
        is_careful = proposer not in world.careless
        if is_careful and not self._is_callable(shard, relayer, env, proposer):
            return None
        data = relayer.pack(self._look(shard, env))
        if data is None:
            return None
        secret = world.keys.get_secret(world.get_pubkey(proposer))
        return BlockOrder(shard, env, data, proposer, secret, is_careful)

    def _look(self, shard: ShardIndex, env: ScriptIndex) -> PackingView:
        return PackingView(
            shard=shard,
            slot=self._world.slot,
            env=env,
            env_state=self._world.get_env_state(shard, env),
            beacon=self._world.beacon,
            max_data_bytes=self._world.context.config.max_block_data_bytes,
        )

    def _is_callable(
        self, shard: ShardIndex, relayer: Relayer, env: ScriptIndex, proposer: ValidatorIndex
    ) -> bool:
        """Look at the marks, and validate the code if the shard would have to."""
        world = self._world
        placement = world.context.placement
        script = world.beacon.execution_scripts[env]
        mark = get_mark(world.shards[shard], env)
        try:
            placement.validate_import(env, script, mark, world.slot)
        except InvalidShardBlock as error:
            if error.code != _NOT_YET:
                relayer.on_unusable(shard, error.code)
            return False
        if not placement.validates_at_execution or mark != UNMARKED:
            return True
        checked = world.context.checker.examine(script.code)
        world.charge_validation(checked, "proposer", [proposer], name_shard(shard))
        if checked.rule:
            relayer.on_unusable(shard, checked.rule)
        return not checked.rule


def describe_refusal(error: InvalidShardBlock) -> str:
    """Return a refusal's code, and the script's outcome where that is the reason."""
    outcome = error.values.get("outcome")
    return f"{error.code}:{outcome}" if outcome else error.code
