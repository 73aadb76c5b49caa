"""The state provider of a deposit manager: full tries of all shards, witnesses, proofs.

Source:
    PROTOCOL 1 (relayers hold the full state) and 8 (the receipt route).
"""

from collections import Counter
from dataclasses import dataclass

from chain.constants import ZERO_ROOT
from chain.containers import BeaconState
from chain.multiproof import build_multiproof
from chain.receipts import build_script_branch
from chain.shard import get_env_state
from chain.trie import ScriptTrie
from chain.types import Gwei, Pubkey, Root, ScriptIndex, ShardIndex, Slot
from simulator.manager.ledger import Batch, ManagerLedger, Sums
from simulator.manager.rules import ReplayProtection, Surroundings
from simulator.world import World


@dataclass(frozen=True, slots=True)
class SourceProof:
    """A script's state on another shard, as the beacon chain vouches for it.

    Attributes:
        env_state: Its 32 bytes there.
        branch: From them to the crosslinked shard state root.
        trie: The state behind them.
    """

    env_state: Root
    branch: tuple[Root, ...]
    trie: ScriptTrie

    def build_siblings(self, keys: list[bytes]) -> bytes:
        """Return the siblings that prove some leaves of that state."""
        return build_multiproof(self.trie, keys).siblings


class ManagerStates:
    """Holds one script's book on every shard.

    Attributes:
        ledgers: One per shard.
        expected: Genesis ETH that is still on its way to an account, by shard and public key.
    """

    def __init__(self, script: str, protection: ReplayProtection, world: World) -> None:
        """Open empty books.

        Args:
            script: Name of the script.
            protection: Its variant.
            world: The chains.
        """
        self._script = script
        self._protection = protection
        self._world = world
        self.ledgers = [ManagerLedger() for _ in world.shards]
        self.expected: Counter[tuple[ShardIndex, Pubkey]] = Counter()

    def look_around(self, shard: ShardIndex, env: ScriptIndex, slot: Slot) -> Surroundings:
        """Return what a block's operations will see."""
        config = self._world.context.config
        return Surroundings(shard, env, slot, config.shard_count, self._protection, config.bls)

    def start_batch(self, shard: ShardIndex) -> Batch:
        """Return an empty batch on a shard's present state."""
        return self.ledgers[shard].start_batch()

    def is_stale(self, shard: ShardIndex, env_state: Root) -> bool:
        """Tell whether a witness for these 32 bytes is for a state that has passed."""
        return self.ledgers[shard].env_state != env_state

    def prove_source(
        self, shard: ShardIndex, env: ScriptIndex, visible: BeaconState
    ) -> SourceProof | None:
        """Return this script's state on a shard as the visible beacon state vouches for it.

        Args:
            shard: The other shard.
            env: The script.
            visible: Beacon state that the proof's verifier sees.

        Returns:
            None while no crosslink covers a state in which the script ran.
        """
        state = self._world.crosslinked[shard]
        if state is None or get_env_state(state, env) == ZERO_ROOT:
            return None
        if state.hash_tree_root != visible.crosslinks[shard].shard_state_root:
            return None
        env_state = get_env_state(state, env)
        branch = tuple(build_script_branch(state, env))
        return SourceProof(env_state, branch, self.ledgers[shard].view(env_state))

    def commit(self, shard: ShardIndex, batch: Batch, slot: Slot, env_state: Root) -> None:
        """Do what an accepted block did, and compare with the chain.

        Raises:
            RuntimeError: Book and chain differ: a bug of ours.
        """
        ledger = self.ledgers[shard]
        ledger.commit(batch, slot)
        if ledger.env_state != env_state:
            raise RuntimeError(f"the book of {self._script} on shard {shard} is not the chain's")

    def get_sums(self) -> Sums:
        """Return the sums over all shards."""
        return sum((ledger.sums for ledger in self.ledgers), Sums())

    def get_reserve_drawn(self) -> Gwei:
        """Return how much of all reserves covers credits without proof."""
        return Gwei(sum(ledger.get_reserve_drawn() for ledger in self.ledgers))

    def rewind(self, shard: ShardIndex, from_slot: Slot) -> None:
        """Undo the blocks of a shard from a slot on."""
        self.ledgers[shard].rewind(from_slot)

    def forget(self, shard: ShardIndex, before_slot: Slot) -> None:
        """Make a shard's blocks before a slot final."""
        self.ledgers[shard].forget(before_slot)
