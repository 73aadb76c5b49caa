"""Shard proposers: each slot they pick the oldest waiting work of a shard and propose a block.

An honest proposer runs the block before it proposes it, and validates the script first where
the placement makes the shard do so. A careless one proposes whatever arrives.

Source:
    PROTOCOL 4 and 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chain.bls import compute_signing_root, sign
from chain.committees import get_shard_proposer
from chain.constants import DOMAIN_SHARD_BLOCK, ZERO_ROOT
from chain.containers import ShardBlock, SignedShardBlock
from chain.encoding import encode
from chain.errors import InvalidShardBlock
from chain.placement import UNMARKED
from chain.receipts import compute_deposit_root
from chain.shard import get_mark, process_shard_block, validate_shard_block_data
from chain.types import ScriptIndex, ShardIndex, ValidatorIndex
from simulator.actors.relayers import PackingView, Relayer
from simulator.events import name_shard
from simulator.world import World

_NOT_YET: Final = "script_not_usable"
"""Of a script that may become usable: whoever wants to call it waits."""


@dataclass(frozen=True, slots=True)
class ProposedShardBlock:
    """A block on its way to a shard chain.

    Attributes:
        proposer: Who proposed it.
        relayer: Who packed its data.
        encoded: SSZ of the signed block.
    """

    proposer: ValidatorIndex
    relayer: Relayer
    encoded: bytes


class ShardProposers:
    """All proposers of shard blocks."""

    def __init__(self, world: World, relayers: Sequence[Relayer]) -> None:
        """Know who has work."""
        self._world = world
        self._relayers = relayers

    def propose(self, shard: ShardIndex) -> ProposedShardBlock | None:
        """Build, sign and encode a shard's block, or leave the slot empty."""
        world = self._world
        proposer = get_shard_proposer(world.beacon, shard, world.slot, world.context.config)
        work = self._get_work(shard)
        for relayer, env in work:
            relayer.prepare(self._look(shard, env))
        for relayer, env in work:
            block = self._build(shard, relayer, env, proposer)
            if block is not None:
                return ProposedShardBlock(proposer, relayer, self._sign(block, proposer))
        return None

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

    def _build(
        self, shard: ShardIndex, relayer: Relayer, env: ScriptIndex, proposer: ValidatorIndex
    ) -> ShardBlock | None:
        world = self._world
        careful = proposer not in world.careless
        if careful and not self._is_callable(shard, relayer, env, proposer):
            return None
        data = relayer.pack(self._look(shard, env))
        if data is None:
            return None
        block = ShardBlock.create(
            shard=shard,
            slot=world.slot,
            parent_root=world.shards[shard].parent_block.hash_tree_root,
            beacon_root=world.beacon.hash_tree_root,
            env=env,
            data=data,
            state_root=ZERO_ROOT,
            deposit_root=ZERO_ROOT,
            proposer_index=proposer,
        )
        try:
            validate_shard_block_data(block, world.context.config)
            transition = process_shard_block(
                world.shards[shard], block, world.beacon, world.context, []
            )
        except InvalidShardBlock as error:
            if careful:
                relayer.on_refused(shard, describe_refusal(error))
                return None
            return block
        return block.evolve(
            state_root=transition.state.hash_tree_root,
            deposit_root=compute_deposit_root(transition.deposits),
        )

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

    def _sign(self, block: ShardBlock, proposer: ValidatorIndex) -> bytes:
        world = self._world
        secret = world.keys.get_secret(world.get_pubkey(proposer))
        message = compute_signing_root(block.hash_tree_root, DOMAIN_SHARD_BLOCK)
        signature = sign(world.context.config.bls, secret, message)
        return encode(SignedShardBlock.create(message=block, signature=signature))


def describe_refusal(error: InvalidShardBlock) -> str:
    """Return a refusal's code, and the script's outcome where that is the reason."""
    outcome = error.values.get("outcome")
    return f"{error.code}:{outcome}" if outcome else error.code
