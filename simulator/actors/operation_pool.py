"""What waits to be included in a beacon block, first come first served."""

from collections import deque
from dataclasses import dataclass, field

from chain.types import Pubkey, ScriptIndex, ShardIndex, ValidatorIndex
from simulator.actors.state_provider import CrosslinkedDeposit
from simulator.deposits import Deposit


@dataclass(frozen=True, slots=True)
class WaitingRegistration:
    """Somebody wants a script registered; the sender signs for the slot that takes it.

    Attributes:
        name: What the script is called.
        code: The script.
        sender: Who signs and pays.
        attack: What kind of attack it is, empty for an honest script.
    """

    name: str
    code: bytes
    sender: ValidatorIndex
    attack: str = ""


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A deposit receipt that can be claimed.

    Attributes:
        executor: Script that pushed it.
        proven: The receipt and its proof so far.
        deposit: The deposit it belongs to; None when nobody follows it.
    """

    executor: ScriptIndex
    proven: CrosslinkedDeposit
    deposit: Deposit | None


@dataclass(frozen=True, slots=True)
class WaitingWithdrawal:
    """A withdrawable validator whose owner wants its ETH in a script.

    Attributes:
        validator: The validator.
        script: Name of the target script.
        shard: Shard whose pool is to be credited.
        deposit: The deposit that goes on with it; None when it funds a pool.
        recipient: Account to be credited; None where there are no accounts.
    """

    validator: ValidatorIndex
    script: str
    shard: ShardIndex
    deposit: Deposit | None
    recipient: Pubkey | None = None


@dataclass(slots=True)
class OperationPool:
    """The queues."""

    registrations: deque[WaitingRegistration] = field(default_factory=deque)
    claims: deque[WaitingClaim] = field(default_factory=deque)
    withdrawals: deque[WaitingWithdrawal] = field(default_factory=deque)
