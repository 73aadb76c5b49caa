"""What happened, slot by slot: frozen records, in the order in which they occurred.

The engine emits them, the store keeps them, metrics fold them, reports only format what comes
out. Roots are hex without ``0x``, amounts Gwei, sizes bytes.

Source:
    PROTOCOL 8 for the steps of a deposit; the rest is ours.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

BEACON = "beacon"
"""Name of the beacon chain in events; shards are ``shard <index>``."""


def name_shard(shard: int) -> str:
    """Return the name of a shard chain in events."""
    return f"shard {shard}"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all records.

    Attributes:
        slot: When.
        chain: Where: ``beacon`` or ``shard <index>``.
    """

    kind: ClassVar[str] = ""

    slot: int
    chain: str

    def get_details(self) -> dict[str, Any]:
        """Return what the record says beyond slot and chain, by field name."""
        names = [field.name for field in fields(self) if field.name not in ("slot", "chain")]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class BeaconBlockAccepted(Event):
    """A beacon block became part of the chain."""

    kind: ClassVar[str] = "beacon_block_accepted"

    proposer: int
    block_root: str
    size_bytes: int
    crosslinks: int
    registrations: int
    claims: int
    withdrawals: int
    reports: int


@dataclass(frozen=True, slots=True)
class BeaconBlockRejected(Event):
    """A beacon block was refused, and its proposer lost the slot."""

    kind: ClassVar[str] = "beacon_block_rejected"

    proposer: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShardBlockAccepted(Event):
    """A shard block became part of its chain.

    ``noop_rule`` is empty unless the placement kept the script from running.
    """

    kind: ClassVar[str] = "shard_block_accepted"

    shard: int
    proposer: int
    script: str
    block_root: str
    env_state: str
    size_bytes: int
    data_bytes: int
    deposits: int
    fuel: int
    ticks: int
    host_calls: int
    noop_rule: str


@dataclass(frozen=True, slots=True)
class ShardBlockRejected(Event):
    """A shard block was refused, and its proposer lost the slot."""

    kind: ClassVar[str] = "shard_block_rejected"

    shard: int
    proposer: int
    script: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShardReverted(Event):
    """Shard blocks were called back, from ``from_slot`` on."""

    kind: ClassVar[str] = "shard_reverted"

    shard: int
    from_slot: int
    blocks: int


@dataclass(frozen=True, slots=True)
class ScriptSubmitted(Event):
    """Somebody asks for a script to be registered."""

    kind: ClassVar[str] = "script_submitted"

    script: str
    sender: int
    size_bytes: int
    code_hash: str


@dataclass(frozen=True, slots=True)
class ScriptRegistered(Event):
    """A registration was processed; ``rule`` says why the placement refused the code."""

    kind: ClassVar[str] = "script_registered"

    script: str
    index: int
    sender: int
    fee: int
    rule: str


@dataclass(frozen=True, slots=True)
class ScriptRefused(Event):
    """A registration came to nothing: its proposer refused it, or a rule did."""

    kind: ClassVar[str] = "script_refused"

    script: str
    code: str
    by: str


@dataclass(frozen=True, slots=True)
class ScriptValidated(Event):
    """Nodes validated a script's code.

    Attributes:
        role: ``proposer``, ``beacon nodes``, ``shard committee`` or ``reporter``.
        nodes: How many nodes did.
        new_nodes: How many of them for the first time, and so at a cost.
        size_bytes: Length of the code.
        rule: The broken rule, empty when the script is valid.
        offset: Byte offset at which it is broken.
    """

    kind: ClassVar[str] = "script_validated"

    script: str
    code_hash: str
    role: str
    nodes: int
    new_nodes: int
    size_bytes: int
    rule: str
    offset: int


@dataclass(frozen=True, slots=True)
class MarkWritten(Event):
    """A placement remembered something about a script."""

    kind: ClassVar[str] = "mark_written"

    script: str
    mark: str


@dataclass(frozen=True, slots=True)
class CallDropped(Event):
    """A call never came into a block that was accepted."""

    kind: ClassVar[str] = "call_dropped"

    script: str
    code: str


@dataclass(frozen=True, slots=True)
class CrosslinkIncluded(Event):
    """The beacon chain learned of a run of shard blocks."""

    kind: ClassVar[str] = "crosslink_included"

    shard: int
    start_slot: int
    end_slot: int
    blocks: int


@dataclass(frozen=True, slots=True)
class PoolFunded(Event):
    """ETH that is not part of any deposit moved towards a script's pool on a shard.

    ``event`` is ``withdrawn`` on the beacon chain, ``settled`` on the shard, and ``reverted`` when
    the shard's block was called back.
    """

    kind: ClassVar[str] = "pool_funded"

    script: str
    shard: int
    gwei: int
    event: str


@dataclass(frozen=True, slots=True)
class DepositStep(Event):
    """One step in the life of a deposit.

    Attributes:
        deposit: Number of the deposit, from 1.
        event: ``pushed``, ``committed``, ``crosslinked``, ``claimed``, ``active``, ``exited``,
            ``withdrawn``, ``delivered``, ``settled``, ``rejected`` or ``reverted``.
        block_root: Block in which it happened, hex.
        proof_bytes: Size of the proof that this step needed, 0 if none.
        note: What to know about it, for people.
    """

    kind: ClassVar[str] = "deposit_step"

    deposit: int
    event: str
    block_root: str
    proof_bytes: int
    note: str


@dataclass(frozen=True, slots=True)
class DepositCreated(Event):
    """A user asked for a deposit; the identity that all its steps refer to."""

    kind: ClassVar[str] = "deposit_created"

    deposit: int
    script: str
    from_shard: int
    to_shard: int
    gwei: int
    pubkey: str


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


EVENT_KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        BeaconBlockAccepted,
        BeaconBlockRejected,
        CallDropped,
        CrosslinkIncluded,
        DepositCreated,
        DepositStep,
        MarkWritten,
        PoolFunded,
        ScriptRefused,
        ScriptRegistered,
        ScriptSubmitted,
        ScriptValidated,
        ShardBlockAccepted,
        ShardBlockRejected,
        ShardReverted,
        SlotClosed,
    )
}
"""Every kind of record by name, so that a database can be read back."""
