"""The table of PROTOCOL 7, row by row: who pays, when a script is usable, what a bad one costs.

Sixteen nodes are on duty (N), four shards have committees of two (S, n); one script is called
twice on each of three shards (u, A). Five vote, three challenge (w).
"""

from pathlib import Path

import pytest

from chain.placement import get_placements
from simulator import events
from simulator.runner import RunResult
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    Settings,
    build_scenario,
    call,
    deposit,
    get_step_events,
    register,
    run_scenario,
    select,
)
from tests.helpers.scripts import read_script

N, S, SHARD_NODES, A, U, SEATS, W = 16, 4, 2, 3, 2, 5, 3
DEFERRAL, WINDOW, BOND = 2, 4, 10**9
FEE = 10**9 + 10**4 * len(read_script("bad_float"))

VALIDATION = {
    "deferral_slots": DEFERRAL,
    "committee_size": SEATS,
    "challengers": W,
    "challenge_window_slots": WINDOW,
    "challenge_bond_gwei": BOND,
}
CALLS = [("script", slot, shard) for slot in (5, 6) for shard in range(A)]


def run_placement(strategy: str, script: str, folder: Path, **changes: object) -> RunResult:
    """Register a script in slot 1 and call it in slots 5 and 6; all within one epoch."""
    scenario = build_scenario(
        7,
        chain={"max_committee_size": SHARD_NODES},
        genesis={"validators": N},
        validation={"strategy": strategy, **VALIDATION},
        events=[register("script", script), *[call(*each) for each in CALLS]],
    )
    for key, value in changes.items():
        nested = isinstance(value, dict)
        scenario[key] = {**scenario.get(key, {}), **value} if nested else value  # type: ignore[dict-item]  # Settings
    return run_scenario(scenario, folder)


@pytest.mark.parametrize(
    ("strategy", "validations", "usable_after", "mark_bytes"),
    [
        ("beacon-block", N, 1, 0),
        ("beacon-operation", N, 1, 1),
        ("beacon-deferred", N, 1 + DEFERRAL, 9),
        ("shard-eager", S * SHARD_NODES, 2, S),
        ("shard-lazy", A * SHARD_NODES, 1, A),
        ("shard-every-call", A * U * SHARD_NODES, 1, 0),
        # Voted in slot 2, and slot 4 has the first crosslink that reaches that far.
        ("committee", SEATS, 4, 25),
        ("optimistic", W, 1, 1),
        ("none", 0, 1, 0),
    ],
)
def test_good_script_costs_what_the_table_says(
    strategy: str, validations: int, usable_after: int, mark_bytes: int, tmp_path: Path
) -> None:
    result = run_placement(strategy, HELLO, tmp_path)

    metrics = result.metrics
    assert metrics["validation.node_validations"] == validations
    assert metrics["scripts.slots_to_usable.max"] == usable_after
    assert metrics["shards.blocks"] == A * U
    assert metrics["validation.wrong_verdicts"] == 0
    assert metrics["conservation_error"] == 0
    marks = [script.mark for script in result.states.beacon.execution_scripts]
    marks += [mark for shard in result.states.shards for mark in shard.marks]
    assert sum(map(len, marks)) == mark_bytes


LOSSES = (
    "validation.node_validations",
    "eth.burned_gwei",
    "beacon.blocks_lost",
    "shards.blocks_rejected",
    "shards.noop_blocks",
    "shards.blocks",
)


