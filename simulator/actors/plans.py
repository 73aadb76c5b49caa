"""Plans: everything users will want, drawn from the scenario's seed before the run begins.

Source:
    Ours. Planning ahead lets genesis grant every sender exactly what it will spend.
"""

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.relayers.storage import draw_write
from simulator.deposits import RECEIPT_ROUTE, SHARD_ROUTE
from simulator.rng import derive_rng
from simulator.scenario import (
    Arrival,
    CallWorkload,
    DepositWorkload,
    Period,
    Route,
    Scenario,
    StorageWorkload,
    TransferWorkload,
)
from simulator.topology import build_edges


@dataclass(frozen=True, slots=True)
class PlannedDeposit:
    """A user will send ETH from shard to shard."""

    slot: Slot
    script: str
    from_shard: ShardIndex
    to_shard: ShardIndex
    amount: Gwei


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A user will call a script with given data."""

    slot: Slot
    script: str
    shard: ShardIndex
    data: bytes


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A user will write to a key-value script."""

    slot: Slot
    script: str
    shard: ShardIndex
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class PlannedTransfer:
    """An account holder will pay another one, on the same shard or not.

    Attributes:
        slot: When.
        script: Name of the deposit manager.
        route: ``beacon``, ``receipt``, ``netting`` or ``shard``.
        from_shard: Shard of the sender.
        to_shard: Shard of the recipient.
        sender: Which of the shard's accounts.
        recipient: Which of the other shard's accounts.
        amount: How much.
        expiry_slots: After how many slots it goes back if it has not arrived, None for never.
    """

    slot: Slot
    script: str
    route: str
    from_shard: ShardIndex
    to_shard: ShardIndex
    sender: int
    recipient: int
    amount: Gwei
    expiry_slots: int | None


@dataclass(frozen=True, slots=True)
class PlannedReserve:
    """Somebody will lock ETH on a shard."""

    slot: Slot
    script: str
    shard: ShardIndex
    amount: Gwei


@dataclass(frozen=True, slots=True)
class PlannedGrant:
    """Genesis ETH that a pool, or an account, will spend.

    Attributes:
        script: Name of the script.
        shard: The shard.
        account: Owner of the account, empty where there are none.
        amount: How much.
    """

    script: str
    shard: ShardIndex
    account: str
    amount: Gwei


Planned = PlannedDeposit | PlannedTransfer | PlannedReserve | PlannedCall | PlannedWrite


def name_account(script: str, shard: ShardIndex, index: int) -> str:
    """Return the owner's name of an account, from which its key follows."""
    return f"account/{script}/{shard}/{index}"


def name_reserve(script: str, shard: ShardIndex) -> str:
    """Return the name of who locks a shard's reserve."""
    return f"reserve/{script}/{shard}"


def plan_users(scenario: Scenario, shard_count: int) -> dict[Slot, list[Planned]]:
    """Return everything users will want, by slot.

    Args:
        scenario: The scenario; its seed decides all draws.
        shard_count: Number of shards.
    """
    plans: dict[Slot, list[Planned]] = defaultdict(list)
    for item in _plan_events(scenario):
        plans[item.slot].append(item)
    for index, workload in enumerate(scenario.workload):
        rng = derive_rng(scenario.seed, f"users/{index}")
        for item in _plan_workload(workload.deposits, scenario, shard_count, rng):
            plans[item.slot].append(item)
        for transfer in _plan_transfers(workload.transfers, scenario, shard_count, rng):
            plans[transfer.slot].append(transfer)
        for load in (workload.calls, workload.storage):
            for item in _plan_per_shard(load, scenario, shard_count, rng):
                plans[item.slot].append(item)
    return plans


def compute_grants(plans: Mapping[Slot, Sequence[Planned]]) -> list[PlannedGrant]:
    """Return what each pool and each account will spend, in a stable order."""
    totals: dict[tuple[str, ShardIndex, str], int] = defaultdict(int)
    for planned in plans.values():
        for item in planned:
            match item:
                case PlannedDeposit():
                    totals[item.script, item.from_shard, ""] += item.amount
                case PlannedTransfer():
                    account = name_account(item.script, item.from_shard, item.sender)
                    totals[item.script, item.from_shard, account] += item.amount
                case PlannedReserve():
                    account = name_reserve(item.script, item.shard)
                    totals[item.script, item.shard, account] += item.amount
    return [PlannedGrant(*place, Gwei(total)) for place, total in sorted(totals.items())]


def _plan_events(scenario: Scenario) -> Iterator[Planned]:
    for event in scenario.events:
        slot = Slot(event.slot)
        if event.deposit is not None:
            order = event.deposit
            yield PlannedDeposit(
                slot,
                order.script,
                ShardIndex(order.from_shard),
                ShardIndex(order.to_shard),
                Gwei(order.gwei),
            )
        if event.call is not None:
            call = event.call
            yield PlannedCall(slot, call.script, ShardIndex(call.shard), bytes.fromhex(call.data))


