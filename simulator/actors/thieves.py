"""Corrupt shard committees: they crosslink a deposit that the script never made.

The beacon chain does not execute shard blocks. It takes the word of two thirds of a committee,
so the receipt is as good as any, and the script's pool pays.

Source:
    PROTOCOL 3.6 (solvency) and 8 (ETH of a script is one pooled balance).
"""

from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_DEPOSIT, ZERO_SIGNATURE
from chain.containers import DepositData, ShardBlockHeader
from chain.credentials import compute_withdrawal_credentials
from chain.receipts import compute_deposit_root
from chain.types import Gwei, ShardIndex
from simulator.actors.state_provider import StateProvider
from simulator.events import FaultStruck, name_shard
from simulator.scenario import Insolvency
from simulator.world import World


class CorruptCommittees:
    """All committees that steal."""

    def __init__(self, world: World, provider: StateProvider) -> None:
        """Know what honest people will look at."""
        self._world = world
        self._provider = provider

    def forge(self, shard: ShardIndex) -> bool:
        """Put a forged block into the shard's history, in place of this slot's; tell if so."""
        thefts = self._world.faults.get_insolvencies(shard, self._world.slot)
        for theft in thefts:
            self._steal(shard, theft)
        return bool(thefts)

    def _steal(self, shard: ShardIndex, theft: Insolvency) -> None:
        world = self._world
        env = world.scripts.find(theft.script)
        if env is None:
            return
        deposit = self._sign_deposit(shard, Gwei(theft.gwei))
        state = world.shards[shard]
        header = ShardBlockHeader.create(
            shard=shard,
            slot=world.slot,
            parent_root=state.parent_block.hash_tree_root,
            beacon_root=world.beacon.hash_tree_root,
            env=env,
            data_root=state.parent_block.data_root,
            state_root=state.hash_tree_root,
            deposit_root=compute_deposit_root((deposit,)),
            proposer_index=0,
        )
        self._provider.on_shard_block(header, (deposit,))
        world.emit(
            FaultStruck(
                world.slot,
                name_shard(shard),
                fault="insolvency",
                gwei=theft.gwei,
                succeeded=True,
                note="the committee crosslinks a deposit that the script never made",
            )
        )

    def _sign_deposit(self, shard: ShardIndex, amount: Gwei) -> DepositData:
        world = self._world
        pubkey = world.keys.create(f"thief/{shard}/{world.slot}")
        unsigned = DepositData.create(
            pubkey=pubkey,
            withdrawal_credentials=compute_withdrawal_credentials(pubkey),
            amount=amount,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_DEPOSIT)
        signature = sign(world.context.config.bls, world.keys.get_secret(pubkey), message)
        return unsigned.evolve(signature=signature)
