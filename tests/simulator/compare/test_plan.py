"""Planning: which runs the options of a comparison ask for."""

from pathlib import Path

import pytest

from simulator.compare import MAX_RUNS, plan_runs
from simulator.compare.plan import split_values
from simulator.errors import ScenarioError, UserError
from tests.helpers.scenarios import build_scenario, save_scenario


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_scenario(build_scenario(), tmp_path)


def test_plan_runs_makes_one_scenario_per_value(path: Path) -> None:
    planned = plan_runs(path, ["chain.shard_count=1,2,8"], ["slots=3"], 9)

    assert [dict(each.settings) for each in planned] == [
        {"chain.shard_count": "1"},
        {"chain.shard_count": "2"},
        {"chain.shard_count": "8"},
    ]
    assert [each.loaded.config.shard_count for each in planned] == [1, 2, 8]
    assert {each.loaded.scenario.slots for each in planned} == {3}
    assert {each.loaded.scenario.seed for each in planned} == {9}


def test_plan_runs_grid_has_every_combination_first_key_fastest_then_seeds(path: Path) -> None:
    planned = plan_runs(path, ["slots=2,3", "genesis.validators=8,16"], seeds="4,1")

    assert [
        (each.loaded.scenario.genesis.validators, each.loaded.scenario.slots) for each in planned
    ] == [(8, 2), (8, 2), (8, 3), (8, 3), (16, 2), (16, 2), (16, 3), (16, 3)]
    assert [each.loaded.scenario.seed for each in planned] == [4, 1] * 4
    assert list(planned[0].settings) == ["slots", "genesis.validators"]


@pytest.mark.parametrize(
    ("overrides", "seed", "seeds", "expected"),
    [
        ([], None, None, [1]),
        ([], None, "3", [1, 2, 3]),
        (["seed=5"], None, "2", [5, 6]),
        (["seed=5"], 8, "2", [8, 9]),
        ([], None, "9,3", [9, 3]),
        (["seed=5"], None, "0,3", [0, 3]),
        ([], None, "1", [1]),
    ],
)
def test_plan_runs_seeds_are_counted_from_the_scenarios_on_or_listed(
    overrides: list[str], seed: int | None, seeds: str | None, expected: list[int], path: Path
) -> None:
    planned = plan_runs(path, ["slots=4"], overrides, seed, seeds)

    assert [each.loaded.scenario.seed for each in planned] == expected


@pytest.mark.parametrize(
    "seeds", ["", "0", "-1", "1,", ",1", "1,,2", "a", "1.5", "1,-2", "²", "3,3"]
)
def test_plan_runs_bad_seeds_are_refused(seeds: str, path: Path) -> None:
    with pytest.raises(UserError, match=r"^--seeds "):
        plan_runs(path, ["slots=4"], seeds=seeds)


def test_plan_runs_listed_seeds_and_a_seed_are_refused(path: Path) -> None:
    with pytest.raises(UserError, match="leave out --seed"):
        plan_runs(path, ["slots=4"], seed=3, seeds="1,2")


@pytest.mark.parametrize(("seed", "seeds"), [(3, None), (None, "2")])
def test_plan_runs_seed_said_twice_is_refused(
    seed: int | None, seeds: str | None, path: Path
) -> None:
    with pytest.raises(UserError, match="say the seeds once"):
        plan_runs(path, ["seed=1,2"], seed=seed, seeds=seeds)


@pytest.mark.parametrize("vary", ["slots", "=1,2", "slots=", "slots=1,,2", "slots=1,"])
def test_plan_runs_variation_of_another_form_says_which(vary: str, path: Path) -> None:
    with pytest.raises(UserError, match=r"write it as dotted\.key=value,value"):
        plan_runs(path, ["chain.shard_count=1", vary])


@pytest.mark.parametrize("vary", [["slots=1", "slots=2"], ["events[0].slot=1", "events.0.slot=2"]])
def test_plan_runs_key_varied_twice_is_refused(vary: list[str], path: Path) -> None:
    with pytest.raises(UserError, match="is varied already"):
        plan_runs(path, vary)


def test_plan_runs_value_given_twice_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match="gives a value twice"):
        plan_runs(path, ["slots=1,2,1"])


def test_plan_runs_too_many_runs_are_refused_before_any_is_loaded(tmp_path: Path) -> None:
    values = ",".join(map(str, range(1, 11)))

    with pytest.raises(UserError, match=rf"1,100 runs, more than {MAX_RUNS:,}"):
        plan_runs(
            tmp_path / "absent.yaml", [f"slots={values}", f"chain.shard_count={values}"], seeds="11"
        )


def test_plan_runs_one_impossible_value_stops_all(path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"slots=-1.*: slots: "):
        plan_runs(path, ["slots=4,-1"])


@pytest.mark.parametrize(
    ("overrides", "vary"),
    [
        ("slots=5", "slots=4"),
        ("events.0.slot=5", "events[0].slot=4"),
        ("genesis.validators=8", "genesis={validators: 8},{validators: 16}"),
    ],
)
def test_plan_runs_override_of_a_varied_key_is_refused(
    overrides: str, vary: str, path: Path
) -> None:
    with pytest.raises(UserError, match=r"^--set .*: --vary .*=\.\.\. replaces it in every run$"):
        plan_runs(path, [vary], [overrides])


def test_plan_runs_override_beside_a_varied_key_is_kept(path: Path) -> None:
    (planned,) = plan_runs(path, ["genesis.validators=8"], ["genesis.depositors=9"])

    assert planned.loaded.scenario.genesis.depositors == 9
    assert planned.loaded.overrides == ("genesis.depositors=9", "genesis.validators=8")


def test_plan_runs_lists_and_mappings_are_values(path: Path) -> None:
    quorums = "validation.committee_quorum=[2,3],[3, 4]"
    planned = plan_runs(path, [quorums, "costs={budget_ms: 5, light_clients: 1},{}"])

    assert [
        (each.loaded.config.committee_quorum, each.loaded.scenario.costs.light_clients)
        for each in planned
    ] == [((2, 3), 1), ((3, 4), 1), ((2, 3), 0), ((3, 4), 0)]
    assert planned[1].settings["validation.committee_quorum"] == "[3, 4]"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b", ("a", "b")),
        ("[],[[1, 2], [3]]", ("[]", "[[1, 2], [3]]")),
        ("{a: [1,2], b: 3},x", ("{a: [1,2], b: 3}", "x")),
        ("'a,b','it''s, c'", ("'a,b'", "'it''s, c'")),
        (r'"a,\"b",c', (r'"a,\"b"', "c")),
        ("['],', \"}\"],2", ("['],', \"}\"]", "2")),
        ("it's,a[0,b]", ("it's", "a[0", "b]")),
        ("[1,2", ("[1,2",)),
        ("a,,", ("a", "", "")),
    ],
)
def test_split_values_keeps_what_yaml_holds_together(text: str, values: tuple[str, ...]) -> None:
    assert split_values(text) == values


def test_plan_runs_value_that_is_no_yaml_names_the_option(path: Path) -> None:
    with pytest.raises(UserError, match=r"^--vary slots=\[2,3: the value is not YAML$"):
        plan_runs(path, ["slots=[2,3"])


def test_plan_runs_impossible_value_names_the_option(path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^--vary 'slots=0': slots: "):
        plan_runs(path, ["slots=0"])


def test_plan_runs_key_inside_no_mapping_names_the_option(path: Path) -> None:
    with pytest.raises(UserError, match=r"^--vary slots.x=1: 'x' is not inside a mapping$"):
        plan_runs(path, ["slots.x=1"])