@pytest.mark.parametrize(
    ("strategy", "losses"),
    [
        ("beacon-block", (N, 0, 1, 0, 0, 0)),
        ("beacon-operation", (N, FEE, 0, 0, 0, 0)),
        ("beacon-deferred", (N, FEE, 0, A * U, 0, 0)),
        ("shard-eager", (S * SHARD_NODES, FEE, 0, A * U, 0, 0)),
        ("shard-lazy", (A * SHARD_NODES, FEE, 0, A, A, A)),
        ("shard-every-call", (A * U * SHARD_NODES, FEE, 0, A * U, 0, 0)),
        ("committee", (SEATS, FEE, 0, A * U, 0, 0)),
        # Objected to before the first call; the objector has the other half of the bond.
        ("optimistic", (N, FEE + BOND // 2, 0, A * U, 0, 0)),
        ("none", (0, FEE, 0, 0, 0, A * U)),
    ],
)
def test_bad_script_costs_the_careless_what_the_table_says(
    strategy: str, losses: tuple[int, ...], tmp_path: Path
) -> None:
    result = run_placement(strategy, FLOAT, tmp_path, proposers={"careless": 1.0})

    assert tuple(result.metrics[name] for name in LOSSES) == losses
    assert result.metrics["validation.wrong_verdicts"] == 0
    assert result.metrics["conservation_error"] == 0


@pytest.mark.parametrize(
    ("strategy", "role", "chain"),
    [
        ("beacon-deferred", "beacon nodes", "beacon"),
        ("shard-eager", "shard committee", "shard 0"),
        ("shard-every-call", "shard committee", "shard 0"),
        ("committee", "shard committee", "beacon"),
        ("optimistic", "challenger", "beacon"),
    ],
)
def test_placement_charges_whoever_the_table_names(
    strategy: str, role: str, chain: str, tmp_path: Path
) -> None:
    result = run_placement(strategy, HELLO, tmp_path)

    paid = {(e.role, e.chain) for e in select(result.events, events.ScriptValidated) if e.nodes}
    assert (role, chain) in paid
    assert {paid_role for paid_role, _ in paid} <= {role, "proposer"}


def test_beacon_deferred_honest_proposer_alone_pays_for_a_bad_script(tmp_path: Path) -> None:
    result = run_placement("beacon-deferred", FLOAT, tmp_path)

    (refused,) = select(result.events, events.ScriptRefused)
    assert (refused.code, refused.by) == ("float_type", "proposer")
    assert result.metrics["validation.node_validations"] == 1
    assert result.metrics["eth.burned_gwei"] == 0


def test_beacon_deferred_peak_is_the_budget(tmp_path: Path) -> None:
    size = len(read_script("helloworld"))
    scenario = build_scenario(
        8,
        genesis={"depositors": 4},
        validation={"strategy": "beacon-deferred", "deferred_bytes_per_slot": size},
        proposers={"careless": 1.0},
        # The last is not the same code, which a node would validate only once.
        events=[
            register(f"script{number}", RELAY if number == 3 else HELLO, sender=number)
            for number in range(4)
        ],
    )

    result = run_scenario(scenario, tmp_path)

    validated = select(result.events, events.ScriptValidated)
    assert [event.slot for event in validated][:3] == [2, 3, 4]
    assert max(event.busiest_bytes for event in validated) <= size


def test_calls_of_a_script_that_is_not_usable_yet_wait(tmp_path: Path) -> None:
    events_ = [register("script", HELLO), call("script", 2)]
    scenario = build_scenario(
        8, validation={"strategy": "beacon-deferred", "deferral_slots": 4}, events=events_
    )

    result = run_scenario(scenario, tmp_path)

    (block,) = select(result.events, events.ShardBlockAccepted)
    assert block.slot == 5
    assert result.metrics["calls.dropped"] == 0


# Wrong verdicts


@pytest.mark.parametrize("script", [HELLO, FLOAT])
def test_committee_of_liars_is_counted_as_wrong(script: str, tmp_path: Path) -> None:
    result = run_placement("committee", script, tmp_path, validation={"honest_share": 0.0})

    assert result.metrics["validation.wrong_verdicts"] == 1
    assert result.metrics["shards.blocks"] == (A * U if script == FLOAT else 0)


def test_committee_small_enough_falls_now_and_then_to_a_minority(tmp_path: Path) -> None:
    names = [f"script{number}" for number in range(12)]
    wrong = {}

    for seats in (1, 15):
        scenario = build_scenario(
            12,
            genesis={"validators": N},
            validation={"strategy": "committee", "committee_size": seats, "honest_share": 0.7},
            events=[register(name, FLOAT, slot=1 + i // 6) for i, name in enumerate(names)],
        )
        wrong[seats] = run_scenario(scenario, tmp_path).metrics["validation.wrong_verdicts"]

    # Five of sixteen lie: enough for one seat in three, never for ten in fifteen.
    assert 0 < wrong[1] < len(names)
    assert wrong[15] == 0


def test_optimistic_script_that_nobody_looks_at_is_counted_as_wrong(tmp_path: Path) -> None:
    result = run_placement("optimistic", FLOAT, tmp_path, validation={"challengers": 0})

    assert result.metrics["validation.wrong_verdicts"] == 1
    assert result.metrics["shards.blocks"] == A * U
    assert result.metrics["eth.burned_gwei"] == FEE
    assert result.metrics["bonds.returned_gwei"] == BOND


# Calling back

LATE = {"challengers": 1, "challenge_window_slots": 12}
"""One challenger, who gets around to the script somewhere in the window."""


def run_optimistic(slots: int, happening: list[Settings], folder: Path, **chain: int) -> RunResult:
    scenario = build_scenario(
        slots, chain=chain, validation={"strategy": "optimistic", **LATE}, events=happening
    )
    return run_scenario(scenario, folder)


def test_optimistic_reverts_what_depends_on_the_bad_script_and_nothing_else(
    tmp_path: Path,
) -> None:
    happening = [
        register("good", HELLO),
        register("bad", FLOAT, slot=3),
        *[call("good", slot, shard) for slot in (2, 4) for shard in (0, 1)],
        call("bad", 5, 1),
        call("good", 6, 1),
        call("good", 6, 0),
    ]

    result = run_optimistic(20, happening, tmp_path, crosslink_interval_slots=64)

    objection = next(
        e.slot for e in select(result.events, events.MarkWritten) if e.says_valid is False
    )
    reverted = select(result.events, events.ShardReverted)
    # Shard 0 never called it; shard 1 keeps what came before the first call.
    assert [(e.slot, e.shard, e.from_slot, e.blocks) for e in reverted] == [(objection, 1, 5, 2)]
    assert [s.parent_block.slot for s in result.states.shards[:2]] == [6, 4]
    assert result.metrics["shards.rollback_depth_max"] == objection - 5
    assert result.metrics["conservation_error"] == 0


def test_optimistic_deposits_of_the_bad_script_are_never_paid_although_crosslinked(
    tmp_path: Path,
) -> None:
    happening = [register("relay", write_floating_relay(tmp_path)), deposit(3, 100)]

    result = run_optimistic(20, happening, tmp_path)

    steps = [(step.event, step.note) for step in get_step_events(result.events)]
    assert [event for event, _ in steps[:3]] == ["pushed", "committed", "crosslinked"]
    assert steps[3:] == [("stuck", "script_called_back")]
    assert result.metrics["beacon.claims"] == 0
    assert result.metrics["conservation_error"] == 0


def test_optimistic_deposits_of_a_good_script_are_paid_when_the_window_has_closed(
    tmp_path: Path,
) -> None:
    result = run_optimistic(24, [register("relay", RELAY), deposit(3, 100)], tmp_path)

    steps = {step.event: step.slot for step in get_step_events(result.events)}
    assert steps["crosslinked"] < 10
    # Registered in slot 1, open until slot 13.
    assert steps["claimed"] == 14
    assert "settled" in steps
    assert result.metrics["conservation_error"] == 0


# Forks


@pytest.mark.parametrize("orphaned", [1, 2, 3, 6, 10])
@pytest.mark.parametrize("strategy", sorted(get_placements()))
def test_orphaned_block_takes_marks_and_bonds_back_with_it(
    strategy: str, orphaned: int, tmp_path: Path
) -> None:
    scenario = build_scenario(
        24,
        validation={"strategy": strategy, **VALIDATION},
        proposers={"careless": 1.0},
        events=[
            register("good", HELLO),
            register("bad", FLOAT, slot=2, sender=1),
            call("good", 18, 0),
        ],
        faults=[{"orphan": {"slot": orphaned, "shard": 0}}],
    )

    result = run_scenario(scenario, tmp_path)

    assert result.metrics["conservation_error"] == 0
    assert result.metrics["beacon.blocks_orphaned"] == 1
    blocks = select(result.events, events.ShardBlockAccepted)
    assert [block.noop_rule for block in blocks if block.script == "good"] == [""]
