"""What happened to ETH on its way.

Source:
    PROTOCOL 8 for the steps of a deposit.
"""

from dataclasses import dataclass
from typing import ClassVar

from simulator.events.base import Event


@dataclass(frozen=True, slots=True)
class DepositCreated(Event):
    """A user asked for a deposit; the identity that all its steps refer to.

    Attributes:
        deposit: Running number from 1.
        route: ``beacon``, ``receipt``, ``netting``, or ``shard`` when it stays on one.
        pubkey: Of the validator in between on the beacon route, empty on others.
        sender: Address of the account that pays, empty if there are no accounts.
        recipient: Address of the account to be credited, empty if there are no accounts.
    """

    kind: ClassVar[str] = "deposit_created"

    deposit: int
    script: str
    route: str
    from_shard: int
    to_shard: int
    gwei: int
    pubkey: str
    sender: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class DepositStep(Event):
    """One step in the life of a deposit.

    Attributes:
        deposit: Number of the deposit, from 1.
        event: ``pushed``, ``committed``, ``crosslinked``, ``claimed``, ``active``, ``exited``,
            ``withdrawn``, ``delivered``, ``settled``, ``rejected``, ``reverted``, ``expired``,
            ``returned`` (to its sender, after it expired) or ``stuck``.
        block_root: Block in which it happened, hex.
        proof_bytes: Size of the proof that this step needed, 0 if none.
        note: What to know about it, for people.
        beacon_bytes: Size of the beacon operation that this step took, 0 if none.
        account: Address of the account that it changed, or failed to, empty if none.
        before_gwei: What that account held before, None without an account.
        after_gwei: What it held afterwards.
    """

    kind: ClassVar[str] = "deposit_step"

    deposit: int
    event: str
    block_root: str
    proof_bytes: int
    note: str
    beacon_bytes: int = 0
    account: str = ""
    before_gwei: int | None = None
    after_gwei: int | None = None


@dataclass(frozen=True, slots=True)
class PoolFunded(Event):
    """ETH that is not part of any deposit moved towards a script's pool on a shard.

    ``event`` is ``withdrawn`` on the beacon chain, ``settled`` on the shard, and ``reverted`` when
    the shard's block was called back. ``validator`` is whose balance it was, on the beacon chain.
    """

    kind: ClassVar[str] = "pool_funded"

    script: str
    shard: int
    gwei: int
    event: str
    validator: int | None = None


@dataclass(frozen=True, slots=True)
class PoolRobbed(Event):
    """A deposit receipt that nobody's deposit stands behind was paid out of a script's pool.

    Attributes:
        script: Name of the script.
        shard: Shard that the receipt is of.
        gwei: What was paid.
        validator: Who has it now.
    """

    kind: ClassVar[str] = "pool_robbed"

    script: str
    shard: int
    gwei: int
    validator: int


@dataclass(frozen=True, slots=True)
class FaultStruck(Event):
    """A fault that the scenario switched on did something.

    Attributes:
        fault: ``orphan``, ``withhold``, ``replay``, ``halt`` or ``insolvency``.
        gwei: ETH that it is about, 0 if none.
        succeeded: Whether the chains let it happen.
        note: What happened, for people.
    """

    kind: ClassVar[str] = "fault_struck"

    fault: str
    gwei: int
    succeeded: bool
    note: str
