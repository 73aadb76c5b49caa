"""The total costs of PROTOCOL 7, formula by formula, on runs small enough to count.

N = 8 validators are on duty, each on a node of its own; S = 4 shards have committees of n = 2.
The script is called u times on each of A shards. x is its length by wasmtime's rates.
"""

from pathlib import Path

import pytest

from simulator import events
from simulator.runner import RunResult
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    Settings,
    build_scenario,
    call,
    load,
    register,
    run_scenario,
    select,
)
from tests.helpers.scripts import read_script

N, S, COMMITTEE = 8, 4, 2
HELLO_BYTES = len(read_script("helloworld"))
FLOAT_BYTES = len(read_script("bad_float"))


def price(size_bytes: int) -> float:
    """Return x of PROTOCOL 7 for wasmtime."""
    return size_bytes / 130e6 + size_bytes / 0.9e6


def run_calls(
    folder: Path, strategy: str, shards: int, calls_per_shard: int = 1, **changes: object
) -> RunResult:
    calls = [
        call("hello", 10 + 2 * number, shard)
        for number in range(calls_per_shard)
        for shard in range(shards)
    ]
    validation: Settings = {"strategy": strategy, **dict(changes.pop("validation", {}))}  # type: ignore[call-overload]  # a mapping if it is given
    scenario = build_scenario(
        16, validation=validation, events=[register("hello", HELLO), *calls], **changes
    )
    return run_scenario(scenario, folder)


def pays(result: RunResult, nodes: int, size_bytes: int = HELLO_BYTES) -> bool:
    total = result.metrics["costs.total_seconds"]
    return total == pytest.approx(price(nodes * size_bytes), abs=1e-6)


@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation", "beacon-deferred"])
@pytest.mark.parametrize("shards", [0, 4])
def test_beacon_placements_cost_n_x(strategy: str, shards: int, tmp_path: Path) -> None:
    result = run_calls(tmp_path, strategy, shards, 2)

    assert pays(result, N)
    assert result.metrics["costs.beacon_node.seconds"] == result.metrics["costs.total_seconds"]
    assert result.metrics["costs.duplication"] == N


@pytest.mark.parametrize("shards", [0, 1, 4])
def test_shard_lazy_costs_a_n_x(shards: int, tmp_path: Path) -> None:
    result = run_calls(tmp_path, "shard-lazy", shards, 2)

    assert pays(result, shards * COMMITTEE)
    assert result.metrics["costs.shard_committee.seconds"] == result.metrics["costs.total_seconds"]


@pytest.mark.parametrize("shards", [0, 1, 4])
def test_shard_eager_costs_s_n_x(shards: int, tmp_path: Path) -> None:
    assert pays(run_calls(tmp_path, "shard-eager", shards, 2), S * COMMITTEE)


@pytest.mark.parametrize(("shards", "calls"), [(0, 1), (1, 1), (2, 3), (4, 2)])
def test_shard_every_call_costs_a_u_n_x(shards: int, calls: int, tmp_path: Path) -> None:
    assert pays(run_calls(tmp_path, "shard-every-call", shards, calls), shards * calls * COMMITTEE)


def test_none_costs_nothing(tmp_path: Path) -> None:
    assert run_calls(tmp_path, "none", 4, 2).metrics["costs.total_seconds"] == 0


def test_committee_costs_its_members(tmp_path: Path) -> None:
    validation = {"committee_size": 3, "verdict_epochs": 100}
    result = run_calls(tmp_path, "committee", 1, validation=validation)

    assert pays(result, 3)
    assert result.metrics["costs.shard_committee.seconds"] == result.metrics["costs.total_seconds"]


def test_optimistic_costs_the_challengers(tmp_path: Path) -> None:
    validation = {"challengers": 3, "challenge_window_slots": 4}
    result = run_calls(tmp_path, "optimistic", 1, validation=validation)

    assert pays(result, 3)
    assert result.metrics["costs.challenger.seconds"] == result.metrics["costs.total_seconds"]


def test_optimistic_challenged_costs_n_x(tmp_path: Path) -> None:
    scenario = build_scenario(
        12,
        validation={"strategy": "optimistic", "challengers": 3, "challenge_window_slots": 4},
        proposers={"careless": 1.0},
        events=[register("bad", FLOAT)],
    )

    result = run_scenario(scenario, tmp_path)

    # Challengers are beacon nodes too, and pay once.
    assert pays(result, N, FLOAT_BYTES)
    assert result.metrics["costs.wasted_seconds"] == result.metrics["costs.total_seconds"]


def test_full_nodes_of_a_shard_pay_where_its_committee_does(tmp_path: Path) -> None:
    result = run_calls(tmp_path, "shard-lazy", 3, costs={"shard_full_nodes": 5})

    assert pays(result, 3 * (COMMITTEE + 5))
    full_nodes = result.metrics["costs.shard_full_node.seconds"]
    assert full_nodes == pytest.approx(price(3 * 5 * HELLO_BYTES), abs=1e-6)


