"""Planning sweeps: what is refused before anything runs, and what identifies a point."""

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioError, UserError
from simulator.sweep import plan_sweep
from tests.helpers.scenarios import build_scenario, register, save_scenario, write_script
from tests.helpers.sweeps import build_sweep, save_sweep

RETURN = "(nop)"


def refuse(folder: Path, **changes: Any) -> list[str]:  # noqa: ANN401 - YAML values
    """The problems of a sweep, without the folder."""
    with pytest.raises(UserError) as caught:
        plan_sweep(save_sweep(build_sweep(**changes), folder))
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def get_ids(folder: Path, **changes: Any) -> list[str]:  # noqa: ANN401 - YAML values
    plan = plan_sweep(save_sweep(build_sweep(**changes), folder))
    return [point.id for point in plan.points]


def test_plan_orders_scenarios_grid_draws_seeds(tmp_path: Path) -> None:
    save_scenario(build_scenario(2), tmp_path, "other")
    plan = plan_sweep(
        save_sweep(
            build_sweep(
                scenario=None,
                scenarios=["tiny.yaml", "other.yaml"],
                grid={"slots": [3, 2]},
                seeds=[5, 4],
            ),
            tmp_path,
        )
    )

    order = [(point.scenario, point.slots, point.seed) for point in plan.points]
    # The two scenarios are the same but for their names, which are part of a result.
    assert order == [
        (scenario, slots, seed)
        for scenario in ("tiny", "other")
        for slots in (3, 2)
        for seed in (5, 4)
    ]


def test_plan_number_of_seeds_counts_from_the_scenario_s_own(tmp_path: Path) -> None:
    plan = plan_sweep(save_sweep(build_sweep(grid=None, seeds=3), tmp_path))

    assert [point.seed for point in plan.points] == [1, 2, 3]


def test_plan_shipped_scenario_is_found_by_name(tmp_path: Path) -> None:
    names = ["helloworld", "validation/big_scripts"]
    sweep = build_sweep(scenario=None, scenarios=names, grid=None)

    plan = plan_sweep(save_sweep(sweep, tmp_path))

    assert [point.scenario for point in plan.points] == ["helloworld", "big_scripts"]


def test_plan_set_applies_to_all_points_and_can_be_varied_inside(tmp_path: Path) -> None:
    plan = plan_sweep(
        save_sweep(
            build_sweep(
                set={"slots": 7, "genesis": {"validators": 16, "depositors": 2}},
                grid={"genesis.depositors": [2, 3]},
            ),
            tmp_path,
        )
    )

    loaded = [plan.load(point).scenario for point in plan.points]
    assert [(s.slots, s.genesis.validators, s.genesis.depositors) for s in loaded] == [
        (7, 16, 2),
        (7, 16, 3),
    ]


def test_plan_point_drawn_twice_is_one_point(tmp_path: Path) -> None:
    sample = {"count": 30, "keys": {"slots": [2, 3]}}
    plan = plan_sweep(save_sweep(build_sweep(grid=None, sample=sample), tmp_path))

    assert (len(plan.points), plan.repeated) == (2, 28)


def test_plan_edited_file_keeps_the_ids_of_the_points_it_still_has(tmp_path: Path) -> None:
    before = get_ids(tmp_path, grid={"slots": [2, 3]})
    after = get_ids(tmp_path, grid={"slots": [3, 2, 4]}, title="Another title", metrics=["slots"])

    assert after[:2] == before[::-1]
    assert after[2] not in before


def test_plan_id_depends_on_scenario_script_and_seed(tmp_path: Path) -> None:
    script = write_script(tmp_path, "script", RETURN)
    save_scenario(build_scenario(2, events=[register("it", script)]), tmp_path)
    ids = [get_ids(tmp_path, grid=None)]
    ids.append(get_ids(tmp_path, grid=None, seeds=[9]))
    write_script(tmp_path, "script", "(nop) (nop)")
    ids.append(get_ids(tmp_path, grid=None))
    save_scenario(build_scenario(3, events=[register("it", script)]), tmp_path)
    ids.append(get_ids(tmp_path, grid=None))
    commented = tmp_path / "tiny.yaml"
    commented.write_text("# a comment\n" + commented.read_text("utf-8"), encoding="utf-8")

    assert len({identity for [identity] in ids}) == 4
    assert get_ids(tmp_path, grid=None) == ids[-1]


