"""Users: in their slot they sign and hand over what was planned.

Source:
    PROTOCOL 1 (users send naked transactions).
"""

from collections.abc import Mapping, Sequence

from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_DEPOSIT, ZERO_SIGNATURE
from chain.containers import DepositData
from chain.credentials import compute_withdrawal_credentials
from chain.types import Gwei, Pubkey, ShardIndex, Slot
from simulator.actors.manager import ManagerRelayer
from simulator.actors.manager.outgoing import Lock
from simulator.actors.plans import (
    Planned,
    PlannedCall,
    PlannedDeposit,
    PlannedReserve,
    PlannedTransfer,
    PlannedWrite,
    name_account,
    name_reserve,
)
from simulator.actors.relayers import CallRelayer, DepositRelayer, Relayer, StorageRelayer
from simulator.deposits import BEACON_ROUTE, Deposit
from simulator.events import DepositCreated, name_shard
from simulator.manager.data import NEVER_EXPIRES, compute_address
from simulator.world import World


class Users:
    """All users: in their slot they sign and hand over what was planned."""

    def __init__(
        self, world: World, relayers: Sequence[Relayer], plans: Mapping[Slot, Sequence[Planned]]
    ) -> None:
        """Know the plans, and which relayer serves which script."""
        self._world = world
        self._relayers = relayers
        self._plans = plans
        self._accounts: dict[str, Pubkey] = {}

    def act(self) -> None:
        """Hand over everything planned for the current slot."""
        for item in self._plans.get(self._world.slot, ()):
            for relayer in self._relayers:
                if relayer.script == item.script:
                    self._hand_over(item, relayer)

    def _hand_over(self, item: Planned, relayer: Relayer) -> None:
        match item, relayer:
            case PlannedDeposit(), DepositRelayer():
                relayer.add_deposit(self._create_deposit(item))
            case PlannedTransfer(), ManagerRelayer() if relayer.serves(item.sender):
                expiry = item.expiry_slots
                last = NEVER_EXPIRES if expiry is None else Slot(item.slot + expiry)
                relayer.add_transfer(self._create_transfer(item), last)
            case PlannedReserve(), ManagerRelayer() if relayer.serves(0):
                owner = self._world.keys.create(name_reserve(item.script, item.shard))
                relayer.add_lock(item.shard, Lock(item.slot, owner, item.amount))
            case PlannedCall(), CallRelayer():
                relayer.add(item.shard, item.slot, item.data)
            case PlannedWrite(), StorageRelayer():
                relayer.add(item.shard, item.slot, item.key, item.value)

    def _create_deposit(self, item: PlannedDeposit) -> Deposit:
        """Ask for a deposit by script pools, which have no accounts."""
        world = self._world
        number = world.deposits.next_number()
        deposit = Deposit(
            number=number,
            script=item.script,
            route=BEACON_ROUTE,
            from_shard=item.from_shard,
            to_shard=item.to_shard,
            amount=item.amount,
            created_slot=item.slot,
            data=self._sign_deposit(number, item.amount),
        )
        self._announce(deposit)
        return deposit

    def _create_transfer(self, item: PlannedTransfer) -> Deposit:
        """Ask for a transfer between accounts."""
        number = self._world.deposits.next_number()
        is_beacon = item.route == BEACON_ROUTE
        deposit = Deposit(
            number=number,
            script=item.script,
            route=item.route,
            from_shard=item.from_shard,
            to_shard=item.to_shard,
            amount=item.amount,
            created_slot=item.slot,
            data=self._sign_deposit(number, item.amount) if is_beacon else None,
            sender=self._find_account(item.script, item.from_shard, item.sender),
            recipient=self._find_account(item.script, item.to_shard, item.recipient),
        )
        self._announce(deposit)
        return deposit

    def _sign_deposit(self, number: int, amount: Gwei) -> DepositData:
        """Sign with a key of the deposit's own, which will also sign the withdrawal."""
        world = self._world
        pubkey = world.keys.create(f"deposit/{number}")
        unsigned = DepositData.create(
            pubkey=pubkey,
            withdrawal_credentials=compute_withdrawal_credentials(pubkey),
            amount=amount,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_DEPOSIT)
        secret = world.keys.get_secret(pubkey)
        return unsigned.evolve(signature=sign(world.context.config.bls, secret, message))

    def _announce(self, deposit: Deposit) -> None:
        world = self._world
        world.deposits.add(deposit)
        world.emit(
            DepositCreated(
                world.slot,
                name_shard(deposit.from_shard),
                deposit=deposit.number,
                script=deposit.script,
                route=deposit.route,
                from_shard=deposit.from_shard,
                to_shard=deposit.to_shard,
                gwei=deposit.amount,
                pubkey="" if deposit.data is None else deposit.data.pubkey.hex(),
                sender=_show_address(deposit.sender),
                recipient=_show_address(deposit.recipient),
            )
        )

    def _find_account(self, script: str, shard: ShardIndex, index: int) -> Pubkey:
        name = name_account(script, shard, index)
        if name not in self._accounts:
            self._accounts[name] = self._world.keys.create(name)
        return self._accounts[name]


def _show_address(pubkey: Pubkey | None) -> str:
    return "" if pubkey is None else compute_address(pubkey).hex()
