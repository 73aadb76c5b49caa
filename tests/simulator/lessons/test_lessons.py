"""The six lessons: each runs to its end, says only what its run says, and asks fairly."""

import re
from pathlib import Path

import pytest

from simulator.errors import UserError
from simulator.lessons import open_lesson
from simulator.lessons.assembly import assemble_file
from simulator.lessons.shelf import copy_lesson
from simulator.lessons.telling import ToldProse, ToldQuestion, ToldRun
from simulator.lessons.values import PLACEHOLDER
from simulator.loader import load_scenario
from simulator.runner import run
from tests.helpers.lessons import (
    COMPILED,
    NUMBERS,
    AnsweringAudience,
    list_questions,
    list_texts,
    perform,
    tell_all,
)

every_lesson = pytest.mark.parametrize("number", NUMBERS)

# "two" and "half" are words of suppositions: two computers that disagree, half of the work.
NUMBER_WORDS = re.compile(
    r"\b(three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|"
    r"million|third|quarter|double)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
NOT_NUMBERS = {"shard 0", "shard 1", "shard 2"}
"""Names of chains in labels and choices."""


def test_there_are_six_lessons() -> None:
    assert list(NUMBERS) == [1, 2, 3, 4, 5, 6]


@every_lesson
def test_scenario_of_a_lesson_meets_its_expectations(number: int) -> None:
    result = run(open_lesson(number).loaded, compiled=COMPILED, keep_events=False)
    assert result.expectations
    assert result.expectations_met


@every_lesson
def test_scenario_of_a_lesson_begins_with_its_question(number: int) -> None:
    lesson = open_lesson(number)
    text = (lesson.folder / f"{lesson.name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Question: ")
    assert "\n# Look at: " in text


@every_lesson
def test_lesson_tells_the_whole_run(number: int) -> None:
    runs = [told for step in tell_all(number) for told in step if isinstance(told, ToldRun)]

    assert [told.first for told in runs] == [1, *(told.last + 1 for told in runs[:-1])]
    assert runs[-1].last == open_lesson(number).loaded.scenario.slots


@every_lesson
def test_lesson_leaves_no_placeholder_open(number: int) -> None:
    for step in tell_all(number):
        for told in step:
            if isinstance(told, ToldProse):
                assert not PLACEHOLDER.search(told.markdown)
            if isinstance(told, ToldQuestion):
                assert not PLACEHOLDER.search(told.ask + told.answer)


@every_lesson
def test_narration_holds_no_number_of_its_own(number: int) -> None:
    """So every number that a reader sees comes from the run, by a named value."""
    for text in list_texts(open_lesson(number)):
        plain = CODE.sub("", text)
        for name in NOT_NUMBERS:
            plain = plain.replace(name, "").replace(name.capitalize(), "")
        assert not re.search(r"\d", plain), text
        assert not NUMBER_WORDS.search(plain), text


@every_lesson
def test_narration_code_with_numbers_is_a_command(number: int) -> None:
    """Between backticks are commands, types of wasm and file names, and no claims."""
    for text in list_texts(open_lesson(number)):
        for code in CODE.findall(text):
            lines = code.strip("`\n ").splitlines()
            if re.search(r"\d", code) and not {"i32", "i64"} & {code.strip("`")}:
                assert lines[0].lstrip().startswith(("shardlab ", "cd ")), code


@every_lesson
def test_narration_uses_every_value(number: int) -> None:
    lesson = open_lesson(number)
    values = lesson.narration.values.values()
    operands = {name for value in values for name in value.operands}
    path = lesson.folder / "narration" / f"{lesson.name}.yaml"
    steps = path.read_text(encoding="utf-8").partition("\nsteps:")[2]
    shown = set(re.findall(r"[a-z][a-z0-9_]*", steps))
    assert set(lesson.narration.values) - operands - shown == set()


@pytest.mark.slow
@every_lesson
@pytest.mark.parametrize("seed", [101, 102])
def test_lesson_is_told_with_other_numbers_from_another_seed(number: int, seed: int) -> None:
    """Nothing in a narration depends on the shipped seed."""
    told = tell_all(number, seed)
    assert [len(step) for step in told] == [len(step) for step in tell_all(number)]
    assert told != tell_all(number) or number in {2, 3}


@every_lesson
def test_lesson_runs_to_its_end_without_anybody(number: int) -> None:
    text = perform(open_lesson(number))

    assert f"This was lesson {number}." in text
    assert "Press Enter" not in text
    assert "\x1b" not in text
    assert text.count("\nAnswer\n") == len(list_questions(number))


@every_lesson
def test_lesson_fits_sixty_columns(number: int) -> None:
    text = perform(open_lesson(number), width=60)
    assert max(map(len, text.splitlines())) <= 60


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=[pytest.mark.slow] * (each > 4)) for each in NUMBERS]
)
def test_right_answers_are_praised_and_wrong_ones_are_not(number: int) -> None:
    lesson, questions = open_lesson(number), list_questions(number)
    scored = [told for told in questions if told.has_right_answer]
    right = [answer_rightly(told) for told in questions]
    wrong = [answer_wrongly(told) for told in questions]

    praised = perform(lesson, AnsweringAudience(right))
    corrected = perform(lesson, AnsweringAudience(wrong))

    assert praised.count("\nRight.") == len(scored) > 0
    assert f"You answered {len(scored)}, all of them right." in praised
    assert corrected.count("Not quite.") == len(scored)
    assert f"You answered {len(scored)} and had 0 right." in corrected