def test_load_script_that_changed_since_is_refused(tmp_path: Path) -> None:
    script = write_script(tmp_path, "script", RETURN)
    save_scenario(build_scenario(2, events=[register("it", script)]), tmp_path)
    plan = plan_sweep(save_sweep(build_sweep(), tmp_path))
    write_script(tmp_path, "script", "(nop) (nop)")

    with pytest.raises(UserError, match="changed meanwhile"):
        plan.load(plan.points[0])


def test_plan_unknown_key_is_named_with_its_line(tmp_path: Path) -> None:
    assert refuse(tmp_path, grdi={"slots": [2]}) == [
        "sweep.yaml:7: grdi: unknown key; did you mean grid?"
    ]


def test_plan_key_that_no_scenario_has_is_named_with_line_and_value(tmp_path: Path) -> None:
    (problem,) = refuse(tmp_path, grid={"slots": [2], "chain.shard_cuont": [5]})
    assert problem == (
        "sweep.yaml:7: grid: chain.shard_cuont=5: "
        "chain.shard_cuont: unknown key; did you mean shard_count?"
    )


def test_plan_wrong_value_is_named_with_line_and_value(tmp_path: Path) -> None:
    assert refuse(tmp_path, grid={"slots": [2, 0, "x"]}) == [
        "sweep.yaml:6: grid: slots=0: slots: must be at least 1, not 0",
        "sweep.yaml:7: grid: slots=x: slots: must be a whole number, not 'x'",
    ]


def test_plan_element_that_is_not_there_is_named(tmp_path: Path) -> None:
    save_scenario(build_scenario(9, events=[register("it", "x.wasm")]), tmp_path)
    (problem,) = refuse(tmp_path, grid={"slots": [2]}, set={"events[3].slot": 1})
    assert problem == "sweep.yaml:7: set: events[3].slot=1: there is no element 3"


def test_plan_impossible_point_is_named_with_its_values(tmp_path: Path) -> None:
    save_scenario(build_scenario(9, events=[register("it", "x.wasm", slot=5)]), tmp_path)
    (tmp_path / "x.wasm").write_bytes(b"\0asm")

    problems = refuse(tmp_path, grid={"slots": [2, 4, 9]})

    assert problems == [
        f"tiny.yaml:11: events[0].slot: the run has slots 1 to {slots}, not 5 "
        f"(first with sweep.yaml: grid slots={slots})"
        for slots in (2, 4)
    ]


def test_plan_impossible_point_names_what_is_set_for_all(tmp_path: Path) -> None:
    save_scenario(build_scenario(9, events=[register("it", "x.wasm", slot=5)]), tmp_path)
    (tmp_path / "x.wasm").write_bytes(b"\0asm")

    (problem,) = refuse(tmp_path, grid={"chain.bls": ["fast"]}, set={"slots": 4})

    assert problem.endswith("not 5 (first with sweep.yaml: set slots=4; grid chain.bls=fast)")


