"""Genesis of a run: from a loaded scenario to an engine at slot 0.

Source:
    Ours; who is in the registry follows PROTOCOL 3.2 and 8.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chain.config import ChainConfig
from chain.context import ChainContext, build_context
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
from simulator.actors.attackers.campaign import Attackers, PlannedAttack, plan_attacks
from simulator.actors.manager import Mailroom, ManagerRelayer, ManagerStates, Replayer
from simulator.actors.operation_pool import WaitingRegistration
from simulator.actors.owners import Grant
from simulator.actors.plans import PlannedGrant, compute_grants, plan_users
from simulator.actors.relayers import CallRelayer, DepositRelayer, Relayer, StorageRelayer
from simulator.actors.state_provider import StateProvider
from simulator.actors.users import Users
from simulator.costs.ledger import open_ledger
from simulator.costs.measure import MeasuringChecker
from simulator.engine import Engine
from simulator.faults import FaultPlan
from simulator.loader import LoadedScenario
from simulator.manager.variant import find_replay_protection
from simulator.parallel.local import LocalExecutor
from simulator.parallel.processes import start_crew
from simulator.rng import KeyRing, derive_rng
from simulator.scenario import Scenario
from simulator.world import World


def build_engine(
    loaded: LoadedScenario,
    compiled: CompiledStore | None = None,
    *,
    measure: bool = False,
    workers: int = 1,
) -> Engine:
    """Return an engine at slot 0.

    Args:
        loaded: The scenario.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        measure: Whether to look at the clock while scripts are validated.
        workers: Processes that make shard blocks; 1 means this one.
    """
    scenario, config = loaded.scenario, loaded.config
    keys = KeyRing(scenario.seed, config.bls)
    plans = plan_users(scenario, config.shard_count)
    validators = _build_registry(scenario, keys)
    grants = _build_grants(compute_grants(plans), validators, keys)
    attacks = _fund_attacks(plan_attacks(scenario, config), validators, keys)
    context = _build_context(config, compiled, measure=measure)
    world = World(
        context,
        keys,
        build_genesis_beacon_state(validators, config),
        [build_genesis_shard_state(ShardIndex(shard)) for shard in range(config.shard_count)],
        _draw_careless(scenario),
        FaultPlan(scenario.faults),
        has_accounts=any(item.transfers is not None for item in scenario.workload),
        ledger=open_ledger(
            config.validators_per_node,
            scenario.costs.shard_full_nodes,
            nodes_remember=context.placement.nodes_remember,
        ),
    )
    provider = StateProvider(config.shard_count)
    states = _open_books(loaded, world, grants)
    relayers: list[Relayer] = [
        *_build_relayers(scenario, world, provider),
        *_build_manager_relayers(scenario, world, provider, states),
    ]
    attackers = Attackers(world, relayers, attacks, scenario, loaded.costs)
    users = Users(world, relayers, plans)
    registrations = _get_registrations(loaded)
    books = tuple(states.values())
    engine = Engine(
        world,
        users,
        relayers,
        provider,
        registrations,
        grants=grants,
        states=books,
        attackers=attackers,
    )
    hire_workers(engine, compiled, workers)
    return engine


def hire_workers(engine: Engine, compiled: CompiledStore | None, workers: int) -> None:
    """Have shard blocks made by some processes, or by this one.

    Args:
        engine: At genesis, or behind any slot.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        workers: How many; 1 means this process.
    """
    world = engine.world
    workers = min(workers, world.context.config.shard_count)
    engine.set_executor(
        start_crew(world, compiled, workers) if workers > 1 else LocalExecutor(world)
    )


def _build_context(
    config: ChainConfig, compiled: CompiledStore | None, *, measure: bool
) -> ChainContext:
    context = build_context(config, compiled)
    if not measure:
        return context
    return replace(context, checker=MeasuringChecker(config, context.runtime))


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
    planned: Sequence[PlannedGrant],
    validators: list[GenesisValidator],
    keys: KeyRing,
) -> tuple[Grant, ...]:
    """Append one retired validator per pool or account that will spend, and say what it is for."""
    grants = []
    for plan in planned:
        owner = f"/{plan.account}" if plan.account else ""
        pubkey = keys.create(f"grant/{plan.script}/{plan.shard}{owner}")
        recipient = keys.create(plan.account) if plan.account else None
        index = ValidatorIndex(len(validators))
        grants.append(Grant(index, plan.script, plan.shard, plan.amount, recipient))
        validators.append(build_retired_validator(pubkey, plan.amount))
    return tuple(grants)


def _fund_attacks(
    plans: Sequence[PlannedAttack], validators: list[GenesisValidator], keys: KeyRing
) -> list[tuple[PlannedAttack, ValidatorIndex]]:
    """Append one depositor per adversary, who pays for its scripts."""
    funded = []
    for plan in plans:
        pubkey = keys.create(f"adversary/{plan.adversary.label}")
        funded.append((plan, ValidatorIndex(len(validators))))
        validators.append(build_depositor(pubkey, plan.budget))
    return funded


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


def _open_books(
    loaded: LoadedScenario, world: World, grants: Sequence[Grant]
) -> dict[str, ManagerStates]:
    """Return the books of every deposit manager that transfers go through."""
    states: dict[str, ManagerStates] = {}
    for event in loaded.scenario.events:
        register = event.register_script
        if register is None or register.name not in _get_managers(loaded.scenario):
            continue
        protection = find_replay_protection(loaded.scripts[register.script])
        if protection is not None:
            states[register.name] = ManagerStates(register.name, protection, world)
    for grant in grants:
        if grant.recipient is not None:
            states[grant.script].expected[grant.shard, grant.recipient] += grant.amount
    return states


def _build_manager_relayers(
    scenario: Scenario, world: World, provider: StateProvider, states: Mapping[str, ManagerStates]
) -> tuple[Relayer, ...]:
    """Return the relayers of every deposit manager, honest ones first."""
    mail = {script: Mailroom() for script in states}
    honest = [
        ManagerRelayer(
            script,
            index,
            count,
            world=world,
            provider=provider,
            states=states[script],
            mail=mail[script],
        )
        for script, count in _get_managers(scenario).items()
        for index in range(count)
    ]
    hostile = [
        Replayer(replay, world, provider, states[replay.script], mail[replay.script].log)
        for replay in world.faults.replays
    ]
    return (*honest, *hostile)


def _get_managers(scenario: Scenario) -> dict[str, int]:
    """Return the scripts that transfers go through, and how many relayers each has."""
    counts: dict[str, int] = {}
    for workload in scenario.workload:
        load = workload.transfers
        if load is not None:
            counts[load.script] = max(load.relayers, counts.get(load.script, 1))
    return counts


def _get_registrations(loaded: LoadedScenario) -> dict[Slot, list[WaitingRegistration]]:
    by_slot: dict[Slot, list[WaitingRegistration]] = defaultdict(list)
    for event in loaded.scenario.events:
        register = event.register_script
        if register is not None:
            code = loaded.scripts[register.script]
            waiting = WaitingRegistration(register.name, code, ValidatorIndex(register.sender))
            by_slot[Slot(event.slot)].append(waiting)
    return by_slot
