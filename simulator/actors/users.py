"""Users: what they want, planned from the scenario and its seed before the run begins.

Source:
    Ours. Planning ahead lets genesis grant every sending pool exactly what it will spend.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_DEPOSIT, ZERO_SIGNATURE
from chain.containers import DepositData
from chain.credentials import compute_withdrawal_credentials
from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.relayers import CallRelayer, DepositRelayer, Relayer, StorageRelayer
from simulator.actors.relayers.storage import draw_write
from simulator.deposits import Deposit
from simulator.events import DepositCreated, name_shard
from simulator.rng import derive_rng
from simulator.scenario import CallWorkload, DepositWorkload, Scenario, StorageWorkload
from simulator.topology import build_edges
from simulator.world import World


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


Planned = PlannedDeposit | PlannedCall | PlannedWrite


class Users:
    """All users: in their slot they sign and hand over what was planned."""

    def __init__(
        self, world: World, relayers: Sequence[Relayer], plans: Mapping[Slot, Sequence[Planned]]
    ) -> None:
        """Know the plans, and which relayer serves which script."""
        self._world = world
        self._relayers = relayers
        self._plans = plans

    def act(self) -> None:
        """Hand over everything planned for the current slot."""
        for item in self._plans.get(self._world.slot, ()):
            for relayer in self._relayers:
                if relayer.script == item.script:
                    self._hand_over(item, relayer)

    def _hand_over(self, item: Planned, relayer: Relayer) -> None:
        match item, relayer:
            case PlannedDeposit(), DepositRelayer():
                relayer.add_deposit(self._create_deposit(item))
            case PlannedCall(), CallRelayer():
                relayer.add(item.shard, item.slot, item.data)
            case PlannedWrite(), StorageRelayer():
                relayer.add(item.shard, item.slot, item.key, item.value)

    def _create_deposit(self, item: PlannedDeposit) -> Deposit:
        """Sign a deposit with a key of its own, which will also sign the withdrawal."""
        world = self._world
        number = world.deposits.next_number()
        pubkey = world.keys.create(f"deposit/{number}")
        unsigned = DepositData.create(
            pubkey=pubkey,
            withdrawal_credentials=compute_withdrawal_credentials(pubkey),
            amount=item.amount,
            signature=ZERO_SIGNATURE,
        )
        message = compute_signing_root(unsigned.signing_root, DOMAIN_DEPOSIT)
        secret = world.keys.get_secret(pubkey)
        signature = sign(world.context.config.bls, secret, message)
        deposit = Deposit(
            number=number,
            script=item.script,
            from_shard=item.from_shard,
            to_shard=item.to_shard,
            data=unsigned.evolve(signature=signature),
            created_slot=item.slot,
        )
        world.deposits.add(deposit)
        world.emit(
            DepositCreated(
                world.slot,
                name_shard(item.from_shard),
                deposit=number,
                script=item.script,
                route="beacon",
                from_shard=item.from_shard,
                to_shard=item.to_shard,
                gwei=item.amount,
                pubkey=pubkey.hex(),
            )
        )
        return deposit


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
        for load in (workload.calls, workload.storage):
            for item in _plan_per_shard(load, scenario, shard_count, rng):
                plans[item.slot].append(item)
    return plans


def compute_grants(
    plans: dict[Slot, list[Planned]],
) -> list[tuple[str, ShardIndex, Gwei]]:
    """Return what each script's pool on each shard will spend: script, shard, Gwei."""
    totals: dict[tuple[str, ShardIndex], int] = defaultdict(int)
    for planned in plans.values():
        for item in planned:
            if isinstance(item, PlannedDeposit):
                totals[item.script, item.from_shard] += item.amount
    return [(script, shard, Gwei(total)) for (script, shard), total in sorted(totals.items())]


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
    for slot in _get_slots(load, scenario):
        for _ in range(_draw_count(load.per_slot, rng)):
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
    shards = load.shards or tuple(range(shard_count))
    for slot in _get_slots(load, scenario):
        for shard in map(ShardIndex, shards):
            for _ in range(_draw_count(load.per_slot, rng)):
                if isinstance(load, CallWorkload):
                    yield PlannedCall(slot, load.script, shard, bytes.fromhex(load.data))
                else:
                    yield PlannedWrite(slot, load.script, shard, *draw_write(rng, load.keys))


def _get_slots(
    load: DepositWorkload | CallWorkload | StorageWorkload, scenario: Scenario
) -> Iterator[Slot]:
    last = scenario.slots if load.stop is None else min(load.stop - 1, scenario.slots)
    return map(Slot, range(max(1, load.start), last + 1))


def _draw_count(per_slot: float, rng: random.Random) -> int:
    """Return the whole part, and one more with the probability of the fraction."""
    whole = int(per_slot)
    return whole + (rng.random() < per_slot - whole)
