"""What happened, slot by slot: frozen records, in the order in which they occurred.

The engine emits them, the store keeps them, metrics fold them, reports only format what comes
out. Roots are hex without ``0x``, amounts Gwei, sizes bytes.

Source:
    PROTOCOL 8 for the steps of a deposit; the rest is ours.
"""

from simulator.events.base import BEACON, Event, name_shard
from simulator.events.blocks import (
    BeaconBlockAccepted,
    BeaconBlockOrphaned,
    BeaconBlockRejected,
    CrosslinkIncluded,
    ShardBlockAccepted,
    ShardBlockRejected,
    ShardReverted,
)
from simulator.events.books import (
    SlotClosed,
)
from simulator.events.deposits import (
    DepositCreated,
    DepositStep,
    FaultStruck,
    PoolFunded,
    PoolRobbed,
)
from simulator.events.scripts import (
    BondSettled,
    CallDropped,
    MarkWritten,
    ScriptRefused,
    ScriptRegistered,
    ScriptSettled,
    ScriptSubmitted,
    ScriptUsable,
    ScriptValidated,
    WitnessServed,
)

EVENT_KINDS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        BeaconBlockAccepted,
        BeaconBlockOrphaned,
        BeaconBlockRejected,
        BondSettled,
        CallDropped,
        CrosslinkIncluded,
        DepositCreated,
        DepositStep,
        FaultStruck,
        MarkWritten,
        PoolFunded,
        PoolRobbed,
        ScriptRefused,
        ScriptRegistered,
        ScriptSettled,
        ScriptSubmitted,
        ScriptUsable,
        ScriptValidated,
        ShardBlockAccepted,
        ShardBlockRejected,
        ShardReverted,
        SlotClosed,
        WitnessServed,
    )
}
"""Every kind of record by name, so that a database can be read back."""

__all__ = [
    "BEACON",
    "EVENT_KINDS",
    "BeaconBlockAccepted",
    "BeaconBlockOrphaned",
    "BeaconBlockRejected",
    "BondSettled",
    "CallDropped",
    "CrosslinkIncluded",
    "DepositCreated",
    "DepositStep",
    "Event",
    "FaultStruck",
    "MarkWritten",
    "PoolFunded",
    "PoolRobbed",
    "ScriptRefused",
    "ScriptRegistered",
    "ScriptSettled",
    "ScriptSubmitted",
    "ScriptUsable",
    "ScriptValidated",
    "ShardBlockAccepted",
    "ShardBlockRejected",
    "ShardReverted",
    "SlotClosed",
    "WitnessServed",
    "name_shard",
]