def test_profile_changes_seconds_and_nothing_else(tmp_path: Path) -> None:
    wasmtime = run_calls(tmp_path, "shard-lazy", 1)
    wasmi = run_calls(tmp_path, "shard-lazy", 1, costs={"profile": "wasmi"})

    assert wasmi.metrics["costs.total_seconds"] == pytest.approx(
        COMMITTEE * HELLO_BYTES / 16e6, abs=1e-6
    )
    assert wasmi.metrics["work.bytes"] == wasmtime.metrics["work.bytes"]
    assert wasmi.report["beacon_state_root"] == wasmtime.report["beacon_state_root"]
    assert wasmi.report["costs"] == {
        "profile": "wasmi",
        "validating_bytes_per_second": 16e6,
        "compiling_bytes_per_second": None,
        "budget_seconds": 0.1,
        "shard_full_nodes": 0,
        "light_clients": 0,
    }


def test_peak_of_a_beacon_node_is_one_script(tmp_path: Path) -> None:
    result = run_calls(tmp_path, "beacon-operation", 0)

    assert result.metrics["costs.peak_slot_seconds"] == pytest.approx(price(HELLO_BYTES), abs=1e-6)


def test_peak_of_deferred_work_is_a_share(tmp_path: Path) -> None:
    # 227 bytes take five slots of 50 bytes: 46 bytes in each.
    validation = {"deferred_bytes_per_slot": 50}
    result = run_calls(tmp_path, "beacon-deferred", 0, validation=validation)

    peaks = {
        event.busiest_bytes
        for event in select(result.events, events.ScriptValidated)
        if event.role == "beacon nodes"
    }
    assert peaks == {-(-HELLO_BYTES // 5)}


def test_slots_over_budget_follow_the_budget(tmp_path: Path) -> None:
    scenario = build_scenario(3, events=[register("hello", HELLO)])

    # 227 bytes are about a quarter of a millisecond; the budget is at least one.
    assert run_scenario(scenario, tmp_path).metrics["costs.slots_over_budget"] == 0
    slow = tmp_path / "slow.json"
    slow.write_text(
        '{"kind": "shardlab engine profile", "version": 1, '
        '"validating_bytes_per_second": 2000, "compiling_bytes_per_second": null}'
    )
    measured = {"profile": "measured", "path": "slow.json"}
    loaded = run_scenario({**scenario, "costs": measured}, tmp_path)
    assert loaded.metrics["costs.slots_over_budget"] == 1
    assert loaded.metrics["costs.peak_slot_seconds"] == HELLO_BYTES / 2000


@pytest.mark.parametrize(
    ("strategy", "dead_bytes"),
    [("beacon-operation", 0), ("shard-lazy", FLOAT_BYTES), ("none", FLOAT_BYTES)],
)
def test_dead_code_is_what_stays_of_bad_scripts(
    strategy: str, dead_bytes: int, tmp_path: Path
) -> None:
    scenario = build_scenario(
        3,
        validation={"strategy": strategy},
        proposers={"careless": 1.0},
        events=[register("bad", FLOAT), register("hello", HELLO, sender=1)],
    )

    result = run_scenario(scenario, tmp_path)

    assert result.metrics["state.dead_code_bytes"] == dead_bytes
    assert result.metrics["state.code_bytes"] == HELLO_BYTES + dead_bytes


def test_mark_bytes_are_those_in_the_final_states(tmp_path: Path) -> None:
    assert run_calls(tmp_path, "none", 3).metrics["state.mark_bytes"] == 0
    assert run_calls(tmp_path, "beacon-operation", 3).metrics["state.mark_bytes"] == 1
    assert run_calls(tmp_path, "shard-lazy", 3).metrics["state.mark_bytes"] == 3


def test_load_measured_path_on_the_command_line_is_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.json").write_text(
        '{"kind": "shardlab engine profile", "version": 1, '
        '"validating_bytes_per_second": 7, "compiling_bytes_per_second": 5}'
    )
    monkeypatch.chdir(elsewhere)

    loaded = load(build_scenario(), tmp_path, ["costs={profile: measured, path: mine.json}"])

    assert (loaded.costs.profile.validating, loaded.costs.profile.compiling) == (7, 5)


@pytest.mark.parametrize(("honest_share", "wrong"), [(1.0, 0), (0.0, 2)])
def test_wrong_verdicts_are_those_of_a_hostile_committee(
    honest_share: float, wrong: int, tmp_path: Path
) -> None:
    scenario = build_scenario(
        10,
        validation={
            "strategy": "committee",
            "committee_size": 4,
            "honest_share": honest_share,
            "verdict_epochs": 100,
        },
        events=[register("bad", FLOAT), register("good", HELLO, sender=1)],
    )

    result = run_scenario(scenario, tmp_path)

    assert result.metrics["validation.wrong_verdicts"] == wrong
    # The verdict is the adversary's, the work is everybody's.
    assert result.metrics["costs.wasted_seconds"] == pytest.approx(price(4 * FLOAT_BYTES), abs=1e-6)


def test_rollback_depth_is_how_far_a_caught_script_set_its_shard_back(tmp_path: Path) -> None:
    scenario = build_scenario(
        12,
        chain={"crosslink_interval_slots": 64},
        validation={"strategy": "optimistic", "challengers": 8, "challenge_window_slots": 6},
        proposers={"careless": 1.0},
        events=[register("bad", FLOAT), *(call("bad", slot) for slot in (1, 2, 3))],
    )

    result = run_scenario(scenario, tmp_path)

    for reverted in select(result.events, events.ShardReverted):
        depth = reverted.slot - reverted.from_slot
        assert result.metrics["shards.rollback_depth_max"] >= depth > 0
    blocks = sum(event.blocks for event in select(result.events, events.ShardReverted))
    assert result.metrics["shards.blocks_reverted"] == blocks
