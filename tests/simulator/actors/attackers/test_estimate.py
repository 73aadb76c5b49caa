"""What an attacker expects of each kind, worked out by hand for a small network.

Sixteen beacon nodes, four shards of four nodes, half of the proposers careless, every script
called twice on every shard. A script has 9,000 bytes: 0.01 seconds of compiling on every node,
and next to nothing of validating.
"""

from dataclasses import replace
from typing import Final

import pytest

from chain.config import DEMO
from chain.placement import get_placements
from chain.types import Gwei
from simulator.actors.attackers.estimate import (
    Harm,
    Network,
    Probe,
    choose_kind,
    compute_price,
    estimate_campaigns,
    estimate_final_share,
    estimate_harm,
    estimate_wait_slots,
)
from simulator.costs import CostModel
from simulator.scenario import AttackGoal, AttackKind

NETWORK: Final = Network(
    beacon_nodes=16,
    shard_nodes=4,
    shards=4,
    all_shards=4,
    voters=6,
    challengers=3,
    wait_slots=0,
    final_share=0.125,
    careless=0.5,
    calls=2,
)
BAD: Final = Probe(
    AttackKind.FLOAT_CODE,
    size_bytes=9_000,
    fee=100,
    price=150,
    is_valid=False,
    is_admitted=True,
    returns=True,
    decoded_bytes=8_900,
)
GOOD: Final = replace(BAD, kind=AttackKind.DEEP_NESTING, is_valid=True, decoded_bytes=9_000)
TRAPPING: Final = replace(GOOD, kind=AttackKind.ALWAYS_TRAPS, returns=False)
OVERSIZED: Final = replace(BAD, kind=AttackKind.OVERSIZED, is_admitted=False, decoded_bytes=0)


NINE: Final = (
    "beacon-block",
    "beacon-operation",
    "beacon-deferred",
    "shard-eager",
    "shard-lazy",
    "shard-every-call",
    "committee",
    "optimistic",
    "none",
)


def harm(strategy: str, probe: Probe, network: Network = NETWORK) -> Harm:
    return estimate_harm(get_placements()[strategy](), network, probe)


# A proposer is careful, and looks alone, or careless, and 16 nodes look: 0.5 + 8. On a shard 4
# nodes look: 0.5 + 2 at the first call, half of that at the second.
@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("beacon-block", Harm(nodes=8.5, blocks=0.5, gwei=0)),
        ("beacon-operation", Harm(nodes=8.5, blocks=0, gwei=50)),
        # Included half of the time; then called until a careful proposer reads the verdict.
        ("beacon-deferred", Harm(nodes=8.5, blocks=1.5, gwei=50)),
        ("shard-eager", Harm(nodes=16, blocks=3, gwei=100)),
        ("shard-lazy", Harm(nodes=10, blocks=2, gwei=100)),
        ("shard-every-call", Harm(nodes=15, blocks=3, gwei=100)),
        ("committee", Harm(nodes=6, blocks=3, gwei=100)),
        # Caught after it ran, bond lost; before a crosslink 1 - (7/8)**3 of the time.
        ("optimistic", Harm(nodes=16, blocks=8 * (1 - 343 / 512), gwei=150)),
        ("none", Harm(nodes=0, blocks=0, gwei=100)),
    ],
)
def test_estimate_harm_bad_script_costs_whom_the_placement_makes_look(
    strategy: str, expected: Harm
) -> None:
    assert harm(strategy, BAD) == expected


@pytest.mark.parametrize(
    ("strategy", "nodes"),
    [
        ("beacon-block", 16),
        ("beacon-operation", 16),
        ("beacon-deferred", 16),
        ("shard-eager", 16),
        ("shard-lazy", 16),
        ("shard-every-call", 32),
        ("committee", 6),
        ("optimistic", 3),
        ("none", 0),
    ],
)
def test_estimate_harm_valid_script_pays_its_fee_and_costs_everybody_who_validates(
    strategy: str, nodes: int
) -> None:
    assert harm(strategy, GOOD) == Harm(nodes=nodes, blocks=0, gwei=100)


@pytest.mark.parametrize("strategy", NINE)
def test_estimate_harm_trapping_script_costs_careless_callers_their_blocks(strategy: str) -> None:
    assert harm(strategy, TRAPPING).blocks == 4


def test_estimate_harm_careful_proposers_keep_what_traps_to_themselves() -> None:
    # Two calls on each of four shards: all proposers of a shard are careful once in four times.
    assert harm("shard-lazy", TRAPPING).nodes == 4 * (0.75 * 4 + 0.25 * 1)
    assert harm("shard-every-call", TRAPPING).nodes == 8 * (0.5 * 4 + 0.5 * 1)


def test_estimate_harm_bad_script_that_traps_costs_blocks_where_nobody_validates() -> None:
    assert harm("none", replace(BAD, returns=False)).blocks == 4


def test_estimate_harm_oversized_script_costs_nothing_but_the_block_that_carries_it() -> None:
    assert harm("beacon-block", OVERSIZED) == Harm(nodes=0, blocks=0.5, gwei=0)
    assert harm("beacon-operation", OVERSIZED) == Harm(nodes=0, blocks=0, gwei=0)


