"""What an attack costs the network per ETH: the small model by which an attacker decides.

It knows what everybody knows: who validates under the placement, how many nodes those are, how
many proposers are careless, and what a registration costs. It expects this of one script:

- *who validates it.* Where proposers check what they include (``beacon-block``,
  ``beacon-operation``), a careful one refuses a bad script and nobody else looks at it; a careless
  one makes all nodes look. The same holds for the calls of ``shard-lazy`` and
  ``shard-every-call``, where every shard that is called decides for itself. Elsewhere the
  placement makes its validators look in any case.
- *what it pays.* The fee is due once the script is included; a block that is lost for it
  (``beacon-block``) pays nothing, and neither does a script that was refused.
- *which blocks are lost.* Beacon blocks that a bad script invalidates, and shard blocks that
  carry a call which does nothing, traps or is called back: those of careless proposers.

How many scripts it can send is bounded by its budget over that fee, and by how often it may try.
The estimate is coarse on purpose (a node pays once per code, proposers are drawn evenly); the
run itself counts what really happens.

Source:
    PROTOCOL 7 (who, when, total cost).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from chain.placement import Placement
from simulator.costs import CostModel
from simulator.scenario.adversaries import AttackGoal, AttackKind


@dataclass(frozen=True, slots=True)
class Network:
    """What an attacker knows of the network.

    Attributes:
        beacon_nodes: Nodes of all validators: N.
        shard_nodes: Nodes that execute a block of one shard: n.
        shards: Shards on which scripts are called: A.
        all_shards: Shards: S.
        voters: Nodes in the committee of placement ``committee``.
        challengers: Nodes that challenge under placement ``optimistic``: w.
        careless: Share of proposers who include whatever arrives.
        calls: Calls per script and shard: u.
    """

    beacon_nodes: int
    shard_nodes: int
    shards: int
    all_shards: int
    voters: int
    challengers: int
    careless: float
    calls: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A module of one kind, looked at by its author before any is sent.

    Attributes:
        kind: The kind.
        size_bytes: Its size.
        fee: What registering it costs, Gwei.
        is_valid: Whether the run's rules accept it.
        is_admitted: Whether the chain looks at it at all: nobody validates what is too large.
        returns: Whether a call of it returns.
        decoded_bytes: How far a validator reads, up to the broken rule.
    """

    kind: AttackKind
    size_bytes: int
    fee: int
    is_valid: bool
    is_admitted: bool
    returns: bool
    decoded_bytes: int


