"""Findings: what a reader should know before trusting the numbers of a run.

Source:
    Ours.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from chain.config import BlsBackend, ChainConfig, Libraries
from simulator.metrics import QUEUES, ROUTES, Number
from simulator.wording import count_of

_WAITING: Final[Mapping[str, str]] = {
    "claim": "deposit receipts that wait to be claimed",
    "delivery": "what waits at relayers to enter a shard",
    "relay": "transfers that wait at relayers to leave a shard",
    "withdrawal": "validators that wait to withdraw",
}

Metrics = Mapping[str, Number]


def compute_findings(metrics: Metrics, config: ChainConfig) -> Iterator[str]:
    """Return one sentence per finding."""
    yield from _find_claim_queue(metrics, config)
    for find in _FINDERS:
        yield from find(metrics)
    if config.bls is BlsBackend.INSECURE:
        yield "Signatures were hashes that anybody can forge (bls: insecure)."
    if config.execution.libraries is Libraries.WASM:
        yield "System libraries were wasm: what they do costs fuel by instruction, not by price."


def find_load(metrics: Metrics) -> Iterator[str]:
    """Say which queues grow without bound or, if none does, that the load is below the limit.

    Source:
        Ours: a rate measured below saturation is how fast users came, not what a route can do.
    """
    growing = find_growing_queues(metrics)
    for name, growth in growing.items():
        yield (
            f"The {name} queue ({_WAITING[name]}) grows without bound: about {growth:.3g} more "
            "per slot."
        )
    used = [route for route in ROUTES if metrics.get(f"routes.{route}.settled", 0)]
    if used and not growing and not metrics["claims.full_blocks"]:
        routes = f"route {used[0]}" if len(used) == 1 else f"routes {', '.join(used)}"
        yield (
            f"The load does not saturate {routes}: throughput figures are the load's, not the "
            "route's."
        )


def find_growing_queues(metrics: Metrics) -> Mapping[str, Number]:
    """Return the queues that grow without bound, and by how much per slot."""
    growth = {name: metrics[f"queues.{name}_growth_per_slot"] for name in QUEUES}
    return {name: value for name, value in growth.items() if value}


def _find_claim_queue(metrics: Metrics, config: ChainConfig) -> Iterator[str]:
    """Say whether the claim queue was the bottleneck.

    Source:
        PROTOCOL 8: at most 16 claims in a block, the queue is part of the experiment.
    """
    full, slots = metrics["claims.full_blocks"], metrics["slots"]
    limit = config.max_claims_per_block
    if full:
        yield (
            f"The claim queue was saturated: {full} of {slots} beacon blocks were full with "
            f"{limit} claims, up to {metrics['claims.queue_max']} deposits waited, and "
            f"{metrics['claims.queue_end']} still wait at the end."
        )
    elif metrics["deposits.claimed"]:
        yield f"The claim queue never filled a block: the load is below {limit} claims per slot."


def _find_lost_blocks(metrics: Metrics) -> Iterator[str]:
    lost = metrics["beacon.blocks_lost"]
    if lost:
        yield f"{lost} of {metrics['slots']} beacon slots were lost to refused blocks."


def _find_orphans(metrics: Metrics) -> Iterator[str]:
    """Say what orphaned crosslinks took back.

    Source:
        PROTOCOL 10 (the researchers' question what an orphaned crosslink reverts).
    """
    crosslinks = metrics["beacon.crosslinks_orphaned"]
    if crosslinks:
        blocks = _count(metrics["beacon.blocks_orphaned"], "beacon block")
        undone = _count(metrics.get("shards.blocks_reverted", 0), "shard block", "was", "were")
        times = _count(metrics["deposits.reverted"], "time")
        yield (
            f"{blocks} with {_count(crosslinks, 'crosslink')} became orphaned: {undone} called "
            f"back, which set transfers back {times}."
        )


def _find_faults(metrics: Metrics) -> Iterator[str]:
    for name, struck in metrics.items():
        fault = name.removeprefix("faults.").removesuffix(".struck")
        if name == f"faults.{fault}.struck":
            succeeded = metrics[f"faults.{fault}.succeeded"]
            gwei = metrics[f"faults.{fault}.gwei"]
            about = f", about {_format(gwei)} Gwei" if gwei else ""
            yield f"Fault {fault} struck {_count(struck, 'time')}, {succeeded} with success{about}."


def _find_troubled_transfers(metrics: Metrics) -> Iterator[str]:
    stuck, expired = metrics["deposits.stuck"], metrics["deposits.expired"]
    if stuck:
        they = "it waits" if stuck == 1 else "they wait"
        yield f"{_count(stuck, 'deposit', 'is', 'are')} stuck: what {they} for cannot come in."
    if expired:
        back = metrics["deposits.returned"]
        yield f"{_count(expired, 'deposit')} expired on the way; {back} went back to their senders."


def _find_missing_eth(metrics: Metrics) -> Iterator[str]:
    """Say whether scripts owe more than they own.

    Source:
        PROTOCOL 3.6 (solvency), 8 (without replay protection one receipt pays many times).
    """
    printed = metrics["eth.printed_gwei"]
    if printed:
        replays = _count(metrics.get("faults.replay.succeeded", 0), "replay")
        yield f"Scripts printed {_format(printed)} Gwei out of thin air: {replays} succeeded."
    solvency = metrics.get("eth.solvency_gwei", 0)
    if solvency < 0:
        yield (
            "The scripts are insolvent: their pooled balance falls "
            f"{_format(-solvency)} Gwei short of accounts and ETH in flight."
        )
    elif solvency:
        yield (
            f"The scripts' pooled balance holds {_format(solvency)} Gwei more than accounts and "
            "ETH in flight."
        )


def _find_costs(metrics: Metrics) -> Iterator[str]:
    """Say what validating cost beyond what it should.

    Source:
        PROTOCOL 7 (about 100 ms of execution per block).
    """
    over = metrics.get("costs.slots_over_budget", 0)
    if over:
        peak = metrics["costs.peak_slot_seconds"]
        yield (
            f"Validating was beyond a slot's budget in {_count(over, 'slot')}: the busiest node "
            f"needed {peak:,.3g} modelled seconds in one of them."
        )
    attack, fees = metrics.get("costs.attack_seconds", 0), metrics.get("costs.attack_fees_gwei", 0)
    if attack and not fees:
        yield (
            f"Bad scripts cost the network {attack:,.3g} modelled seconds, and their senders "
            "nothing."
        )
    wrong = metrics.get("validation.wrong_verdicts", 0)
    if wrong:
        yield f"{_count(wrong, 'verdict', 'was', 'were')} wrong: good code refused, or bad let in."


def _find_dead_code(metrics: Metrics) -> Iterator[str]:
    dead = metrics.get("state.dead_code_bytes", 0)
    if dead:
        yield f"{_format(dead)} bytes of code that can never run stay in the state."


def _find_stale_witnesses(metrics: Metrics) -> Iterator[str]:
    repaired = metrics["witness.repaired"]
    if repaired:
        yield (
            f"{_count(repaired, 'witness', 'was', 'were')} stale and had to be made again, because "
            "another block landed first."
        )


_FINDERS: Final[tuple[Callable[[Metrics], Iterator[str]], ...]] = (
    find_load,
    _find_lost_blocks,
    _find_orphans,
    _find_faults,
    _find_troubled_transfers,
    _find_missing_eth,
    _find_stale_witnesses,
    _find_costs,
    _find_dead_code,
)
"""What is looked for, in the order in which it is told."""


def _count(number: Number, noun: str, one: str = "", many: str = "") -> str:
    """Return a number of things, with the verb that fits if one is given."""
    words = [count_of(number, noun), one if number == 1 else many]
    return " ".join(word for word in words if word)


def _format(number: Number) -> str:
    return f"{number:,}"
