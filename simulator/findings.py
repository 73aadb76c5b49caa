"""Findings: what a reader should know before trusting the numbers of a run.

Source:
    Ours.
"""

from collections.abc import Iterator, Mapping

from chain.config import BlsBackend, ChainConfig
from simulator.metrics import Number


def compute_findings(metrics: Mapping[str, Number], config: ChainConfig) -> Iterator[str]:
    """Return one sentence per finding."""
    yield from _find_claim_queue(metrics, config)
    if metrics["beacon.blocks_lost"]:
        lost = metrics["beacon.blocks_lost"]
        yield f"{lost} of {metrics['slots']} beacon slots were lost to refused blocks."
    if metrics["deposits.stuck"]:
        yield f"{metrics['deposits.stuck']} deposits are stuck: their receipts cannot be delivered."
    if metrics.get("eth.solvency_gwei", 0):
        gap = metrics["eth.solvency_gwei"]
        yield f"Pools and the scripts' balances differ by {gap} Gwei."
    if config.bls is BlsBackend.INSECURE:
        yield "Signatures were hashes that anybody can forge (bls: insecure)."


def _find_claim_queue(metrics: Mapping[str, Number], config: ChainConfig) -> Iterator[str]:
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
