"""Owners of validators: they withdraw what a deposit became, and fund pools from genesis.

Source:
    PROTOCOL 3.4 and 3.5.
"""

from dataclasses import dataclass

from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_WITHDRAWAL, FAR_FUTURE_EPOCH, ZERO_SIGNATURE
from chain.containers import Validator, Withdrawal
from chain.types import Epoch, Gwei, Pubkey, ScriptIndex, ShardIndex, ValidatorIndex
from simulator.actors.operation_pool import OperationPool, WaitingWithdrawal
from simulator.deposits import Deposit
from simulator.relay_data import WithdrawalRoute
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Grant:
    """A retired genesis validator whose ETH is meant for a script's pool on a shard.

    Attributes:
        validator: The validator.
        script: Name of the script.
        shard: The shard.
        amount: Its ETH.
        recipient: Account to be credited; None where there are no accounts.
    """

    validator: ValidatorIndex
    script: str
    shard: ShardIndex
    amount: Gwei
    recipient: Pubkey | None = None


class ValidatorOwners:
    """Everybody who will withdraw something."""

    def __init__(self, world: World, pool: OperationPool, grants: tuple[Grant, ...]) -> None:
        """Hold the grants until their scripts exist."""
        self._world = world
        self._pool = pool
        self._grants = list(grants)
        self._waiting: list[Deposit] = []

    def on_script_registered(self, name: str) -> None:
        """Fund the pools of a script as soon as it can receive."""
        for grant in self._grants:
            if grant.script == name:
                self._pool.withdrawals.append(
                    WaitingWithdrawal(grant.validator, name, grant.shard, None, grant.recipient)
                )
        self._grants = [grant for grant in self._grants if grant.script != name]

    def on_claimed(self, deposit: Deposit) -> None:
        """Look after a deposit's validator until it is withdrawable."""
        self._waiting.append(deposit)
        self.look_after()

    def on_slot(self) -> None:
        """Look at the epochs, which only change at their boundaries."""
        if self._world.slot % self._world.context.config.slots_per_epoch == 0:
            self.look_after()

    def build_withdrawal(self, waiting: WaitingWithdrawal, target: ScriptIndex) -> Withdrawal:
        """Sign a withdrawal that names the shard and the recipient, by default the same key."""
        world = self._world
        pubkey = world.get_pubkey(waiting.validator)
        unsigned = Withdrawal.create(
            validator_index=waiting.validator,
            target=target,
            data=WithdrawalRoute(waiting.shard, waiting.recipient or pubkey).encode(),
            pubkey=pubkey,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_WITHDRAWAL)
        secret = world.keys.get_secret(pubkey)
        return unsigned.evolve(signature=sign(world.context.config.bls, secret, message))

    def look_after(self) -> None:
        """Move on every deposit whose time has come."""
        epoch = self._world.context.config.compute_epoch(self._world.slot)
        self._waiting = [deposit for deposit in self._waiting if not self._advance(deposit, epoch)]

    def _advance(self, deposit: Deposit, epoch: Epoch) -> bool:
        """Move one deposit on; True when its withdrawal is queued."""
        if deposit.validator is None:
            return True
        validator = self._world.beacon.validators[deposit.validator]
        if (
            deposit.step == "claimed"
            and _has_served(validator)
            and _is_past(validator.activation_epoch, epoch)
        ):
            self._world.advance_deposit(deposit, "active", note=_note(validator))
        if deposit.step in ("claimed", "active") and _is_past(validator.exit_epoch, epoch):
            self._world.advance_deposit(deposit, "exited", note=_note(validator))
        if not _is_past(validator.withdrawable_epoch, epoch):
            return False
        waiting = WaitingWithdrawal(
            deposit.validator, deposit.script, deposit.to_shard, deposit, deposit.recipient
        )
        self._pool.withdrawals.append(waiting)
        return True


def _is_past(due: Epoch, epoch: Epoch) -> bool:
    return due != FAR_FUTURE_EPOCH and due <= epoch


def _has_served(validator: Validator) -> bool:
    """Tell whether there was an active time at all: the instant lifecycle has none."""
    return validator.activation_epoch < validator.exit_epoch


def _note(validator: Validator) -> str:
    return f"withdrawable in epoch {validator.withdrawable_epoch}"