def test_estimate_harm_careful_proposers_keep_bad_scripts_to_themselves() -> None:
    careful = replace(NETWORK, careless=0.0)

    assert harm("beacon-operation", BAD, careful) == Harm(nodes=1, blocks=0, gwei=0)
    assert harm("shard-every-call", BAD, careful) == Harm(nodes=4, blocks=0, gwei=100)


def test_estimate_harm_script_that_nobody_calls_costs_no_shard_anything() -> None:
    idle = replace(NETWORK, calls=0)

    assert harm("shard-lazy", BAD, idle) == Harm(nodes=0, blocks=0, gwei=100)


def test_estimate_campaigns_budget_or_time_bounds_the_scripts() -> None:
    placement = get_placements()["beacon-operation"]()

    def count(budget: int, chances: int) -> tuple[float, float]:
        estimates = estimate_campaigns(
            placement, NETWORK, [BAD, GOOD], budget=budget, chances=chances, costs=CostModel()
        )
        return estimates[0].scripts, estimates[1].scripts

    assert count(budget=1_000, chances=100) == (20, 10)
    assert count(budget=1_000, chances=15) == (15, 10)
    assert count(budget=149, chances=15) == (0, 0)


def test_estimate_campaigns_seconds_are_those_of_the_cost_model() -> None:
    placement = get_placements()["beacon-operation"]()
    (estimate,) = estimate_campaigns(
        placement, NETWORK, [GOOD], budget=1_000, chances=100, costs=CostModel()
    )

    # Ten scripts on sixteen nodes; 9,000 / 130,000,000 + 9,000 / 900,000 seconds each.
    assert estimate.cpu_seconds == pytest.approx(160 * 0.010069, abs=1e-9)


def test_estimate_harm_calls_that_come_too_early_cost_careless_proposers_their_blocks() -> None:
    waiting = replace(NETWORK, wait_slots=2)

    # Of two slots none, one or both are a careless proposer's: one call in the mean. Careful ones
    # wait with the other; that traps for a careless one, or breaks a rule for all.
    assert harm("beacon-deferred", GOOD, waiting).blocks == 4 * 1
    assert harm("beacon-deferred", TRAPPING, waiting).blocks == 4 * (1 + 0.5)
    assert harm("shard-eager", BAD, waiting).blocks == 4 * (1 + 0.5)
    # One that is refused half of the time cannot be called then.
    assert harm("beacon-deferred", BAD, waiting).blocks == 0.5 * 4 * (1 + 0.5)


def test_estimate_harm_slow_crosslinks_let_everything_be_called_back() -> None:
    assert harm("optimistic", BAD, replace(NETWORK, final_share=1.0)).blocks == 8


def test_estimate_wait_slots_is_what_the_placement_takes() -> None:
    config = replace(DEMO, deferral_slots=5)

    waits = {name: estimate_wait_slots(replace(config, strategy=name)) for name in NINE}

    assert {name: wait for name, wait in waits.items() if wait} == {
        "beacon-deferred": 5,
        "shard-eager": 1,
        "committee": 2,
    }


def test_estimate_final_share_is_that_of_the_window_before_the_crosslink() -> None:
    config = replace(DEMO, crosslink_lag_slots=1, crosslink_interval_slots=2)

    assert estimate_final_share(replace(config, challenge_window_slots=16)) == 2 / 16
    assert estimate_final_share(replace(config, challenge_window_slots=1)) == 1


@pytest.mark.parametrize(
    ("strategy", "goal", "kind"),
    [
        # Free where it costs the block, and nothing is better per ETH; half price where the
        # operation fails.
        ("beacon-block", AttackGoal.BLOCKS, AttackKind.FLOAT_CODE),
        ("beacon-operation", AttackGoal.CPU, AttackKind.FLOAT_CODE),
        ("shard-lazy", AttackGoal.CPU, AttackKind.DEEP_NESTING),
        ("shard-lazy", AttackGoal.BLOCKS, AttackKind.ALWAYS_TRAPS),
        ("shard-every-call", AttackGoal.CPU, AttackKind.DEEP_NESTING),
        # A bad one costs a bond as well, and what is crosslinked stands.
        ("optimistic", AttackGoal.BLOCKS, AttackKind.ALWAYS_TRAPS),
        ("none", AttackGoal.BLOCKS, AttackKind.ALWAYS_TRAPS),
    ],
)
def test_choose_kind_takes_what_hurts_most(
    strategy: str, goal: AttackGoal, kind: AttackKind
) -> None:
    estimates = estimate_campaigns(
        get_placements()[strategy](),
        NETWORK,
        [BAD, GOOD, TRAPPING, OVERSIZED],
        budget=1_000,
        chances=20,
        costs=CostModel(),
    )

    assert choose_kind(estimates, goal) is kind


def test_compute_price_has_a_bond_only_where_one_is_asked() -> None:
    config = replace(
        DEMO, new_code_fee=Gwei(7), new_code_byte_fee=Gwei(2), challenge_bond_gwei=Gwei(1_000)
    )

    assert compute_price(10, replace(config, strategy="beacon-operation")) == 27
    assert compute_price(10, replace(config, strategy="optimistic")) == 1_027
