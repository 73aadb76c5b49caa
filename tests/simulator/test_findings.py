"""Findings: each sentence appears when it should, with the right numbers, and not otherwise."""

from collections.abc import Mapping
from dataclasses import replace

from chain.config import DEMO, BlsBackend
from simulator.findings import compute_findings
from simulator.metrics import Metrics, Number

INSECURE = replace(DEMO, bls=BlsBackend.INSECURE)


def build_metrics(**changes: Number) -> Mapping[str, Number]:
    zeros = Metrics(DEMO).compute()
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    return {**zeros, "claims.queue_end": 0, "eth.solvency_gwei": 0, **changed}


def test_compute_findings_quiet_run_finds_nothing() -> None:
    assert list(compute_findings(build_metrics(), DEMO)) == []


def test_compute_findings_saturated_queue_is_named_with_its_numbers() -> None:
    metrics = build_metrics(
        slots=96,
        deposits__claimed=100,
        claims__full_blocks=60,
        claims__queue_max=512,
        claims__queue_end=12,
    )

    (finding,) = compute_findings(metrics, DEMO)
    assert finding == (
        "The claim queue was saturated: 60 of 96 beacon blocks were full with 16 claims, "
        "up to 512 deposits waited, and 12 still wait at the end."
    )


def test_compute_findings_unsaturated_queue_says_so() -> None:
    metrics = build_metrics(slots=96, deposits__claimed=100)

    assert list(compute_findings(metrics, DEMO)) == [
        "The claim queue never filled a block: the load is below 16 claims per slot."
    ]


def test_compute_findings_lost_slots_are_named() -> None:
    metrics = build_metrics(slots=48, beacon__blocks_lost=3)

    assert list(compute_findings(metrics, DEMO)) == [
        "3 of 48 beacon slots were lost to refused blocks."
    ]


def test_compute_findings_stuck_deposits_are_named() -> None:
    (finding,) = compute_findings(build_metrics(deposits__stuck=2), DEMO)

    assert finding.startswith("2 deposits are stuck")


def test_compute_findings_gap_between_books_is_named() -> None:
    (finding,) = compute_findings(build_metrics(eth__solvency_gwei=-5), DEMO)

    assert "-5 Gwei" in finding


def test_compute_findings_insecure_signatures_are_confessed() -> None:
    (finding,) = compute_findings(build_metrics(), INSECURE)

    assert "bls: insecure" in finding
