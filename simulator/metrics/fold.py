"""Folding: every kind of event adds to some counters.

Source:
    Ours.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from chain.config import ChainConfig
from simulator import events
from simulator.costs import CostModel
from simulator.metrics.costs import CostMetrics
from simulator.metrics.numbers import Number, describe
from simulator.metrics.queues import QueueMetrics
from simulator.metrics.transfers import DEPOSIT_STEPS, TransferMetrics


class Metrics:
    """Folds events into numbers; holds counters and a few numbers per deposit."""

    def __init__(
        self, config: ChainConfig, costs: CostModel | None = None, light_clients: int = 0
    ) -> None:
        """Start with zeros.

        Args:
            config: Settings of the run.
            costs: Rates and budget, by default wasmtime's.
            light_clients: Nodes that read marks and validate nothing.
        """
        self._config = config
        self._costs = CostMetrics(costs or CostModel(), light_clients)
        self._counts: Counter[str] = Counter()
        self._transfers = TransferMetrics()
        self._queues = QueueMetrics()
        self._orphaned_slots: set[int] = set()
        self._usable_after: dict[str, int] = {}
        self._settled_after: dict[str, int] = {}
        self._submitted: dict[str, int] = {}
        self._bad: set[str] = set()
        self._last: events.SlotClosed | None = None
        self._handlers: dict[type[events.Event], Callable[[Any], None]] = {
            events.BeaconBlockAccepted: self._on_beacon_block,
            events.BeaconBlockRejected: self._on_beacon_rejected,
            events.ShardBlockAccepted: self._on_shard_block,
            events.ShardBlockRejected: self._on_shard_rejected,
            events.ShardReverted: self._on_shard_reverted,
            events.ScriptSubmitted: self._on_submitted,
            events.ScriptRegistered: self._on_registered,
            events.ScriptRefused: self._on_refused,
            events.ScriptUsable: self._on_usable,
            events.ScriptValidated: self._on_validated,
            events.MarkWritten: self._on_mark,
            events.ScriptSettled: self._on_settled,
            events.BondSettled: self._on_bond,
            events.CallDropped: self._on_dropped,
            events.CrosslinkIncluded: self._on_crosslink,
            events.DepositCreated: self._on_created,
            events.DepositStep: self._on_step,
            events.PoolFunded: self._on_funded,
            events.PoolRobbed: self._on_robbed,
            events.BeaconBlockOrphaned: self._on_orphaned,
            events.FaultStruck: self._on_fault,
            events.WitnessServed: self._on_witness,
            events.SlotClosed: self._on_slot,
        }

    def add(self, event: events.Event) -> None:
        """Take in one event."""
        self._handlers[type(event)](event)

    def compute(self) -> dict[str, Number]:
        """Return all metrics, sorted by name.

        Returns:
            Counts, Gwei, bytes, slots or seconds, as the name says.
        """
        numbers: dict[str, Number] = dict.fromkeys(_ALWAYS_SHOWN, 0)
        numbers.update(self._counts)
        costs = self._costs.compute()
        numbers.update(costs)
        numbers["validation.modelled_cpu_seconds"] = costs["costs.total_seconds"]
        numbers.update(self._transfers.compute(self._config.seconds_per_slot))
        numbers["scripts.usable"] = len(self._usable_after)
        # What a sender waits for: bad scripts that nobody looks at are usable at once.
        waits = [wait for name, wait in self._usable_after.items() if name not in self._bad]
        numbers.update(describe("scripts.slots_to_usable", waits))
        numbers.update(describe("scripts.slots_to_settled", list(self._settled_after.values())))
        numbers.update(self._queues.compute(*self._transfers.find_load(self._counts["slots"])))
        numbers.update(self._describe_witnesses())
        numbers.update(self._describe_end())
        return dict(sorted(numbers.items()))

    def _describe_witnesses(self) -> Mapping[str, Number]:
        operations = self._counts["witness.operations"]
        if not operations:
            return {}
        return {"witness.bytes_per_operation": round(self._counts["witness.bytes"] / operations, 3)}

    def _describe_end(self) -> Mapping[str, Number]:
        last = self._last
        if last is None:
            return {}
        return {
            "eth.burned_gwei": last.burned,
            "eth.in_flight_gwei": last.in_flight,
            "eth.pooled_gwei": last.pooled,
            "eth.accounted_gwei": last.accounted,
            "eth.solvency_gwei": last.pooled - last.accounted - last.backing,
            "eth.reserve_gwei": last.reserve,
            "eth.printed_gwei": last.printed,
            "claims.queue_end": last.claim_queue,
            "withdrawals.queue_end": last.withdrawal_queue,
            "queues.relay_end": last.relay_queue,
            "queues.delivery_end": last.delivery_queue,
            "deposits.open": self._transfers.count_open(),
        }

    def _raise_to(self, name: str, value: int) -> None:
        self._counts[name] = max(self._counts[name], value)

    def _on_beacon_block(self, event: events.BeaconBlockAccepted) -> None:
        self._counts["beacon.blocks"] += 1
        self._counts["beacon.bytes"] += event.size_bytes
        self._counts["beacon.claims"] += event.claims
        self._counts["beacon.withdrawals"] += event.withdrawals
        self._raise_to("beacon.max_block_bytes", event.size_bytes)
        if event.claims and event.claims == self._config.max_claims_per_block:
            self._counts["claims.full_blocks"] += 1

    def _on_beacon_rejected(self, event: events.BeaconBlockRejected) -> None:
        self._counts["beacon.blocks_lost"] += 1
        self._counts[f"beacon.rejected.{event.code}"] += 1

    def _on_shard_block(self, event: events.ShardBlockAccepted) -> None:
        self._counts["shards.blocks"] += 1
        self._counts["shards.bytes"] += event.size_bytes
        self._counts["shards.data_bytes"] += event.data_bytes
        self._counts["execution.fuel"] += event.fuel
        self._counts["execution.ticks"] += event.ticks
        self._counts["execution.host_calls"] += event.host_calls
        self._counts["execution.deposits"] += event.deposits
        self._raise_to("execution.max_fuel", event.fuel)
        if event.noop_rule:
            self._counts["shards.noop_blocks"] += 1

    def _on_shard_rejected(self, event: events.ShardBlockRejected) -> None:
        self._counts["shards.blocks_rejected"] += 1
        self._counts[f"shards.rejected.{event.code}"] += 1
        if event.outcome:
            self._counts[f"execution.failed.{event.outcome}"] += 1
            self._counts["execution.failed_fuel"] += event.fuel

    def _on_shard_reverted(self, event: events.ShardReverted) -> None:
        self._counts["shards.blocks_reverted"] += event.blocks
        self._raise_to("shards.rollback_depth_max", event.slot - event.from_slot)

    def _on_submitted(self, event: events.ScriptSubmitted) -> None:
        self._counts["scripts.submitted"] += 1
        self._submitted[event.script] = event.slot
        if event.rule:
            self._bad.add(event.script)
        self._costs.submit(event)

    def _on_registered(self, event: events.ScriptRegistered) -> None:
        self._counts["scripts.registered"] += 1
        self._costs.register(event)
        if event.rule:
            self._counts["scripts.failed"] += 1

    def _on_usable(self, event: events.ScriptUsable) -> None:
        # Anew if an orphaned beacon block took it back; the last time counts.
        self._usable_after[event.script] = event.slot + 1 - self._submitted[event.script]

    def _on_settled(self, event: events.ScriptSettled) -> None:
        self._settled_after[event.script] = event.slot + 1 - self._submitted[event.script]

    def _on_bond(self, event: events.BondSettled) -> None:
        self._counts["bonds.returned_gwei"] += event.returned
        self._counts["bonds.rewarded_gwei"] += event.rewarded
        self._counts["bonds.burned_gwei"] += event.burned

    def _on_refused(self, event: events.ScriptRefused) -> None:
        self._counts["scripts.refused"] += 1
        self._counts[f"scripts.refused.{event.code}"] += 1

    def _on_validated(self, event: events.ScriptValidated) -> None:
        self._costs.validate(event)
        modelled_bytes = event.size_bytes * event.new_nodes
        self._counts["validation.node_validations"] += event.new_nodes
        self._counts["validation.node_bytes"] += modelled_bytes
        role = event.role.replace(" ", "_")
        self._counts[f"validation.{role}.node_validations"] += event.new_nodes
        if event.rule:
            self._counts["validation.wasted_node_bytes"] += modelled_bytes

    def _on_mark(self, event: events.MarkWritten) -> None:
        self._costs.mark(event)
        self._counts["validation.marks"] += 1
        self._counts["validation.mark_bytes"] += len(event.mark) // 2

    def _on_dropped(self, event: events.CallDropped) -> None:
        self._counts["calls.dropped"] += 1
        self._counts[f"calls.dropped.{event.code}"] += 1

    def _on_crosslink(self, event: events.CrosslinkIncluded) -> None:
        self._counts["beacon.crosslinks"] += 1
        self._counts["beacon.crosslinked_blocks"] += event.blocks

    def _on_created(self, event: events.DepositCreated) -> None:
        self._counts["deposits.created"] += 1
        self._counts["deposits.created_gwei"] += event.gwei
        self._transfers.create(event)

    def _on_step(self, event: events.DepositStep) -> None:
        self._counts[f"deposits.{event.event}"] += 1
        if event.proof_bytes:
            self._counts[f"proofs.{event.event}_bytes"] += event.proof_bytes
        self._transfers.advance(event)

    def _on_funded(self, event: events.PoolFunded) -> None:
        self._counts[f"pools.{event.event}_gwei"] += event.gwei

    def _on_robbed(self, event: events.PoolRobbed) -> None:
        """Count nothing: what a robbery leaves behind is ``eth.solvency_gwei``."""

    def _on_orphaned(self, event: events.BeaconBlockOrphaned) -> None:
        """Count a block once, however many crosslinks went with it."""
        self._counts["beacon.crosslinks_orphaned"] += 1
        self._orphaned_slots.add(event.block_slot)
        self._counts["beacon.blocks_orphaned"] = len(self._orphaned_slots)

    def _on_fault(self, event: events.FaultStruck) -> None:
        self._counts[f"faults.{event.fault}.struck"] += 1
        self._counts[f"faults.{event.fault}.succeeded"] += event.succeeded
        self._counts[f"faults.{event.fault}.gwei"] += event.gwei

    def _on_witness(self, event: events.WitnessServed) -> None:
        self._counts["witness.bytes"] += event.witness_bytes
        self._counts["witness.keys"] += event.keys
        self._counts["witness.operations"] += event.operations
        self._counts["witness.repaired"] += event.repaired

    def _on_slot(self, event: events.SlotClosed) -> None:
        self._counts["slots"] += 1
        self._raise_to("conservation_error", abs(event.error))
        self._raise_to("claims.queue_max", event.claim_queue)
        self._raise_to("withdrawals.queue_max", event.withdrawal_queue)
        self._raise_to("queues.relay_max", event.relay_queue)
        self._raise_to("queues.delivery_max", event.delivery_queue)
        self._raise_to("eth.in_flight_max_gwei", event.in_flight)
        self._raise_to("eth.reserve_drawn_max_gwei", event.reserve_drawn)
        self._queues.add(event)
        self._transfers.close_slot()
        if event.claim_queue:
            self._counts["claims.waiting_slots"] += 1
        self._last = event


_ALWAYS_SHOWN: Final = (
    *(f"deposits.{step}" for step in DEPOSIT_STEPS),
    "beacon.blocks",
    "beacon.blocks_lost",
    "beacon.blocks_orphaned",
    "beacon.crosslinks_orphaned",
    "calls.dropped",
    "claims.full_blocks",
    "claims.queue_max",
    "claims.waiting_slots",
    "conservation_error",
    "deposits.created",
    "eth.printed_gwei",
    "eth.reserve_drawn_max_gwei",
    "queues.delivery_max",
    "queues.relay_max",
    "scripts.failed",
    "scripts.refused",
    "scripts.registered",
    "scripts.submitted",
    "shards.blocks",
    "shards.blocks_rejected",
    "shards.blocks_reverted",
    "shards.noop_blocks",
    "shards.rollback_depth_max",
    "slots",
    "validation.mark_bytes",
    "validation.node_bytes",
    "validation.node_validations",
    "validation.wasted_node_bytes",
    "witness.bytes",
    "witness.keys",
    "witness.repaired",
)
"""Shown even when nothing of the kind happened, so that expectations can name them."""
