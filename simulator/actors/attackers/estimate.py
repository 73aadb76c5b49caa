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
- *which blocks are lost.* Beacon blocks that a bad script invalidates. Shard blocks of careless
  proposers: they call what cannot be called yet, what is known to be bad, and what traps. Where
  careful ones see the call trap they leave out that call, where they read or find a verdict they
  give up on the script. And blocks that are called back, careless or not, because a bad script
  that seemed to work was caught before a crosslink made them final.

How many scripts it can send is bounded by its budget over that price, and by how often it may
try. It takes the kind with the most harm per ETH, so what costs nothing comes first. The estimate
is coarse on purpose (proposers are drawn evenly, shards are never busy, committees are honest);
the run itself counts what really happens.

Source:
    PROTOCOL 7 (who, when, total cost).
"""

import math
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
        wait_slots: Slots from registration until shards may call a good script.
        final_share: How likely one challenger looks before a call of the script is final.
        careless: Share of proposers who include whatever arrives.
        calls: Calls per script and shard: u.
    """

    beacon_nodes: int
    shard_nodes: int
    shards: int
    all_shards: int
    voters: int
    challengers: int
    wait_slots: int
    final_share: float
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
        gwei: What they cost the attacker.
        cpu_seconds: Modelled seconds of all nodes together.
        blocks: Blocks lost.
        decoded_bytes: How far validators read into each script.
    """

    kind: AttackKind
    scripts: float
    gwei: float
    cpu_seconds: float
    blocks: float
    decoded_bytes: int

    def rate(self, harm: float) -> float:
        """Return harm per Gwei: infinite if it is free, unless there is none."""
        if not harm:
            return 0.0
        return harm / self.gwei if self.gwei else math.inf


_DEFERRED: Final = "beacon-deferred"
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


def estimate_wait_slots(config: ChainConfig) -> int:
    """Return for how many slots a registered script cannot be called yet.

    Source:
        PROTOCOL 7 (usable after): D slots, one shard slot, and a vote with its crosslink.
    """
    waits = {_DEFERRED: config.deferral_slots, _EAGER: 1, _COMMITTEE: 2}
    return waits.get(config.strategy, 0)


def estimate_final_share(config: ChainConfig) -> float:
    """Return the share of a challenge window for which a shard block waits for its crosslink.

    Source:
        PROTOCOL 7 (dependent shard blocks revert) and 3.1: what is crosslinked stands.
    """
    open_slots = config.crosslink_lag_slots + config.crosslink_interval_slots - 1
    return min(1.0, open_slots / config.challenge_window_slots)


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
        # Where its turn comes later it can be called meanwhile, if a careless one let it in.
        calls = (
            _estimate_lost_calls(placement, network, probe) if is_called(placement, probe) else 0
        )
        return Harm(nodes, blocks=careless * calls, gwei=careless * probe.fee)
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


def is_called(placement: Placement, probe: Probe) -> bool:
    """Tell whether calls of such a script can be tried: what never had an index cannot be called.

    Source:
        PROTOCOL 7.
    """
    return probe.is_valid or placement.name == _DEFERRED or not placement.validates_at_registration


def _estimate_lost_calls(placement: Placement, network: Network, probe: Probe) -> float:
    """Return the shard blocks that calls of a registered script cost, over all shards."""
    careless = network.careless
    early = _estimate_early_calls(network)
    calls = network.calls - early
    if probe.is_valid or placement.name == _NOBODY:
        lost = 0.0 if probe.returns else careless * calls
    elif placement.name == _OPTIMISTIC:
        lost = calls * (_estimate_call_back(network) if probe.returns else careless)
    else:
        is_first_told = placement.validates_at_execution and placement.nodes_remember
        lost = careless * _sum_chances(careless, min(1.0, calls) if is_first_told else calls)
    return network.shards * (early + lost)


def _estimate_early_calls(network: Network) -> float:
    """Return the calls on a shard that come too early: careful proposers wait, others lose a block.

    In each slot of the wait one proposer may be careless, and it takes one call.
    """
    slots, careless = network.wait_slots, network.careless
    return sum(
        min(taken, network.calls)
        * math.comb(slots, taken)
        * careless**taken
        * (1 - careless) ** (slots - taken)
        for taken in range(slots + 1)
    )


def _estimate_call_back(network: Network) -> float:
    """Return how likely any challenger looks before a call is final."""
    return 1 - (1 - network.final_share) ** network.challengers


def _sum_chances(careless: float, tries: float) -> float:
    """Return how many tries are made if the first careful proposer ends them."""
    whole = math.floor(tries)
    return sum(careless**number for number in range(whole)) + (tries - whole) * careless**whole


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
        estimates.append(
            Estimate(
                probe.kind,
                scripts,
                gwei=scripts * harm.gwei,
                cpu_seconds=scripts * harm.nodes * costs.compute_seconds(probe.size_bytes),
                blocks=scripts * harm.blocks,
                decoded_bytes=probe.decoded_bytes,
            )
        )
    return estimates


def choose_kind(estimates: Iterable[Estimate], goal: AttackGoal) -> AttackKind:
    """Return the kind that does most of what the attacker wants per ETH.

    Ties, and kinds that cost nothing, are told apart by how much they do in all, then by the
    other kind of harm, then by how far validators read; at last the first by name is taken.

    Source:
        Ours: a budget buys the most where the price of a harm is lowest.
    """

    def rank(estimate: Estimate) -> tuple[float, float, float, int, str]:
        first, second = estimate.cpu_seconds, estimate.blocks
        if goal is AttackGoal.BLOCKS:
            first, second = second, first
        rate = estimate.rate(first)
        return -rate, -first, -second, -estimate.decoded_bytes, estimate.kind.value

    return min(estimates, key=rank).kind
