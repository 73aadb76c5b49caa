"""What a transition did, for whoever watches: the state alone does not tell.

Transitions append these records to a list that they are given; nothing in the protocol reads
them back.

Source:
    Ours: the protocol's events (PROTOCOL 8) are derived from these.
"""

from dataclasses import dataclass

from chain.types import Gwei, Root, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from chain.wasm import Work


@dataclass(frozen=True, slots=True)
class ScriptChecked:
    """Every node that runs this transition validated this code.

    Attributes:
        code_hash: sha256 of the code.
        size_bytes: Length of the code.
        rule: The broken rule, empty when there is none.
        offset: Byte offset at which it is broken.
        work: What it took, independent of the machine.
    """

    code_hash: Root
    size_bytes: int
    rule: str
    offset: int
    work: Work


@dataclass(frozen=True, slots=True)
class ScriptRegistered:
    """A NewExecutionScript was processed and its fee burned.

    Attributes:
        script: Index it was given.
        sender: Validator that paid.
        code_hash: sha256 of the code.
        size_bytes: Length of the code.
        fee: Burned fee.
        rule: Why the placement refused the code, empty when it did not.
    """

    script: ScriptIndex
    sender: ValidatorIndex
    code_hash: Root
    size_bytes: int
    fee: Gwei
    rule: str


@dataclass(frozen=True, slots=True)
class RegistrationRefused:
    """A NewExecutionScript broke a rule and had no effect.

    Attributes:
        position: Position in the block's list.
        code: The broken rule.
    """

    position: int
    code: str


@dataclass(frozen=True, slots=True)
class CrosslinkIncluded:
    """A shard's blocks up to a slot are now known to the beacon chain."""

    shard: ShardIndex
    start_slot: Slot
    end_slot: Slot


@dataclass(frozen=True, slots=True)
class DepositClaimed:
    """A deposit receipt became a validator's balance.

    Attributes:
        shard: Shard whose block pushed the deposit.
        shard_slot: Slot of that block.
        deposit_index: Position among the block's deposits.
        script: Script whose balance paid.
        validator: Validator that received it.
        amount: Gwei.
        is_new: Whether the public key was unknown before.
    """

    shard: ShardIndex
    shard_slot: Slot
    deposit_index: int
    script: ScriptIndex
    validator: ValidatorIndex
    amount: Gwei
    is_new: bool


@dataclass(frozen=True, slots=True)
class WithdrawalIssued:
    """A validator's balance went to a script, and a receipt says so.

    Attributes:
        receipt_index: Running number of the receipt.
        position: Place in this slot's ``withdrawal_receipts``.
        validator: Validator that was emptied.
        target: Script that was credited.
        amount: Gwei.
    """

    receipt_index: int
    position: int
    validator: ValidatorIndex
    target: ScriptIndex
    amount: Gwei


@dataclass(frozen=True, slots=True)
class MarkWritten:
    """A placement remembered something about a script.

    Attributes:
        script: The script.
        shard: The shard that holds the mark, None for the beacon chain.
        mark: The bytes written.
    """

    script: ScriptIndex
    shard: ShardIndex | None
    mark: bytes


@dataclass(frozen=True, slots=True)
class BondSettled:
    """A bond left the marks: what it was becomes of whom, Gwei.

    Attributes:
        script: The script it was about.
        returned: To who posted it.
        rewarded: To whoever was right instead.
        burned: To nobody.
        reporter: Who objected, None if nobody did.
    """

    script: ScriptIndex
    returned: Gwei
    rewarded: Gwei
    burned: Gwei
    reporter: ValidatorIndex | None = None


Effect = (
    ScriptChecked
    | ScriptRegistered
    | RegistrationRefused
    | CrosslinkIncluded
    | DepositClaimed
    | WithdrawalIssued
    | MarkWritten
    | BondSettled
)