def _plan_workload(
    load: DepositWorkload | None, scenario: Scenario, shard_count: int, rng: random.Random
) -> Iterator[PlannedDeposit]:
    if load is None:
        return
    edges: Sequence[tuple[ShardIndex, ShardIndex]] = ()
    if load.topology is not None:
        edges = build_edges(load.topology, shard_count, rng.getrandbits(32))
    for slot in get_slots(load, scenario):
        for _ in range(draw_count(load.per_slot, rng)):
            if edges:
                sender, receiver = rng.choice(edges)
            else:
                sender = ShardIndex(rng.choice(load.from_shards))
                receiver = ShardIndex(rng.choice(load.to_shards))
            amount = Gwei(rng.randint(*load.gwei))
            yield PlannedDeposit(slot, load.script, sender, receiver, amount)


def _plan_per_shard(
    load: CallWorkload | StorageWorkload | None,
    scenario: Scenario,
    shard_count: int,
    rng: random.Random,
) -> Iterator[Planned]:
    if load is None:
        return
    first_shards = load.first_shards if isinstance(load, CallWorkload) else None
    shards = load.shards or tuple(range(first_shards or shard_count))
    data = bytes.fromhex(load.data) if isinstance(load, CallWorkload) else b""
    for slot in get_slots(load, scenario):
        for shard in map(ShardIndex, shards):
            for _ in range(draw_count(load.per_slot, rng)):
                if isinstance(load, CallWorkload):
                    yield PlannedCall(slot, load.script, shard, data)
                else:
                    yield PlannedWrite(slot, load.script, shard, *draw_write(rng, load.keys))


def _plan_transfers(
    load: TransferWorkload | None, scenario: Scenario, shard_count: int, rng: random.Random
) -> Iterator[PlannedTransfer | PlannedReserve]:
    if load is None:
        return
    if load.route is Route.NETTING and load.reserve_gwei:
        for shard in map(ShardIndex, range(shard_count)):
            yield PlannedReserve(Slot(1), load.script, shard, Gwei(load.reserve_gwei))
    edges: Sequence[tuple[ShardIndex, ShardIndex]] = ()
    if load.cross_shard > 0:
        edges = build_edges(load.topology, shard_count, rng.getrandbits(32))
    for slot in get_slots(load, scenario):
        for _ in range(_draw_arrivals(load, slot, rng)):
            yield _draw_transfer(load, slot, edges, shard_count, rng)


def _draw_transfer(
    load: TransferWorkload,
    slot: Slot,
    edges: Sequence[tuple[ShardIndex, ShardIndex]],
    shard_count: int,
    rng: random.Random,
) -> PlannedTransfer:
    sender, amount = rng.randrange(load.users), Gwei(rng.randint(*load.gwei))
    if rng.random() < load.cross_shard:
        route = load.route.value
        source, target = rng.choice(edges)
        recipient = rng.randrange(load.recipients)
    else:
        route = SHARD_ROUTE
        source = target = ShardIndex(rng.randrange(shard_count))
        other = rng.randrange(load.recipients - 1)
        recipient = other + (other >= sender)
    expiry_slots = load.expiry_slots if route == RECEIPT_ROUTE else None
    return PlannedTransfer(
        slot, load.script, route, source, target, sender, recipient, amount, expiry_slots
    )


def _draw_arrivals(load: TransferWorkload, slot: Slot, rng: random.Random) -> int:
    """Return how many transfers arrive in a slot."""
    if load.arrival is Arrival.STEADY:
        return draw_count(load.per_slot, rng)
    rate = load.per_slot
    if load.arrival is Arrival.BURSTS:
        rate = 0.0 if (slot // load.burst_slots) % 2 else 2 * rate
    return _draw_poisson(rate, rng)


def _draw_poisson(rate: float, rng: random.Random) -> int:
    """Count arrivals in one slot, the waiting times between them being exponential."""
    count, time = 0, rng.expovariate(rate) if rate else math.inf
    while time < 1:
        count += 1
        time += rng.expovariate(rate)
    return count


def get_slots(load: Period, scenario: Scenario) -> Iterator[Slot]:
    """Return the slots of a period that the run has."""
    last = scenario.slots if load.stop is None else min(load.stop - 1, scenario.slots)
    return map(Slot, range(max(1, load.start), last + 1))


def draw_count(per_slot: float, rng: random.Random) -> int:
    """Return the whole part, and one more with the probability of the fraction."""
    whole = int(per_slot)
    return whole + (rng.random() < per_slot - whole)
