"""Lessons in the terminal: pauses, answers, leaving, and starting in the middle."""

import pytest

from simulator.lessons import open_lesson
from tests.helpers.lessons import ScriptedAudience, perform, tell_all

STEPS = len(tell_all(1))


def test_audience_is_asked_before_every_run_and_after_every_step() -> None:
    audience = ScriptedAudience()
    text = perform(open_lesson(1), audience)

    assert [prompt for prompt in audience.prompts if "run" in prompt][:2] == [
        "Press Enter to run slots 1 to 2: ",
        "Press Enter to run slot 3: ",
    ]
    assert audience.prompts.count("Press Enter for the next step: ") == STEPS - 1
    assert "Type q at any pause to leave." in text
    assert "This was lesson 1." in text


def test_answers_that_are_not_given_are_not_scored() -> None:
    text = perform(open_lesson(1), ScriptedAudience())
    assert "You answered" not in text
    assert "Not quite" not in text


@pytest.mark.parametrize("leaving", ["q", " QUIT ", KeyboardInterrupt(), EOFError()])
def test_leaving_is_polite_and_says_how_to_go_on(leaving: str | BaseException) -> None:
    answers: list[str | BaseException] = ["", "", "", leaving]
    text = perform(open_lesson(1), ScriptedAudience(answers))

    assert "See you later. To go on from here: shardlab lesson 1 --from 2" in text
    assert "This was lesson" not in text


def test_from_a_step_on_tells_what_the_whole_lesson_tells_there() -> None:
    whole = perform(open_lesson(1))
    part = perform(open_lesson(1), first_step=5)

    heading = f"5 of {STEPS}: "
    assert heading in whole
    assert part.partition(heading)[2] == whole.partition(heading)[2]
    assert f"1 of {STEPS}: " not in part


def test_run_is_shown_only_after_the_pause() -> None:
    class Watcher(ScriptedAudience):
        def ask(self, prompt: str) -> str:
            if prompt.startswith("Press Enter to run slot 3"):
                raise KeyboardInterrupt
            return super().ask(prompt)

    text = perform(open_lesson(1), Watcher())
    assert "[slots 1 to 2]" in text
    assert "[slot 3]" not in text
    assert "shard 0  ..#" not in text


@pytest.mark.parametrize("width", [40, 60, 80])
def test_tables_of_numbers_never_fold_a_word(width: int) -> None:
    """On a narrow terminal the six bills of the placements become several tables."""
    words = perform(open_lesson(6), first_step=4, width=width).partition("5 of 6")[0].split()

    for word in ("optimistic", "committee", "attacker", "8.32768", "32,768", "called"):
        assert word in words
    assert words.count("optimistic") == {40: 3, 60: 2, 80: 1}[width]
