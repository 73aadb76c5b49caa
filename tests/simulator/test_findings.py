"""Findings: each sentence appears when it should, with the right numbers, and not otherwise."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

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


def test_compute_findings_growing_queue_is_named_with_its_pace() -> None:
    metrics = build_metrics(
        queues__relay_growth_per_slot=1.996, routes__receipt__settled=50, slots=96
    )

    (finding,) = compute_findings(metrics, DEMO)
    assert finding == (
        "The relay queue (transfers that wait at relayers to leave a shard) grows without bound: "
        "about 2 more per slot."
    )


def test_compute_findings_load_below_the_limit_is_confessed() -> None:
    one = build_metrics(routes__receipt__settled=50, routes__netting__settled=0)
    two = build_metrics(routes__receipt__settled=50, routes__netting__settled=3)

    (finding,) = compute_findings(one, DEMO)
    assert finding == (
        "The load does not saturate route receipt: throughput figures are the load's, not the "
        "route's."
    )
    (finding,) = compute_findings(two, DEMO)
    assert finding.startswith("The load does not saturate routes receipt, netting: ")


def test_compute_findings_full_claim_blocks_are_not_called_unsaturated() -> None:
    metrics = build_metrics(routes__beacon__settled=50, claims__full_blocks=3, claims__queue_max=9)

    assert not any("does not saturate" in finding for finding in compute_findings(metrics, DEMO))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"deposits__stuck": 1},
            "1 deposit is stuck: what it waits for cannot come in.",
            id="one stuck",
        ),
        pytest.param(
            {"deposits__stuck": 2},
            "2 deposits are stuck: what they wait for cannot come in.",
            id="stuck",
        ),
        pytest.param(
            {"deposits__expired": 5, "deposits__returned": 3},
            "5 deposits expired on the way; 3 went back to their senders.",
            id="expired",
        ),
        pytest.param(
            {
                "beacon__blocks_orphaned": 1,
                "beacon__crosslinks_orphaned": 4,
                "shards__blocks_reverted": 12,
                "deposits__reverted": 7,
            },
            "1 beacon block with 4 crosslinks became orphaned: 12 shard blocks were called back, "
            "which set transfers back 7 times.",
            id="orphaned",
        ),
        pytest.param(
            {"witness__repaired": 1},
            "1 witness was stale and had to be made again, because another block landed first.",
            id="one stale witness",
        ),
        pytest.param(
            {"witness__repaired": 40},
            "40 witnesses were stale and had to be made again, because another block landed first.",
            id="stale witnesses",
        ),
        pytest.param(
            {"eth__solvency_gwei": -5_000},
            "The scripts are insolvent: their pooled balance falls 5,000 Gwei short of accounts "
            "and ETH in flight.",
            id="insolvent",
        ),
        pytest.param(
            {"eth__solvency_gwei": 5},
            "The scripts' pooled balance holds 5 Gwei more than accounts and ETH in flight.",
            id="more than solvent",
        ),
    ],
)
def test_compute_findings_trouble_is_named_with_its_numbers(
    changes: dict[str, Number], sentence: str
) -> None:
    assert list(compute_findings(build_metrics(**changes), DEMO)) == [sentence]


def test_compute_findings_printed_eth_is_named_with_the_replays() -> None:
    metrics = build_metrics(
        eth__printed_gwei=2_000_000_000,
        faults__replay__struck=4,
        faults__replay__succeeded=2,
        faults__replay__gwei=4_000_000_000,
    )

    assert list(compute_findings(metrics, DEMO)) == [
        "Fault replay struck 4 times, 2 with success, about 4,000,000,000 Gwei.",
        "Scripts printed 2,000,000,000 Gwei out of thin air: 2 replays succeeded.",
    ]


def test_compute_findings_fault_without_eth_names_none() -> None:
    metrics = build_metrics(
        faults__withhold__struck=1, faults__withhold__succeeded=0, faults__withhold__gwei=0
    )

    assert list(compute_findings(metrics, DEMO)) == [
        "Fault withhold struck 1 time, 0 with success."
    ]


def test_compute_findings_insecure_signatures_are_confessed() -> None:
    (finding,) = compute_findings(build_metrics(), INSECURE)

    assert "bls: insecure" in finding
