"""What a scenario says that is well formed but cannot be meant.

Source:
    Ours.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from chain.config import ChainConfig
from chain.constants import VALIDATOR_LIMIT
from chain.placement import get_placements
from chain.wasm import DECODABLE_FEATURES
from simulator.actors.attackers.checks import bound_attack_eth, find_impossible_attacks
from simulator.manager.variant import find_replay_protection
from simulator.scenario import (
    Arrival,
    CallWorkload,
    DepositWorkload,
    Route,
    Scenario,
    StorageWorkload,
    TransferWorkload,
    Workload,
)
from simulator.yaml_source import Key

Keys = tuple[Key, ...]
Load = DepositWorkload | TransferWorkload | CallWorkload | StorageWorkload
Problems = Iterator[tuple[Keys, str]]
"""Where, and what is wrong there."""

_MIN_TOPOLOGY_SHARDS: Final = 2
_GWEI_LIMIT: Final = 2**64
MAX_WISHES: Final = 10_000_000
"""What users want is planned before the run, at about 150 bytes a wish."""


def find_impossible(
    scenario: Scenario, config: ChainConfig, scripts: Mapping[str, bytes]
) -> Problems:
    """Return what cannot be meant, with the keys that say it.

    Args:
        scenario: The models.
        config: The chain config that follows.
        scripts: Code by path, as far as it could be read.
    """
    yield from _check_validation(scenario, config)
    yield from _check_events(scenario, config)
    yield from _check_workload(scenario, config)
    yield from _check_first_shards(scenario, config)
    yield from _check_managers(scenario, scripts)
    yield from _check_faults(scenario, config)
    yield from find_impossible_attacks(scenario, config)
    yield from _check_eth(scenario, config)
    yield from _check_size(scenario, config)


def _check_validation(scenario: Scenario, config: ChainConfig) -> Problems:
    strategies = get_placements()
    if scenario.validation.strategy not in strategies:
        known = ", ".join(strategies)
        yield ("validation", "strategy"), f"no such strategy; there are {known}"
    numerator, denominator = config.committee_quorum
    if not denominator < 2 * numerator <= 2 * denominator:
        yield (
            ("validation", "committee_quorum"),
            "a quorum is more than a half of the seats, and at most all of them",
        )
    validators = scenario.genesis.validators
    for key in ("committee_size", "challengers"):
        wanted = getattr(scenario.validation, key)
        if wanted is not None and wanted > validators:
            message = f"{wanted} of {validators} validators: there are not so many"
            yield ("validation", key), message
    known_features = sorted(feature.value for feature in DECODABLE_FEATURES)
    for position, name in enumerate(scenario.validation.features):
        if name not in known_features:
            message = f"no such feature; there are {', '.join(known_features)}"
            yield ("validation", "features", position), message


def _check_events(scenario: Scenario, config: ChainConfig) -> Problems:
    registered = _get_registered(scenario)
    seen: set[str] = set()
    for position, event in enumerate(scenario.events):
        keys: Keys = ("events", position)
        if not 1 <= event.slot <= scenario.slots:
            yield (*keys, "slot"), f"the run has slots 1 to {scenario.slots}, not {event.slot}"
        if event.register_script is not None:
            name = event.register_script.name
            if name in seen:
                yield (*keys, "register", "name"), f"{name} is registered twice"
            seen.add(name)
            sender, known = event.register_script.sender, _count_registry(scenario)
            if sender >= known:
                yield (*keys, "register", "sender"), f"genesis has validators 0 to {known - 1}"
        if event.deposit is not None:
            yield from _check_script((*keys, "deposit"), event.deposit.script, registered)
            for key, shard in (("from", event.deposit.from_shard), ("to", event.deposit.to_shard)):
                yield from _check_shard((*keys, "deposit", key), shard, config)
        if event.call is not None:
            yield from _check_script((*keys, "call"), event.call.script, registered)
            yield from _check_shard((*keys, "call", "shard"), event.call.shard, config)


def _check_workload(scenario: Scenario, config: ChainConfig) -> Problems:
    registered = _get_registered(scenario)
    for position, item in enumerate(scenario.workload):
        for kind, load in _list_loads(item):
            keys: Keys = ("workload", position, kind)
            yield from _check_script(keys, load.script, registered)
            if _crosses_shards(load) and config.shard_count < _MIN_TOPOLOGY_SHARDS:
                yield (*keys, "topology"), "one shard alone has nobody to send to"
            for name, shards in _get_shard_lists(load):
                for place, shard in enumerate(shards):
                    yield from _check_shard((*keys, name, place), shard, config)


def _check_first_shards(scenario: Scenario, config: ChainConfig) -> Problems:
    for position, item in enumerate(scenario.workload):
        count = None if item.calls is None else item.calls.first_shards
        if count is not None and count > config.shard_count:
            keys: Keys = ("workload", position, "calls", "first_shards")
            yield keys, f"there are {config.shard_count} shards, not {count}"


def _check_eth(scenario: Scenario, config: ChainConfig) -> Problems:
    """Refuse more ETH than the chain's uint64 can hold, should every draw be the largest."""
    total = 0
    for keys, gwei in chain(_bound_eth(scenario, config), bound_attack_eth(scenario, config)):
        total += gwei
        if total >= _GWEI_LIMIT:
            yield keys, f"up to here the scenario needs up to {total} Gwei, more than 64 bits hold"
            return


