"""The books at the end of a slot.

Source:
    PROTOCOL 3.6.
"""

from dataclasses import dataclass
from typing import ClassVar

from simulator.events.base import Event


@dataclass(frozen=True, slots=True)
class SlotClosed(Event):
    """The books at the end of a slot.

    Attributes:
        beacon_state_root: Hex.
        total_eth: Balances and script balances, Gwei.
        burned: Fees burned since genesis, Gwei.
        error: ``total_eth + burned`` minus the ETH at genesis: 0, or the run stops.
        claim_queue: Deposit receipts that wait to be claimed.
        withdrawal_queue: Validators that could withdraw and wait.
        in_flight: ETH of deposits between pushed and settled, Gwei.
        pooled: Balance of all scripts on the beacon chain, Gwei.
        accounted: ETH in all pools on all shards, Gwei.
        backing: ETH in flight that the scripts' balances still back, Gwei.
        reserve: ETH locked on shards to cover netted credits, Gwei.
        reserve_drawn: How much of it covers credits without proof, Gwei.
        printed: ETH that scripts credited beyond what they took in, Gwei: 0 unless a script
            can be paid twice.
        relay_queue: Transfers that wait at relayers to leave a shard.
        delivery_queue: Receipts, messages and credits that wait at relayers to enter a shard.
    """

    kind: ClassVar[str] = "slot_closed"

    beacon_state_root: str
    total_eth: int
    burned: int
    error: int
    claim_queue: int
    withdrawal_queue: int
    in_flight: int
    pooled: int
    accounted: int
    backing: int
    reserve: int = 0
    reserve_drawn: int = 0
    printed: int = 0
    relay_queue: int = 0
    delivery_queue: int = 0
