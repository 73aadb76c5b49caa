"""What is said of values that do not fit: in the words of YAML, not of Python."""

from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.loader import LoadedScenario, load_scenario


def load_line(folder: Path, line: str) -> LoadedScenario:
    """Load a scenario with one line more than it needs."""
    path = folder / "s.yaml"
    path.write_text(f"title: x\nslots: 1\n{line}\n", encoding="utf-8")
    return load_scenario(path)


def find_problem(folder: Path, line: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_line(folder, line)
    (problem,) = caught.value.problems
    return problem.removeprefix(f"{folder}/s.yaml:3: ")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("proposers: {careless: .nan}", "proposers.careless: must be a number, not .nan"),
        (
            "genesis: {validators: true}",
            "genesis.validators: Input should be a valid integer, not true",
        ),
        ("chain: 3", "chain: must be a mapping of keys, not 3"),
        (
            "chain: {execution: {tick_costs: x}}",
            "chain.execution.tick_costs: must be a mapping of keys, not 'x'",
        ),
        ("adversaries: [5]", "adversaries[0]: must be a mapping of keys, not 5"),
        ("events: 5", "events: must be a list, not 5"),
        (
            "validation: {committee_quorum: [1, 2, 3]}",
            "validation.committee_quorum: needs at most 2 of them, not 3",
        ),
        (
            "chain: {execution: {deposit_min_timestamp: 1}}",
            "chain.execution.deposit_min_timestamp: must be true or false, not 1",
        ),
    ],
)
def test_validate_model_problem_is_told_in_the_words_of_yaml(
    line: str, problem: str, tmp_path: Path
) -> None:
    assert find_problem(tmp_path, line) == problem


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("1e30", "1.0e+30"),
        ("-2E5", "-2.0e+5"),
        ("1.5e-3", None),
        ("1e-3", "1.0e-3"),
        (".5e3", ".5e+3"),
        ("+3.e2", "+3.e+2"),
    ],
)
def test_validate_model_number_that_yaml_takes_for_text_is_told_how_to_write_it(
    given: str, better: str | None, tmp_path: Path
) -> None:
    line = "expect: [{{metric: slots, at_most: {}}}]"

    if better is not None:
        problem = find_problem(tmp_path, line.format(given))
        assert problem.endswith(f", not '{given}', which YAML takes for text; write {better}")

    loaded = load_line(tmp_path, line.format(better or given))
    assert loaded.scenario.expect[0].at_most == float(given)