def _bound_eth(scenario: Scenario, config: ChainConfig) -> Iterator[tuple[Keys, int]]:
    """Return the most ETH that each part of a scenario brings to genesis, Gwei."""
    genesis = scenario.genesis
    yield ("genesis", "depositor_gwei"), genesis.depositors * genesis.depositor_gwei
    yield ("genesis", "validator_gwei"), genesis.validators * genesis.validator_gwei
    for position, event in enumerate(scenario.events):
        if event.deposit is not None:
            yield ("events", position, "deposit", "gwei"), event.deposit.gwei
    for position, item in enumerate(scenario.workload):
        for kind, load in (("deposits", item.deposits), ("transfers", item.transfers)):
            if load is not None:
                gwei = _bound_count(load, _count_slots(load, scenario)) * load.gwei[1]
                yield ("workload", position, kind, "gwei"), gwei
        if item.transfers is not None and item.transfers.route is Route.NETTING:
            reserves = config.shard_count * item.transfers.reserve_gwei
            yield ("workload", position, "transfers", "reserve_gwei"), reserves


def _check_size(scenario: Scenario, config: ChainConfig) -> Problems:
    """Refuse more than memory, or the registry, can hold: both are filled before slot 1."""
    wishes, accounts = 0, _count_registry(scenario) + len(scenario.adversaries)
    if accounts > VALIDATOR_LIMIT:
        message = f"the registry has room for {VALIDATOR_LIMIT}, not for {accounts} at genesis"
        yield ("genesis", "validators"), message
        return
    for position, item in enumerate(scenario.workload):
        for kind, load in _list_loads(item):
            keys: Keys = ("workload", position, kind)
            wanted = _bound_wishes(load, scenario, config)
            wishes += wanted
            if wishes > MAX_WISHES:
                message = f"up to here users want {wishes:,} things, more than {MAX_WISHES:,}"
                yield (*keys, "per_slot"), message
                return
            owners = load.users if isinstance(load, TransferWorkload) else 1
            accounts += min(wanted, config.shard_count * owners)
            if accounts > VALIDATOR_LIMIT:
                message = f"up to here genesis funds {accounts:,}, more than {VALIDATOR_LIMIT:,}"
                yield keys, message
                return


def _bound_wishes(load: Load, scenario: Scenario, config: ChainConfig) -> int:
    slots = _count_slots(load, scenario)
    if isinstance(load, DepositWorkload | TransferWorkload):
        return _bound_count(load, slots)
    first_shards = load.first_shards if isinstance(load, CallWorkload) else None
    shards = len(load.shards) or first_shards or config.shard_count
    return shards * slots * math.ceil(load.per_slot)


