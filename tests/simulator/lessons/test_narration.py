"""Narrations: what is wrong with one is said with file, line and key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioError, UserError
from simulator.lessons.reading import load_lesson
from tests.helpers.lessons import build_lesson, perform, write_lesson

SHARDS = {"config": "shard_count"}


def find_problems(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_lesson(path)
    return [
        problem.removeprefix(f"{path}:").partition(": ")[2] for problem in caught.value.problems
    ]


def find_part_problems(folder: Path, part: Mapping[str, Any]) -> list[str]:
    steps = [{"title": "One", "parts": [part]}]
    return find_problems(write_lesson(folder, steps=steps))


def find_value_problems(folder: Path, value: Mapping[str, Any]) -> list[str]:
    return find_problems(write_lesson(folder, values={"shards": SHARDS, "other": value}))


def test_lesson_loads_with_its_scenario(tmp_path: Path) -> None:
    lesson = load_lesson(write_lesson(tmp_path), 3)
    assert (lesson.number, lesson.name, lesson.loaded.scenario.slots) == (3, "1_test", 4)


def test_unknown_key_names_file_line_and_key(tmp_path: Path) -> None:
    path = write_lesson(tmp_path, tittle="A test")
    line = path.read_text(encoding="utf-8").splitlines().index("tittle: A test") + 1

    with pytest.raises(ScenarioError) as caught:
        load_lesson(path)

    assert caught.value.problems == (f"{path}:{line}: tittle: unknown key",)


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = write_lesson(tmp_path, title="", steps=[{"parts": []}])
    assert find_problems(path) == [
        "title: must not be empty",
        "steps[0].title: missing",
    ]


def test_lesson_without_steps_is_a_problem(tmp_path: Path) -> None:
    assert find_problems(write_lesson(tmp_path, steps=[])) == ["steps: a lesson has steps"]


def test_list_is_no_lesson(tmp_path: Path) -> None:
    path = tmp_path / "1_list.yaml"
    path.write_text("- one\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="a lesson is a mapping of keys"):
        load_lesson(path)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"prose": "{ghost}"}, "steps[0].parts[0].prose: there is no value ghost"),
        ({"prose": "x", "run_to": 1}, "steps[0].parts[0]: needs exactly one of: prose, run_to, "),
        ({"run_to": 5}, "steps[0].parts[0].run_to: the scenario ends with slot 4"),
        ({"run_to": "ghost"}, "steps[0].parts[0].run_to: there is no value ghost"),
        ({"proze": "x"}, "steps[0].parts[0].proze: unknown key"),
        ({"execution": "ghost"}, "steps[0].parts[0].execution: there is no execution ghost"),
        (
            {"source": {"file": "ghost.wat", "language": "wat"}},
            "steps[0].parts[0].source.file: there is no file ghost.wat",
        ),
        (
            {"lanes": {"slots": [1, 2], "run": "ghost"}},
            "steps[0].parts[0].lanes.run: there is no run ghost",
        ),
        (
            {"story": {"slots": [1, "ghost"]}},
            "steps[0].parts[0].story: there is no value ghost",
        ),
        (
            {"story": {"slots": [1, 2], "kinds": ["ghost"]}},
            "steps[0].parts[0].story.kinds: there is no kind of event ghost",
        ),
        (
            {"table": {"rows": [{"label": "a", "values": ["ghost"]}]}},
            "steps[0].parts[0].table.rows[0].values: there is no value ghost",
        ),
        (
            {"table": {"columns": ["a", "b"], "rows": [{"label": "a", "values": ["shards"]}]}},
            "steps[0].parts[0].table.rows[0].values: needs 2, not 1",
        ),
        (
            {"question": {"ask": "{ghost}?", "answer": "Yes."}},
            "steps[0].parts[0].question.ask: there is no value ghost",
        ),
        (
            {"question": {"ask": "?", "answer": ".", "number": "ghost"}},
            "steps[0].parts[0].question.number: there is no value ghost",
        ),
        (
            {"question": {"ask": "?", "answer": ".", "choices": [{"text": "a"}]}},
            "steps[0].parts[0].question: one choice is none",
        ),
        (
            {"question": {"ask": "?", "answer": ".", "choices": [{"text": "a"}, {"text": "b"}]}},
            "steps[0].parts[0].question.choices: exactly one choice must be right",
        ),
        (
            {
                "question": {
                    "ask": "?",
                    "answer": ".",
                    "choices": [{"text": "a", "right": "shards"}, {"text": "b"}],
                }
            },
            "steps[0].parts[0].question.choices[0].right: write it as: name < name",
        ),
        (
            {
                "question": {
                    "ask": "?",
                    "answer": ".",
                    "choices": [{"text": "a", "right": "shards < ghost"}, {"text": "b"}],
                }
            },
            "steps[0].parts[0].question.choices[0].right: there is no value ghost",
        ),
    ],
)
def test_part_problem_names_its_key(tmp_path: Path, part: dict[str, Any], problem: str) -> None:
    found = find_part_problems(tmp_path, part)
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "values.other: needs exactly one of: config, scenario, metric, "),
        ({"config": "ghost"}, "values.other.config: the chain has no setting ghost"),
        ({"scenario": "ghost.slots"}, "values.other.scenario: the scenario has no key ghost.slots"),
        ({"code": "ghost.wasm"}, "values.other.code: the scenario registers no ghost.wasm"),
        ({"sum": ["shards", "ghost"]}, "values.other.sum: there is no value ghost"),
        ({"metric": "slots", "run": "ghost"}, "values.other.run: there is no run ghost"),
        ({"event": {"kind": "slot_closed"}}, "values.other: needs a field"),
        (
            {"event": {"kind": "ghost"}, "pick": "count"},
            "values.other.event: there is no kind of event ghost",
        ),
        (
            {"event": {"kind": "slot_closed", "ghost": 1}, "pick": "count"},
            "values.other.event: slot_closed has no field ghost",
        ),
        (
            {"event": {"kind": "slot_closed"}, "field": "ghost"},
            "values.other.field: slot_closed has no field ghost",
        ),
        (
            {"execution": "ghost", "field": "outcome"},
            "values.other.execution: there is no execution ghost",
        ),
        ({"sum": ["other", "shards"]}, "values.other: is computed from itself"),
    ],
)
def test_value_problem_names_its_key(tmp_path: Path, value: dict[str, Any], problem: str) -> None:
    found = find_value_problems(tmp_path, value)
    assert any(each.startswith(problem) for each in found), found


def test_chains_cannot_run_backwards(tmp_path: Path) -> None:
    steps = [{"title": "One", "parts": [{"run_to": 3}, {"run_to": 3}]}]
    assert find_problems(write_lesson(tmp_path, steps=steps)) == [
        "steps[0].parts[1].run_to: the chains are at slot 3 already"
    ]


def test_execution_of_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    path = write_lesson(tmp_path, executions={"once": {"script": "ghost.wasm"}})
    assert find_problems(path) == ["executions.once.script: there is no file ghost.wasm"]


def test_problem_of_the_scenario_names_the_scenario(tmp_path: Path) -> None:
    path = write_lesson(tmp_path)
    (tmp_path / "quiet.yaml").write_text("title: No slots\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"quiet\.yaml:1: slots: missing"):
        load_lesson(path)


def test_value_that_has_not_happened_yet_says_so(tmp_path: Path) -> None:
    late = {"event": {"kind": "slot_closed"}, "field": "slot"}
    lesson = build_lesson(tmp_path, {"prose": "{late}"}, late=late)
    with pytest.raises(
        UserError, match=r"values\.late: nothing of the kind has happened by slot 0"
    ):
        perform(lesson)


def test_metric_that_does_not_exist_says_so(tmp_path: Path) -> None:
    lesson = build_lesson(tmp_path, {"prose": "{ghost}"}, ghost={"metric": "ghost"})
    with pytest.raises(UserError, match=r"values\.ghost: there is no metric ghost"):
        perform(lesson)


@pytest.mark.parametrize("right", ["shards < shards", "shards = shards"])
def test_question_whose_choices_are_all_right_or_all_wrong_is_refused(
    tmp_path: Path, right: str
) -> None:
    choices = [{"text": "a", "right": right}, {"text": "b", "right": right}]
    question = {"ask": "Which?", "answer": "None.", "choices": choices}
    lesson = build_lesson(tmp_path, {"question": question}, shards=SHARDS)
    with pytest.raises(UserError, match="exactly one choice must be right"):
        perform(lesson)