@dataclass(frozen=True, slots=True)
class Harm:
    """What one script is expected to do.

    Attributes:
        nodes: Nodes that validate it.
        blocks: Blocks that are lost for it.
        fee: What it pays, Gwei.
    """

    nodes: float
    blocks: float
    fee: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a whole campaign with one kind is expected to do.

    Attributes:
        kind: The kind.
        scripts: How many scripts the budget and the time allow.
        cpu_seconds: Modelled seconds of all nodes together.
        blocks: Blocks lost.
        decoded_bytes: How far validators read into each script.
    """

    kind: AttackKind
    scripts: float
    cpu_seconds: float
    blocks: float
    decoded_bytes: int


_UNCONDITIONAL: Final[Mapping[str, Callable[[Network, bool], float]]] = {
    "beacon-deferred": lambda network, _: network.beacon_nodes,
    "shard-eager": lambda network, _: min(
        network.all_shards * network.shard_nodes, network.beacon_nodes
    ),
    "committee": lambda network, _: network.voters,
    "optimistic": lambda network, is_valid: (
        network.challengers if is_valid else network.challengers + network.beacon_nodes
    ),
}
"""Nodes that validate whatever is registered, by placement."""

_FORGETFUL: Final = "shard-every-call"
"""The placement under which every call costs anew."""

_ONE_PROPOSER: Final = 1


def estimate_harm(placement: Placement, network: Network, probe: Probe) -> Harm:
    """Return what one script of a kind is expected to do under a placement.

    Source:
        PROTOCOL 7; see the module's docstring.
    """
    careless = network.careless
    if not probe.is_admitted:
        return Harm(nodes=0, blocks=careless if placement.costs_block else 0, fee=0)
    registered = 1.0
    nodes, blocks, fee_share = 0.0, 0.0, 1.0
    if placement.validates_at_registration:
        nodes = network.beacon_nodes
        if not probe.is_valid:
            registered, fee_share = 0.0, 0.0 if placement.costs_block else careless
            nodes = careless * network.beacon_nodes + (1 - careless) * _ONE_PROPOSER
            blocks = careless if placement.costs_block else 0.0
    elif placement.validates_at_execution and placement.name not in _UNCONDITIONAL:
        nodes = _estimate_calling_nodes(placement, network, probe)
    elif placement.name in _UNCONDITIONAL:
        nodes = _UNCONDITIONAL[placement.name](network, probe.is_valid)
    blocks += registered * _estimate_lost_calls(placement, network, probe)
    return Harm(nodes, blocks, fee_share * probe.fee)


def _estimate_calling_nodes(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the nodes that validate because the script is called, over all shards.

    A careful proposer gives up on a bad script for good, so that later calls are only made as
    long as all proposers before were careless. Marks end it too, and so does having paid.
    """
    remembers = placement.name != _FORGETFUL
    calls = min(1, network.calls) if remembers else network.calls
    careless, chance, nodes = network.careless, 1.0, 0.0
    for _ in range(calls):
        if probe.is_valid:
            nodes += network.shard_nodes
        else:
            nodes += chance * (careless * network.shard_nodes + (1 - careless) * _ONE_PROPOSER)
        chance *= careless
    everywhere = network.shards * nodes
    return min(everywhere, network.beacon_nodes) if remembers else everywhere


def _estimate_lost_calls(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the shard blocks that calls of one script cost, over all shards."""
    calls = network.shards * network.calls * network.careless
    if probe.is_valid:
        return 0.0 if probe.returns else calls
    if placement.name == "shard-lazy":
        return network.shards * min(1, network.calls) * network.careless
    is_marked = placement.name in _UNCONDITIONAL and placement.name != "optimistic"
    return 0.0 if is_marked else calls


def estimate_campaigns(
    placement: Placement,
    network: Network,
    probes: Iterable[Probe],
    *,
    budget: int,
    chances: int,
    costs: CostModel,
) -> list[Estimate]:
    """Return what a campaign with each kind is expected to do.

    Args:
        placement: Where validation happens.
        network: Who is there.
        probes: One per kind.
        budget: What may go into fees, Gwei.
        chances: How many scripts there is time for.
        costs: How bytes of code become seconds.

    Source:
        Ours: see the module's docstring.
    """
    estimates = []
    for probe in probes:
        harm = estimate_harm(placement, network, probe)
        scripts = min(chances, budget / harm.fee) if harm.fee else float(chances)
        if budget < probe.fee:
            scripts = 0.0  # an operation whose sender cannot pay is never included
        seconds = scripts * harm.nodes * costs.compute_seconds(probe.size_bytes)
        estimates.append(
            Estimate(probe.kind, scripts, seconds, scripts * harm.blocks, probe.decoded_bytes)
        )
    return estimates


def choose_kind(estimates: Iterable[Estimate], goal: AttackGoal) -> AttackKind:
    """Return the kind that does most of what the attacker wants.

    Ties go to the other kind of harm, then to the kind that validators read furthest, then to
    the first by name.

    Source:
        Ours.
    """

    def rank(estimate: Estimate) -> tuple[float, float, int, str]:
        first, second = estimate.cpu_seconds, estimate.blocks
        if goal is AttackGoal.BLOCKS:
            first, second = second, first
        return -first, -second, -estimate.decoded_bytes, estimate.kind.value

    return min(estimates, key=rank).kind
