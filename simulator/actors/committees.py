"""Shard committees: they vote for the crosslinks that are due.

Source:
    PROTOCOL 2 and 8; every member is honest and awake.
"""

from chain.bls import compute_signing_root, sign_together
from chain.committees import get_shard_committee
from chain.constants import DOMAIN_CROSSLINK
from chain.containers import Crosslink, SignedCrosslink
from chain.operations.crosslinks import is_crosslink_due
from chain.receipts import compute_headers_root
from chain.types import ShardIndex, Slot
from simulator.actors.state_provider import StateProvider
from simulator.world import World


class ShardCommittees:
    """All committees of a run."""

    def __init__(self, world: World, provider: StateProvider) -> None:
        """Watch a world."""
        self._world = world
        self._provider = provider

    def build_crosslinks(self) -> list[SignedCrosslink]:
        """Return the crosslinks of all shards that have blocks to show, by shard."""
        config = self._world.context.config
        if not is_crosslink_due(self._world.slot, config):
            return []
        end_slot = Slot(self._world.slot - config.crosslink_lag_slots)
        shards = map(ShardIndex, range(config.shard_count))
        crosslinks = (self._build(shard, end_slot) for shard in shards)
        return [crosslink for crosslink in crosslinks if crosslink is not None]

    def _build(self, shard: ShardIndex, end_slot: Slot) -> SignedCrosslink | None:
        run = self._provider.get_run(shard, end_slot)
        if not run:
            return None
        crosslink = Crosslink.create(
            shard=shard,
            start_slot=self._world.beacon.crosslinks[shard].end_slot + 1,
            end_slot=end_slot,
            headers_root=compute_headers_root([block.header.hash_tree_root for block in run]),
            shard_state_root=self._world.get_shard_root(shard, end_slot),
        )
        return self._vote(crosslink)

    def _vote(self, crosslink: Crosslink) -> SignedCrosslink:
        world = self._world
        config = world.context.config
        committee = get_shard_committee(world.beacon, crosslink.shard, world.slot, config)
        message = compute_signing_root(crosslink.hash_tree_root, DOMAIN_CROSSLINK)
        secrets = [world.keys.get_secret(world.get_pubkey(member)) for member in committee]
        return SignedCrosslink.create(
            crosslink=crosslink,
            aggregation_bits=(True,) * len(committee),
            signature=sign_together(config.bls, secrets, message),
        )