def test_plan_tells_what_is_wrong_with_the_file_and_its_points_in_one_round(tmp_path: Path) -> None:
    problems = refuse(tmp_path, grid={"slots": [0]}, seeds="x", metrics=[], set={"chain.bls": "?"})

    assert sorted(problem.partition(": ")[2] for problem in problems) == [
        "grid: slots=0: slots: must be at least 1, not 0",
        "metrics: must not be empty",
        "seeds: must be a whole number, not 'x'",
        "set: chain.bls=?: chain.bls: must be 'real', 'fast' or 'insecure', not '?'",
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"grid": {}}, "sweep.yaml:3: grid: must not be empty"),
        ({"grid": {"slots": []}}, "sweep.yaml:4: grid.slots: must not be empty"),
        ({"grid": {"slots": 5}}, "sweep.yaml:4: grid.slots: must be a list, not 5"),
        ({"grid": 7}, "sweep.yaml:3: grid: must be a mapping of keys, not 7"),
        ({"grid": {"slots": [2, 3, 2]}}, "sweep.yaml:7: grid.slots[2]: 2 is given twice"),
        ({"grid": {"seed": [2]}}, "sweep.yaml:4: grid.seed: say the seeds under seeds"),
        ({"grid": {"a..b": [2]}}, "sweep.yaml:4: grid.a..b: write it as a dotted key"),
        ({"seeds": "5"}, "sweep.yaml:7: seeds: must be a whole number, not '5'"),
        ({"seeds": 0}, "sweep.yaml:7: seeds: must be at least 1, not 0"),
        ({"seeds": [4, 4]}, "sweep.yaml:9: seeds[1]: 4 is given twice"),
        ({"scenario": None}, "sweep.yaml:1: needs either scenario or scenarios"),
        ({"scenarios": ["tiny.yaml"]}, "sweep.yaml:1: needs either scenario or scenarios"),
        (
            {"scenario": "gone.yaml"},
            "sweep.yaml:2: scenario: gone.yaml: no such file beside it, and no such scenario",
        ),
        (
            {"scenario": "gone"},
            "sweep.yaml:2: scenario: gone: no such file beside it, and no such scenario",
        ),
        (
            {"set": {"slots": 5}},
            "sweep.yaml:4: grid.slots: clashes with slots under set",
        ),
        (
            {"grid": {"chain": [{}], "chain.bls": ["fast"]}},
            "sweep.yaml:6: grid.chain.bls: clashes with chain under grid",
        ),
        (
            {"grid": {"events[0].slot": [1], "events.0.slot": [2]}},
            "sweep.yaml:6: grid.events.0.slot: clashes with events[0].slot under grid",
        ),
        (
            {"sample": {"count": 2, "keys": {"slots": [4]}}},
            "sweep.yaml:10: sample.keys.slots: clashes with slots under grid",
        ),
        (
            {"sample": {"count": 0, "keys": {"genesis.validators": [8]}}},
            "sweep.yaml:8: sample.count: must be at least 1, not 0",
        ),
        (
            {"sample": {"count": 1, "keys": {"x": 5}}},
            "sweep.yaml:10: sample.keys.x: must be a mapping of keys, not 5",
        ),
        (
            {"sample": {"count": 1, "keys": {"x": {"from": 1}}}},
            "sweep.yaml:10: sample.keys.x.to: missing",
        ),
        (
            {"sample": {"count": 1, "keys": {"x": {"from": 1, "to": 1}}}},
            "sweep.yaml:10: sample.keys.x: to must be larger than from",
        ),
        (
            {"sample": {"count": 1, "keys": {"x": {"from": 0, "to": 1, "scale": "log"}}}},
            "sweep.yaml:10: sample.keys.x: scale: log needs from above 0",
        ),
        (
            {"sample": {"count": 1, "keys": {"x": {"from": 0.5, "to": 1, "integer": True}}}},
            "sweep.yaml:10: sample.keys.x: integer: true needs whole numbers in from and to",
        ),
    ],
)
def test_plan_misuse_is_named(changes: dict[str, Any], problem: str, tmp_path: Path) -> None:
    problems = refuse(tmp_path, **changes)
    assert any(line.startswith(problem) for line in problems), problems


def test_plan_a_billion_points_are_refused_at_once(tmp_path: Path) -> None:
    sample = {"count": 10**8, "keys": {"genesis.validators": [8, 9]}}
    assert refuse(tmp_path, grid=None, sample=sample, seeds=10) == [
        "sweep.yaml: these are 1,000,000,000 points, more than 100,000: vary less at a time"
    ]


def test_plan_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    save_scenario(build_scenario(2), tmp_path / "sub")
    problems = refuse(tmp_path, scenario=None, scenarios=["tiny.yaml", "sub/tiny.yaml"])
    assert problems == ["sweep.yaml:8: scenarios[1]: there is another scenario called tiny"]


def test_plan_thousands_of_bad_points_are_not_all_told(tmp_path: Path) -> None:
    problems = refuse(tmp_path, grid={"slots": list(range(-3000, 0))})
    assert problems[-1] == "the points after that were not looked at"
    assert len(problems) == 21


def test_plan_file_that_is_not_a_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="a sweep is a mapping of keys"):
        plan_sweep(path)
