"""What an attack costs the network per ETH: the small model by which an attacker decides.

It knows what everybody knows: who validates under the placement, how many nodes those are, how
many proposers are careless, and what a registration costs. It expects this of one script:

- *who validates it.* Where all beacon nodes validate what is registered (``beacon-block``,
  ``beacon-operation``, ``beacon-deferred``), a careful proposer refuses a bad script and nobody
  else looks at it; a careless one makes all nodes look. The same holds for the calls of
  ``shard-lazy`` and ``shard-every-call``, where every shard that is called decides for itself.
  Under ``shard-eager``, ``committee`` and ``optimistic`` the validators look in any case, and
  under the last all nodes look at what a challenger objects to.
- *what it pays.* The fee is due once the script is included; a block that is lost for it
  (``beacon-block``) pays nothing, and neither does a script that was refused. A bad script that
  is caught (``optimistic``) loses its bond too.
- *which blocks are lost.* Beacon blocks that a bad script invalidates; shard blocks of careless
  proposers that carry a call which is refused, does nothing or traps; and blocks that are called
  back, careless or not, because a bad script that seemed to work was caught.

How many scripts it can send is bounded by its budget over that price, and by how often it may
try. The estimate is coarse on purpose (proposers are drawn evenly, challengers and committees are
honest); the run itself counts what really happens.

Source:
    PROTOCOL 7 (who, when, total cost).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chain.config import ChainConfig
from chain.operations.registrations import compute_registration_fee
from chain.placement import Placement
from chain.types import Gwei
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
        price: What the sender must have for it, Gwei: the fee, and a bond where one is asked.
        is_valid: Whether the run's rules accept it.
        is_admitted: Whether the chain looks at it at all: nobody validates what is too large.
        returns: Whether a call of it returns.
        decoded_bytes: How far a validator reads, up to the broken rule.
    """

    kind: AttackKind
    size_bytes: int
    fee: int
    price: int
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
        gwei: What it costs the attacker.
    """

    nodes: float
    blocks: float
    gwei: float


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


_EAGER: Final = "shard-eager"
_COMMITTEE: Final = "committee"
_OPTIMISTIC: Final = "optimistic"
_NOBODY: Final = "none"

_ONE_PROPOSER: Final = 1


def compute_price(size_bytes: int, config: ChainConfig) -> Gwei:
    """Return what a sender must have to register code: the fee, and a bond where one is asked.

    Args:
        size_bytes: Size of the code.
        config: Fees, bond and placement.

    Source:
        PROTOCOL 3.2 and 7.
    """
    bond = config.challenge_bond_gwei if config.strategy == _OPTIMISTIC else 0
    return Gwei(compute_registration_fee(size_bytes, config) + bond)


def estimate_harm(placement: Placement, network: Network, probe: Probe) -> Harm:
    """Return what one script of a kind is expected to do under a placement.

    Source:
        PROTOCOL 7; see the module's docstring.
    """
    if not probe.is_admitted:
        blocks = network.careless if placement.costs_block else 0.0
        return Harm(nodes=0.0, blocks=blocks, gwei=0.0)
    if placement.validates_at_registration and not probe.is_valid:
        careless = network.careless
        nodes = careless * network.beacon_nodes + (1 - careless) * _ONE_PROPOSER
        if placement.costs_block:
            return Harm(nodes, blocks=careless, gwei=0.0)
        return Harm(nodes, blocks=0.0, gwei=careless * probe.fee)
    is_caught = placement.name == _OPTIMISTIC and not probe.is_valid
    return Harm(
        nodes=_estimate_nodes(placement, network, probe),
        blocks=_estimate_lost_calls(placement, network, probe),
        gwei=float(probe.price if is_caught else probe.fee),
    )


def _estimate_nodes(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the nodes that validate a script which is registered."""
    if placement.validates_at_registration:
        return network.beacon_nodes
    if placement.validates_at_execution:
        return _estimate_calling_nodes(placement, network, probe)
    nodes = {
        _EAGER: network.all_shards * network.shard_nodes,
        _COMMITTEE: network.voters,
        _OPTIMISTIC: network.challengers if probe.is_valid else network.beacon_nodes,
    }
    return nodes.get(placement.name, 0)


def _estimate_calling_nodes(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the nodes that validate because a script is called, over all shards.

    A careful proposer leaves out what traps, and gives up on a bad script for good, so that later
    calls are only made as long as all proposers before were careless. Marks end it too, and so
    does having paid.
    """
    calls = min(1, network.calls) if placement.nodes_remember else network.calls
    if probe.is_valid and probe.returns:
        return network.shards * calls * network.shard_nodes
    per_call = network.careless * network.shard_nodes + (1 - network.careless) * _ONE_PROPOSER
    if not probe.is_valid:
        return network.shards * per_call * _sum_chances(network.careless, calls)
    if not placement.nodes_remember:
        return network.shards * per_call * network.calls
    all_careful = (1 - network.careless) ** network.calls
    return network.shards * (network.shard_nodes * (1 - all_careful) + _ONE_PROPOSER * all_careful)


def _estimate_lost_calls(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the shard blocks that calls of a registered script cost, over all shards."""
    careless, calls = network.careless, network.shards * network.calls
    if probe.is_valid or placement.name == _NOBODY:
        return 0.0 if probe.returns else careless * calls
    if placement.name == _OPTIMISTIC:
        return calls if probe.returns else careless * calls
    if placement.validates_at_execution:
        tries = min(1, network.calls) if placement.nodes_remember else network.calls
        return network.shards * careless * _sum_chances(careless, tries)
    return 0.0


def _sum_chances(careless: float, tries: int) -> float:
    """Return how many tries are made if the first careful proposer ends them."""
    return sum(careless**number for number in range(tries))


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
        scripts = min(chances, budget / harm.gwei) if harm.gwei else float(chances)
        if budget < probe.price:
            scripts = 0.0  # a sender who cannot pay does not even try
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