def _count_slots(load: Load, scenario: Scenario) -> int:
    last = scenario.slots if load.stop is None else min(load.stop - 1, scenario.slots)
    return max(0, last - max(1, load.start) + 1)


def _list_loads(item: Workload) -> Iterator[tuple[str, Load]]:
    for kind in ("deposits", "transfers", "calls", "storage"):
        load: Load | None = getattr(item, kind)
        if load is not None:
            yield kind, load


def _bound_count(load: DepositWorkload | TransferWorkload, slots: int) -> int:
    """Return how many arrive at the most; of random arrivals, ten standard deviations more."""
    if isinstance(load, DepositWorkload) or load.arrival is Arrival.STEADY:
        return slots * math.ceil(load.per_slot)
    mean = slots * load.per_slot * (2 if load.arrival is Arrival.BURSTS else 1)
    return math.ceil(mean + 10 * math.sqrt(mean) + 10) if mean else 0


def _crosses_shards(load: Any) -> bool:  # noqa: ANN401 - one of four models
    if isinstance(load, TransferWorkload):
        return load.cross_shard > 0
    return isinstance(load, DepositWorkload) and load.topology is not None


def _check_managers(scenario: Scenario, scripts: Mapping[str, bytes]) -> Problems:
    """Refuse transfers through a script that is no deposit manager, and deposits through one."""
    paths = {
        event.register_script.name: event.register_script.script
        for event in scenario.events
        if event.register_script is not None
    }
    is_manager = {
        name: find_replay_protection(scripts[path]) is not None
        for name, path in paths.items()
        if path in scripts
    }
    for position, item in enumerate(scenario.workload):
        if item.transfers is not None and not is_manager.get(item.transfers.script, True):
            message = f"{paths[item.transfers.script]} is no deposit_manager"
            yield ("workload", position, "transfers", "script"), message
        if item.deposits is not None and is_manager.get(item.deposits.script, False):
            message = f"{paths[item.deposits.script]} has accounts: it takes transfers"
            yield ("workload", position, "deposits", "script"), message


def _check_faults(scenario: Scenario, config: ChainConfig) -> Problems:
    managers = {item.transfers.script for item in scenario.workload if item.transfers is not None}
    for position, fault in enumerate(scenario.faults):
        for kind, given in fault:
            if given is None:
                continue
            keys: Keys = ("faults", position, kind)
            slot, shard = getattr(given, "slot", 1), getattr(given, "shard", 0)
            if not 1 <= slot <= scenario.slots:
                yield (*keys, "slot"), f"the run has slots 1 to {scenario.slots}, not {slot}"
            if kind == "orphan" and slot == scenario.slots:
                yield (*keys, "slot"), "the run ends before this block could lose"
            yield from _check_shard((*keys, "shard"), shard, config)
            script = getattr(given, "script", None)
            if script is not None and script not in managers:
                yield (*keys, "script"), f"no transfers go through a script named {script}"


def _get_shard_lists(load: Any) -> Iterable[tuple[str, Sequence[int]]]:  # noqa: ANN401 - one of three models
    for name, attribute in (("from", "from_shards"), ("to", "to_shards"), ("shards", "shards")):
        yield name, getattr(load, attribute, ())
    topology = getattr(load, "topology", None)
    if topology is not None:
        yield "topology", [shard for edge in topology.edges for shard in edge]


def _count_registry(scenario: Scenario) -> int:
    return scenario.genesis.depositors + scenario.genesis.validators


def _get_registered(scenario: Scenario) -> set[str]:
    return {
        event.register_script.name for event in scenario.events if event.register_script is not None
    }


def _check_script(keys: Keys, name: str, registered: set[str]) -> Problems:
    if name not in registered:
        yield (*keys, "script"), f"no event registers a script named {name}"


def _check_shard(keys: Keys, shard: int, config: ChainConfig) -> Problems:
    if shard >= config.shard_count:
        yield keys, f"there are shards 0 to {config.shard_count - 1}, not {shard}"
