"""What is said of values that do not fit: in the words of YAML, not of Python."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from simulator.errors import ScenarioError
from simulator.loader import LoadedScenario, load_scenario
from simulator.scenario import Scenario
from simulator.sweep.settings import SweepSettings
from simulator.yaml_models import validate_model
from simulator.yaml_source import YamlSource

Settings = Mapping[str, Any]


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
            "genesis.validators: must be a whole number, not true",
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
            "validation.committee_quorum: needs at most 2 elements, has 3",
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


NUMBERS: tuple[Any, ...] = (-1, 0.5, 1e300, float("nan"), 10**30)
WRONG = (*NUMBERS, None, True, "", "?", "x" * 1000, (), {}, (1, 2, 3))
"""Values of every kind, most of them wrong wherever they stand."""


def list_places(schema: Settings, node: Settings) -> Iterator[tuple[str | int, ...]]:
    """Yield key paths of everything that a schema names, each alternative once."""
    node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    for name, child in node.get("properties", {}).items():
        yield (name,)
        yield from ((name, *rest) for rest in list_places(schema, child))
    if isinstance(node.get("items"), dict):
        yield (0,)
        yield from ((0, *rest) for rest in list_places(schema, node["items"]))
    for choice in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from list_places(schema, choice)


def build_nested(keys: Sequence[str | int], value: object) -> object:
    for key in reversed(keys):
        value = (value,) if isinstance(key, int) else {key: value}
    return value


@pytest.mark.parametrize("model", [Scenario, SweepSettings])
def test_validate_model_never_speaks_pydantic(model: type[BaseModel]) -> None:
    foreign = re.compile(r"Input|String|Value|List|Tuple|Unable|valid |instance|Field required")
    schema = model.model_json_schema()
    places = set(list_places(schema, schema))
    assert len(places) > 10
    said = {
        problem
        for keys in places
        for wrong in WRONG
        for problem in validate_model(YamlSource(Path("f"), build_nested(keys, wrong)), model)[1]
    }
    assert [problem for problem in sorted(said) if foreign.search(problem)] == []