def answer_rightly(told: ToldQuestion) -> str:
    if told.choices:
        return "abcdef"[told.right_choice]
    return "because" if told.number is None else f"{told.number:.0f} slots"


def answer_wrongly(told: ToldQuestion) -> str:
    if told.choices:
        return "abcdef"[(told.right_choice + 1) % len(told.choices)]
    return "because" if told.number is None else f"{told.number + 1:.0f}"


@every_lesson
def test_lesson_asks_in_every_step_but_few(number: int) -> None:
    steps = tell_all(number)
    asking = [any(isinstance(told, ToldQuestion) for told in step) for step in steps]
    assert sum(asking) >= len(steps) - 1


def test_scripts_of_lessons_are_what_their_text_says(tmp_path: Path) -> None:
    folder = open_lesson(2).folder / "scripts"
    sources = sorted(folder.glob("*.wat"))
    assert [source.stem for source in sources] == ["adder", "block_counter"]
    for source in sources:
        built, _ = assemble_file(source, tmp_path / f"{source.stem}.wasm")
        assert built.read_bytes() == source.with_suffix(".wasm").read_bytes()


@pytest.mark.parametrize(
    "number", [pytest.param(each, marks=[pytest.mark.slow] * (each > 2)) for each in NUMBERS]
)
def test_copy_of_a_lesson_runs_to_the_same_end(number: int, tmp_path: Path) -> None:
    lesson = open_lesson(number)

    copied = load_scenario(copy_lesson(lesson, tmp_path / "mine"))

    assert set(copied.scripts.values()) == set(lesson.loaded.scripts.values())
    assert copied.scenario.slots == lesson.loaded.scenario.slots
    original, again = (run(each, compiled=COMPILED) for each in (lesson.loaded, copied))
    assert again.report["beacon_state_root"] == original.report["beacon_state_root"]


def test_copy_of_lesson_two_has_the_text_of_its_script(tmp_path: Path) -> None:
    copy_lesson(open_lesson(2), tmp_path / "mine")
    assert (tmp_path / "mine/scripts/adder.wat").is_file()


def test_copy_into_a_full_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    with pytest.raises(UserError, match="not an empty folder"):
        copy_lesson(open_lesson(1), tmp_path)


@pytest.mark.parametrize("number", [0, 7])
def test_lesson_that_does_not_exist_is_refused(number: int) -> None:
    with pytest.raises(UserError, match="lessons 1 to 6"):
        open_lesson(number)
