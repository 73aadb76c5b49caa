"""Deposits on their way: who they are, and where each of them is.

Source:
    PROTOCOL 8 (the life of one deposit).
"""

from dataclasses import dataclass

from chain.containers import DepositData
from chain.types import Gwei, Pubkey, ShardIndex, Slot, ValidatorIndex


@dataclass(slots=True)
class Deposit:
    """One deposit from shard to shard, with what its next step will need.

    Attributes:
        number: Running number from 1.
        script: Name of the script that carries it.
        from_shard: Shard whose pool pays.
        to_shard: Shard whose pool is credited.
        data: The signed DepositData; its public key is used for this deposit only.
        created_slot: When the user asked for it.
        step: Name of its last event, empty before the first.
        validator: The validator that it became.
    """

    number: int
    script: str
    from_shard: ShardIndex
    to_shard: ShardIndex
    data: DepositData
    created_slot: Slot
    step: str = ""
    validator: ValidatorIndex | None = None

    @property
    def amount(self) -> Gwei:
        """Return the amount in Gwei."""
        return self.data.amount

    @property
    def pubkey(self) -> Pubkey:
        """Return the public key of the validator in between."""
        return self.data.pubkey


_BACKED_STEPS = frozenset({"pushed", "committed", "crosslinked", "withdrawn", "delivered", "stuck"})
_IN_FLIGHT_STEPS = _BACKED_STEPS | {"claimed", "active", "exited"}


class DepositBook:
    """All deposits that are not settled yet; settled ones live on in the events only.

    Keeps the sums that conservation inside the scripts is about, step by step.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._by_pubkey: dict[Pubkey, Deposit] = {}
        self._count = 0
        self.in_flight = Gwei(0)
        self.backed = Gwei(0)

    def next_number(self) -> int:
        """Return the number of the next deposit."""
        self._count += 1
        return self._count

    def add(self, deposit: Deposit) -> None:
        """Take in a new deposit."""
        self._by_pubkey[deposit.pubkey] = deposit

    def find(self, pubkey: Pubkey) -> Deposit | None:
        """Return the deposit that a public key belongs to."""
        return self._by_pubkey.get(pubkey)

    def advance(self, deposit: Deposit, step: str) -> None:
        """Move a deposit to its next step and keep the sums.

        ETH is in flight from pushed to settled. The script's balance backs it except while a
        validator holds it.
        """
        amount = deposit.amount
        self.in_flight = Gwei(self.in_flight + amount * _change(_IN_FLIGHT_STEPS, deposit, step))
        self.backed = Gwei(self.backed + amount * _change(_BACKED_STEPS, deposit, step))
        deposit.step = step
        if step == "settled":
            del self._by_pubkey[deposit.pubkey]

    def reopen(self, deposit: Deposit) -> None:
        """Take back a settled deposit whose delivery was called back: its receipt still counts."""
        self._by_pubkey[deposit.pubkey] = deposit
        self.in_flight = Gwei(self.in_flight + deposit.amount)
        self.backed = Gwei(self.backed + deposit.amount)
        deposit.step = "withdrawn"


def _change(steps: frozenset[str], deposit: Deposit, step: str) -> int:
    return (step in steps) - (deposit.step in steps)
