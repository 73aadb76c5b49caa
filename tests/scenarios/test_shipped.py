"""The shipped scenarios: each says what it asks, keeps its promises, and repeats to the byte.

``python -m tests.helpers.record`` records the reports in ``tests/golden`` anew.
"""

import pytest
import yaml
from _pytest.mark import ParameterSet

from simulator.report import encode_report
from simulator.shipped import ShippedScenario, list_shipped
from tests.helpers.record import GOLDEN_FOLDER, build_report, read_recorded

SHIPPED = list_shipped()
SLOW = {"crowded", "many_to_one", "small_world"}


def mark(scenario: ShippedScenario) -> ParameterSet:
    is_slow = scenario.name in SLOW or scenario.name.startswith("validation/")
    marks = [pytest.mark.slow] if is_slow else []
    return pytest.param(scenario, id=scenario.name, marks=marks)


@pytest.mark.parametrize("scenario", [mark(scenario) for scenario in SHIPPED])
def test_run_of_a_shipped_scenario_repeats_its_recorded_report(scenario: ShippedScenario) -> None:
    report = build_report(scenario.name)
    assert encode_report(report) == encode_report(read_recorded(scenario.name))


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda scenario: scenario.name)
def test_recorded_report_of_a_shipped_scenario_meets_every_expectation(
    scenario: ShippedScenario,
) -> None:
    expectations = read_recorded(scenario.name)["expectations"]
    assert expectations
    assert all(expectation["met"] for expectation in expectations)


@pytest.mark.parametrize("scenario", SHIPPED, ids=lambda scenario: scenario.name)
def test_shipped_scenario_begins_with_its_question_and_where_to_look(
    scenario: ShippedScenario,
) -> None:
    text = scenario.path.read_text(encoding="utf-8")
    assert text.startswith("# Question: ")
    assert "\n# Look at: " in text
    assert scenario.question.endswith("?")


def test_golden_holds_the_shipped_scenarios_and_nothing_else() -> None:
    recorded = (path.relative_to(GOLDEN_FOLDER) for path in GOLDEN_FOLDER.rglob("*.json"))
    assert {path.with_suffix("").as_posix() for path in recorded} == {item.name for item in SHIPPED}


def test_crowded_reports_its_saturated_queue() -> None:
    findings = read_recorded("crowded")["findings"]
    assert any(finding.startswith("The claim queue was saturated") for finding in findings)


def test_placements_differ_only_in_the_strategy_that_is_compared() -> None:
    """The same mix under three strategies: the file itself names the command."""
    path = next(scenario.path for scenario in SHIPPED if scenario.name == "placements")
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    scripts = [event["register"]["script"] for event in scenario["events"]]
    assert "scripts/bad_float.wasm" in scripts
    assert "scripts/helloworld.wasm" in scripts
    assert scenario["validation"]["strategy"] == "beacon-operation"
