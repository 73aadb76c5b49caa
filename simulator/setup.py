"""Genesis of a run: from a loaded scenario to an engine at slot 0.

Source:
    Ours; who is in the registry follows PROTOCOL 3.2 and 8.
"""

from collections import defaultdict
from collections.abc import Sequence

from chain.context import build_context
from chain.eei import CompiledStore
from chain.genesis import (
    GenesisValidator,
    build_active_validator,
    build_depositor,
    build_genesis_beacon_state,
    build_genesis_shard_state,
    build_retired_validator,
)
from chain.types import Gwei, ShardIndex, Slot, ValidatorIndex
from simulator.actors.operation_pool import WaitingRegistration
from simulator.actors.owners import Grant
from simulator.actors.relayers import CallRelayer, DepositRelayer, Relayer, StorageRelayer
from simulator.actors.state_provider import StateProvider
from simulator.actors.users import Users, compute_grants, plan_users
from simulator.engine import Engine
from simulator.loader import LoadedScenario
from simulator.rng import KeyRing, derive_rng
from simulator.scenario import Scenario
from simulator.world import World


def build_engine(loaded: LoadedScenario, compiled: CompiledStore | None = None) -> Engine:
    """Return an engine at slot 0.

    Args:
        loaded: The scenario.
        compiled: Where compiled scripts are kept between runs, if anywhere.
    """
    scenario, config = loaded.scenario, loaded.config
    keys = KeyRing(scenario.seed, config.bls)
    plans = plan_users(scenario, config.shard_count)
    validators = _build_registry(scenario, keys)
    grants = _build_grants(compute_grants(plans), validators, keys)
    world = World(
        build_context(config, compiled),
        keys,
        build_genesis_beacon_state(validators, config),
        [build_genesis_shard_state(ShardIndex(shard)) for shard in range(config.shard_count)],
        _draw_careless(scenario),
    )
    provider = StateProvider(config.shard_count)
    relayers = _build_relayers(scenario, world, provider)
    users = Users(world, relayers, plans)
    return Engine(world, users, relayers, provider, _get_registrations(loaded), grants)


def _build_registry(scenario: Scenario, keys: KeyRing) -> list[GenesisValidator]:
    """Return the depositors, who may register scripts, and then the validators on duty."""
    genesis = scenario.genesis
    depositors = [
        build_depositor(keys.create(f"depositor/{index}"), Gwei(genesis.depositor_gwei))
        for index in range(genesis.depositors)
    ]
    validators = [
        build_active_validator(keys.create(f"validator/{index}"), Gwei(genesis.validator_gwei))
        for index in range(genesis.validators)
    ]
    return depositors + validators


def _build_grants(
    totals: Sequence[tuple[str, ShardIndex, Gwei]],
    validators: list[GenesisValidator],
    keys: KeyRing,
) -> tuple[Grant, ...]:
    """Append one retired validator per pool that will spend, and say what it is for."""
    grants = []
    for script, shard, total in totals:
        pubkey = keys.create(f"grant/{script}/{shard}")
        grants.append(Grant(ValidatorIndex(len(validators)), script, shard, total))
        validators.append(build_retired_validator(pubkey, total))
    return tuple(grants)


def _draw_careless(scenario: Scenario) -> list[ValidatorIndex]:
    """Return the careless among the validators on duty: the scenario's share, drawn."""
    genesis = scenario.genesis
    indices = range(genesis.depositors, genesis.depositors + genesis.validators)
    count = round(scenario.proposers.careless * genesis.validators)
    drawn = derive_rng(scenario.seed, "careless").sample(indices, count)
    return [ValidatorIndex(index) for index in sorted(drawn)]


def _build_relayers(
    scenario: Scenario, world: World, provider: StateProvider
) -> tuple[Relayer, ...]:
    """Return one relayer per script and kind of work, in the scenario's order."""
    relayers: dict[tuple[str, type[Relayer]], Relayer] = {}
    for event in scenario.events:
        if event.deposit is not None:
            script = event.deposit.script
            relayers[script, DepositRelayer] = DepositRelayer(script, world, provider)
        if event.call is not None:
            script = event.call.script
            relayers[script, CallRelayer] = CallRelayer(script, world)
    for workload in scenario.workload:
        if workload.deposits is not None:
            script = workload.deposits.script
            relayers[script, DepositRelayer] = DepositRelayer(script, world, provider)
        if workload.calls is not None:
            script = workload.calls.script
            relayers[script, CallRelayer] = CallRelayer(script, world)
        if workload.storage is not None:
            script = workload.storage.script
            relayers[script, StorageRelayer] = StorageRelayer(script, world)
    return tuple(relayers.values())


def _get_registrations(loaded: LoadedScenario) -> dict[Slot, list[WaitingRegistration]]:
    by_slot: dict[Slot, list[WaitingRegistration]] = defaultdict(list)
    for event in loaded.scenario.events:
        register = event.register_script
        if register is not None:
            code = loaded.scripts[register.script]
            waiting = WaitingRegistration(register.name, code, ValidatorIndex(register.sender))
            by_slot[Slot(event.slot)].append(waiting)
    return by_slot
