"""Transfers on their way: who they are, and where each of them is.

Source:
    PROTOCOL 8 (the life of one deposit, and the three routes).
"""

from dataclasses import dataclass
from typing import Final

from chain.containers import DepositData
from chain.types import Gwei, Pubkey, ShardIndex, Slot, ValidatorIndex

BEACON_ROUTE: Final = "beacon"
RECEIPT_ROUTE: Final = "receipt"
NETTING_ROUTE: Final = "netting"
SHARD_ROUTE: Final = "shard"
"""Of a transfer that stays on its shard."""


@dataclass(slots=True)
class Deposit:
    """One transfer from shard to shard, or within one, with what its next step will need.

    Attributes:
        number: Running number from 1.
        script: Name of the script that carries it.
        route: ``beacon``, ``receipt``, ``netting`` or ``shard``.
        from_shard: Shard that pays.
        to_shard: Shard on which it is credited.
        amount: How much.
        created_slot: When the user asked for it.
        data: On the beacon route the signed DepositData; its public key is used for this
            deposit only.
        sender: Account that pays, None where there are no accounts.
        recipient: Account to be credited, None where there are no accounts.
        step: Name of its last event, empty before the first.
        validator: The validator that it became.
    """

    number: int
    script: str
    route: str
    from_shard: ShardIndex
    to_shard: ShardIndex
    amount: Gwei
    created_slot: Slot
    data: DepositData | None = None
    sender: Pubkey | None = None
    recipient: Pubkey | None = None
    step: str = ""
    validator: ValidatorIndex | None = None


_BACKED_STEPS = frozenset({"pushed", "committed", "crosslinked", "withdrawn", "delivered", "stuck"})
_IN_FLIGHT_STEPS = _BACKED_STEPS | {"claimed", "active", "exited"}
_LAST_STEPS = frozenset({"settled", "returned", "rejected"})


class DepositBook:
    """All transfers that are not over yet; the others live on in the events only.

    Keeps the sums that conservation inside the scripts is about, step by step, for the beacon
    route. Where other routes have their ETH, the script's own state tells.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._by_pubkey: dict[Pubkey, Deposit] = {}
        self._open: dict[int, Deposit] = {}
        self._count = 0
        self.in_flight = Gwei(0)
        self.backed = Gwei(0)

    def next_number(self) -> int:
        """Return the number of the next transfer."""
        self._count += 1
        return self._count

    def add(self, deposit: Deposit) -> None:
        """Take in a new transfer."""
        self._open[deposit.number] = deposit
        if deposit.data is not None:
            self._by_pubkey[deposit.data.pubkey] = deposit

    def find(self, pubkey: Pubkey) -> Deposit | None:
        """Return the deposit that a validator's public key belongs to."""
        return self._by_pubkey.get(pubkey)

    def get_steps(self) -> dict[int, str]:
        """Return the last step of every transfer that is not over, by number."""
        return {number: deposit.step for number, deposit in sorted(self._open.items())}

    def advance(self, deposit: Deposit, step: str) -> None:
        """Move a transfer to its next step and keep the sums.

        ETH is in flight from pushed to settled. The script's balance backs it except while a
        validator holds it.
        """
        if deposit.route == BEACON_ROUTE:
            amount = deposit.amount
            in_flight = amount * _change(_IN_FLIGHT_STEPS, deposit, step)
            self.in_flight = Gwei(self.in_flight + in_flight)
            self.backed = Gwei(self.backed + amount * _change(_BACKED_STEPS, deposit, step))
        deposit.step = step
        if step == "settled" and deposit.data is not None:
            self._by_pubkey.pop(deposit.data.pubkey, None)
        if step in _LAST_STEPS:
            self._open.pop(deposit.number, None)
        else:
            self._open[deposit.number] = deposit

    def reopen(self, deposit: Deposit) -> None:
        """Take back a settled deposit whose delivery was called back: its receipt still counts."""
        if deposit.data is not None:
            self._by_pubkey[deposit.data.pubkey] = deposit
        self._open[deposit.number] = deposit
        self.in_flight = Gwei(self.in_flight + deposit.amount)
        self.backed = Gwei(self.backed + deposit.amount)
        deposit.step = "withdrawn"


def _change(steps: frozenset[str], deposit: Deposit, step: str) -> int:
    return (step in steps) - (deposit.step in steps)
