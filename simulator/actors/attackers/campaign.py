"""Adversaries at work: in their slots they register bad scripts and ask for calls of them.

An adversary sends as many scripts as its plan allows and its depositor can pay: what waits in
the pool counts as spent, what was refused for free does not. One with a budget first looks at a
module of every kind and decides, once, which of them does most under the run's placement.

Source:
    PROTOCOL 3.2 (who may register, what it costs) and 7.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chain.config import ChainConfig
from chain.constants import GWEI_PER_ETH, ZERO_ROOT
from chain.context import ChainContext
from chain.eei import RETURNED, ScriptCall
from chain.operations.registrations import compute_registration_fee
from chain.types import Gwei, ShardIndex, Slot, ValidatorIndex
from chain.validation import ScriptChecker, get_rules
from simulator.actors.attackers.estimate import (
    Network,
    Probe,
    choose_kind,
    compute_price,
    estimate_campaigns,
    estimate_final_share,
    estimate_wait_slots,
    is_called,
)
from simulator.actors.attackers.modules import DEFAULT_ATTACK_BYTES, build_attack, build_good
from simulator.actors.operation_pool import OperationPool, WaitingRegistration
from simulator.actors.plans import draw_count, get_slots
from simulator.actors.relayers import CallRelayer, Relayer
from simulator.costs import CostModel
from simulator.rng import derive_rng
from simulator.scenario import Scenario
from simulator.scenario.adversaries import Adversary, AttackKind
from simulator.world import World

_NUMBERS_EACH: Final = 2**32
"""Numbers of modules that one adversary may use."""

_ROUNDING: Final = 1e-9
"""Shares such as 0.1 are no sums of powers of two."""


@dataclass(frozen=True, slots=True)
class PlannedAttack:
    """What an adversary may do, drawn before the run begins.

    Attributes:
        adversary: The scenario's words.
        position: Its place in the scenario's list.
        chances: How many scripts it would send, by slot.
        budget: What its depositor has for fees, Gwei.
    """

    adversary: Adversary
    position: int
    chances: Mapping[Slot, int]
    budget: Gwei


@dataclass(slots=True)
class _Attacker:
    """One adversary.

    Attributes:
        plan: What it may do.
        sender: Its depositor.
        kind: What it sends.
        calls: How often every script is called on every shard.
        sent: How many scripts it has sent.
    """

    plan: PlannedAttack
    sender: ValidatorIndex
    kind: AttackKind
    calls: int
    sent: int = 0


def compute_attack_bytes(adversary: Adversary, max_code_bytes: int) -> int:
    """Return the size of an adversary's scripts.

    Args:
        adversary: The adversary.
        max_code_bytes: What the chain allows.

    Source:
        Ours.
    """
    if adversary.size_bytes is not None:
        return adversary.size_bytes
    if adversary.kind is AttackKind.OVERSIZED:
        return max_code_bytes + 1
    return DEFAULT_ATTACK_BYTES


def plan_attacks(scenario: Scenario, config: ChainConfig) -> list[PlannedAttack]:
    """Return what every adversary may do.

    Args:
        scenario: The scenario; its seed decides all draws, by the adversary's name.
        config: Says what a registration costs.

    Source:
        Ours.
    """
    return [
        _plan_attack(adversary, position, scenario, config)
        for position, adversary in enumerate(scenario.adversaries)
    ]


def _plan_attack(
    adversary: Adversary, position: int, scenario: Scenario, config: ChainConfig
) -> PlannedAttack:
    rng = derive_rng(scenario.seed, f"adversary/{adversary.label}")
    drawn = {slot: draw_count(adversary.per_slot, rng) for slot in get_slots(adversary, scenario)}
    chances = {slot: count for slot, count in drawn.items() if count}
    if adversary.eth is not None:
        budget = round(adversary.eth * GWEI_PER_ETH)
    else:
        size_bytes = compute_attack_bytes(adversary, config.max_code_bytes)
        budget = sum(chances.values()) * compute_price(size_bytes, config)
    return PlannedAttack(adversary, position, chances, Gwei(budget))


class Attackers:
    """All adversaries of a run."""

    def __init__(
        self,
        world: World,
        relayers: list[Relayer],
        plans: Sequence[tuple[PlannedAttack, ValidatorIndex]],
        scenario: Scenario,
        costs: CostModel,
    ) -> None:
        """Let everybody decide what to send.

        Args:
            world: The chains at genesis.
            relayers: Everybody's; those who call bad scripts join and leave.
            plans: What each adversary may do, and who pays for it.
            scenario: Says who else is there.
            costs: How bytes of code become seconds.
        """
        self._world = world
        self._relayers = relayers
        self._callers: list[CallRelayer] = []
        self._codes: list[bytes] = []
        self._attackers = [_prepare(plan, sender, world, scenario, costs) for plan, sender in plans]

    def submit(self, pool: OperationPool) -> list[WaitingRegistration]:
        """Return what is sent in the current slot; calls of it wait for the registration."""
        self._dismiss_callers()
        sent = []
        for attacker in self._attackers:
            for waiting in self._send(attacker, pool):
                self._ask_for_calls(attacker, waiting.name)
                self._codes.append(waiting.code)
                sent.append(waiting)
        return sent

    def take_codes(self) -> list[bytes]:
        """Hand over the code of what was sent since the last call."""
        taken, self._codes = self._codes, []
        return taken

    def _send(self, attacker: _Attacker, pool: OperationPool) -> Iterator[WaitingRegistration]:
        world, plan = self._world, attacker.plan
        config = world.context.config
        size_bytes = compute_attack_bytes(plan.adversary, config.max_code_bytes)
        price = compute_price(size_bytes, config)
        pending = sum(waiting.sender == attacker.sender for waiting in pool.registrations)
        # What waits in the pool is as good as spent.
        affordable = world.beacon.balances[attacker.sender] // max(1, price) - pending
        chances = plan.chances.get(world.slot, 0)
        for _ in range(min(chances, max(0, affordable)) if price else chances):
            attacker.sent += 1
            is_bad = _is_bad(attacker.sent, plan.adversary.bad_share)
            yield WaitingRegistration(
                name=f"{plan.adversary.label}-{attacker.sent}",
                code=_build(plan, attacker.kind if is_bad else None, size_bytes, attacker.sent),
                sender=attacker.sender,
                attack=attacker.kind.value if is_bad else "",
            )

    def _ask_for_calls(self, attacker: _Attacker, name: str) -> None:
        world = self._world
        if not attacker.calls:
            return
        caller = CallRelayer(name, world)
        for shard in _get_shards(attacker.plan.adversary, world.context.config):
            for _ in range(attacker.calls):
                caller.add(shard, world.slot, b"")
        self._callers.append(caller)
        self._relayers.append(caller)

    def _dismiss_callers(self) -> None:
        """Let go of those who have nothing left to do, so that proposers need not ask them."""
        shards = [ShardIndex(shard) for shard in range(self._world.context.config.shard_count)]
        for caller in tuple(self._callers):
            if all(caller.get_waiting_since(shard) is None for shard in shards):
                self._callers.remove(caller)
                self._relayers.remove(caller)


def _prepare(
    plan: PlannedAttack,
    sender: ValidatorIndex,
    world: World,
    scenario: Scenario,
    costs: CostModel,
) -> _Attacker:
    adversary = plan.adversary
    if adversary.kind is not AttackKind.BUDGET:
        return _Attacker(plan, sender, adversary.kind, adversary.calls)
    config, placement = world.context.config, world.context.placement
    # Its own: what it looks at beforehand is nobody else's cost.
    checker = ScriptChecker(get_rules(config), world.context.runtime)
    probes: dict[AttackKind, Probe] = {
        kind: _probe(plan, kind, world.context, checker)
        for kind in AttackKind
        if kind is not AttackKind.BUDGET
    }
    estimates = estimate_campaigns(
        placement,
        _survey(adversary, config, scenario),
        probes.values(),
        budget=plan.budget,
        chances=sum(plan.chances.values()),
        costs=costs,
    )
    kind = choose_kind(estimates, adversary.goal)
    calls = adversary.calls if is_called(placement, probes[kind]) else 0
    return _Attacker(plan, sender, kind, calls)


def _probe(
    plan: PlannedAttack, kind: AttackKind, context: ChainContext, checker: ScriptChecker
) -> Probe:
    """Build a module of a kind, and look at it as everybody else would."""
    config = context.config
    size_bytes = compute_attack_bytes(plan.adversary, config.max_code_bytes)
    if kind is AttackKind.OVERSIZED:
        size_bytes = max(size_bytes, config.max_code_bytes + 1)
    code = _build(plan, kind, size_bytes, number=0)
    verdict = checker.check(code)
    call = ScriptCall(code=code, pre_state_root=ZERO_ROOT, data=b"")
    is_admitted = size_bytes <= config.max_code_bytes
    decoded_bytes = size_bytes if verdict.is_valid else verdict.offset
    return Probe(
        kind,
        size_bytes,
        compute_registration_fee(size_bytes, config),
        compute_price(size_bytes, config),
        is_valid=verdict.is_valid,
        is_admitted=is_admitted,
        returns=context.runtime.execute(call).outcome == RETURNED,
        decoded_bytes=decoded_bytes if is_admitted else 0,
    )


def _survey(adversary: Adversary, config: ChainConfig, scenario: Scenario) -> Network:
    """Count the nodes that an attack can reach."""
    validators = scenario.genesis.validators

    def count_nodes(seats: int) -> int:
        return math.ceil(seats / config.validators_per_node)

    committee = min(max(1, validators // config.shard_count), config.max_committee_size)
    return Network(
        beacon_nodes=count_nodes(validators),
        shard_nodes=count_nodes(committee) + scenario.costs.shard_full_nodes,
        shards=len(_get_shards(adversary, config)),
        all_shards=config.shard_count,
        voters=count_nodes(min(config.committee_size, validators)),
        challengers=count_nodes(min(config.challengers, validators)),
        wait_slots=estimate_wait_slots(config),
        final_share=estimate_final_share(config),
        careless=scenario.proposers.careless,
        calls=adversary.calls,
    )


def _get_shards(adversary: Adversary, config: ChainConfig) -> Sequence[ShardIndex]:
    return [ShardIndex(shard) for shard in adversary.shards or range(config.shard_count)]


def _is_bad(number: int, share: float) -> bool:
    """Tell whether a script is one of the bad ones, which are spread evenly over all."""
    return math.floor(number * share + _ROUNDING) > math.floor((number - 1) * share + _ROUNDING)


def _build(plan: PlannedAttack, kind: AttackKind | None, size_bytes: int, number: int) -> bytes:
    """Build a module that no other adversary sends; a good one if no kind is given."""
    unique = plan.position * _NUMBERS_EACH + number
    if kind is None:
        return build_good(size_bytes, unique)
    return build_attack(kind, size_bytes, unique, plan.adversary.count)
