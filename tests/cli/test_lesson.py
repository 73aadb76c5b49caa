"""``shardlab lesson`` and ``shardlab assemble``."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cli import shardlab
from tests.helpers.lessons import NUMBERS

ADDS_NOTHING = '(module (memory (export "memory") 1) (func (export "main")))'


def test_lesson_without_a_number_lists_all() -> None:
    outcome = shardlab("lesson")
    assert outcome.status == 0
    for title in ("What a shard block is", "The placement debate, with numbers"):
        assert title in outcome.stdout
    assert [str(number) in outcome.stdout for number in NUMBERS] == [True] * 6


def test_lesson_into_a_pipe_prints_everything_and_waits_for_nobody() -> None:
    outcome = shardlab("lesson", 1)
    assert outcome.status == 0
    assert "This was lesson 1." in outcome.stdout
    assert "Press Enter" not in outcome.stdout
    assert "\x1b" not in outcome.stdout


def test_lesson_with_another_seed_says_so() -> None:
    assert "12 slots, seed 9" in shardlab("lesson", 1, "--seed", 9).stdout


def test_lesson_from_a_step_starts_there() -> None:
    outcome = shardlab("lesson", 1, "--from", 7)
    assert "7 of 7" in outcome.stdout
    assert "1 of 7" not in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lesson", 7), "there is no lesson 7; there are lessons 1 to 6"),
        (("lesson", 1, "--from", 8), "--from 8: lesson 1 has steps 1 to 7"),
        (("lesson", 1, "-o", "missing/page.html"), "missing/page.html: cannot be written"),
        (("assemble", "missing.wat"), "missing.wat: cannot be read"),
    ],
)
def test_unusable_arguments_are_errors(arguments: tuple[object, ...], message: str) -> None:
    outcome = shardlab(*arguments)
    assert outcome.status == 2
    assert message in outcome.stderr


def test_lesson_page_is_written_beside_and_never_over_another() -> None:
    assert "lesson-2.html is ready" in shardlab("lesson", 2, "--page").stdout
    assert Path("lesson-2.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    assert shardlab("lesson", 2, "--page").status == 0
    Path("lesson-2.html").write_text("mine", encoding="utf-8")

    again = shardlab("lesson", 2, "--page")
    assert (again.status, "--force" in again.stderr) == (2, True)
    assert Path("lesson-2.html").read_text(encoding="utf-8") == "mine"
    assert shardlab("lesson", 2, "--page", "--force").status == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--page",), "--page: which lesson? Give its number, as in `shardlab lesson 1`"),
        (("--copy", "mine"), "--copy: which lesson? Give its number"),
        (("--out", "a.html", "--seed", 3), "--out, --seed: which lesson? Give its number"),
        ((1, "--page", "--from", 2), "--from: not with --page, which writes the whole lesson"),
        ((1, "-o", "a.html", "--no-pause"), "--no-pause: not with --out, which writes the whole"),
        ((1, "--force", "--no-pause"), "--force: only a page is replaced; add --page"),
        ((1, "--copy", "mine", "--page"), "--page: not with --copy, which copies the lesson's"),
        ((1, "--copy", "mine", "--seed", 4), "--seed: not with --copy"),
    ],
)
def test_lesson_options_that_would_be_ignored_are_refused(
    arguments: tuple[object, ...], message: str
) -> None:
    outcome = shardlab("lesson", *arguments)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert message in outcome.stderr
    assert not list(Path().glob("*.html"))
    assert not Path("mine").exists()


def test_lesson_copy_is_a_scenario_that_runs() -> None:
    outcome = shardlab("lesson", 2, "--copy", "mine")
    assert outcome.status == 0
    assert "shardlab run mine/2_first_script.yaml" in outcome.stdout
    assert shardlab("run", "mine/2_first_script.yaml").status == 0


def test_changed_script_of_a_copy_is_what_runs_after_assembling_it() -> None:
    """The task of lesson 2, solved."""
    shardlab("lesson", 2, "--copy", "mine")
    source = Path("mine/scripts/adder.wat")
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("(i64.load8_u (i32.const 32))", "(i64.const 1)"))

    assert shardlab("assemble", source).status == 0
    assert shardlab("validate", "mine/scripts/adder.wasm").status == 0
    executed = shardlab("exec", "mine/scripts/adder.wasm", "--data", "ff", "--json")
    assert executed.document["post_state"] == "01" + "00" * 31


def test_assemble_writes_where_it_is_told() -> None:
    Path("small.wat").write_text(ADDS_NOTHING, encoding="utf-8")
    outcome = shardlab("assemble", "small.wat", "-o", "other.wasm")
    assert outcome.status == 0
    assert Path("other.wasm").read_bytes().startswith(b"\0asm")


def test_assemble_over_the_text_itself_is_refused() -> None:
    Path("small.wat").write_text(ADDS_NOTHING, encoding="utf-8")

    outcome = shardlab("assemble", "small.wat", "-o", "small.wat")

    assert outcome.status == 2
    assert Path("small.wat").read_text(encoding="utf-8") == ADDS_NOTHING


def test_assemble_refuses_what_is_not_wat() -> None:
    Path("bad.wat").write_text("(module (func $a", encoding="utf-8")
    outcome = shardlab("assemble", "bad.wat")
    assert outcome.status == 2
    assert outcome.stderr.startswith("error: bad.wat:1:17: expected `)`")
    assert "<anon>" not in outcome.stderr
    assert not Path("bad.wasm").exists()


def test_lesson_at_a_terminal_waits_and_leaves_politely() -> None:
    """On a real terminal of its own: it pauses, takes a q, and ends well."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from simulator.cli import main; main(['lesson', '1'])"]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "70"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, env=environment) as process:  # noqa: S603 - our own command
        os.close(theirs)
        os.write(ours, b"\nq\n")
        seen = read_to_end(ours)
        assert process.wait(timeout=60) == 0

    assert "Press Enter to run slots 1 to 2" in seen
    assert "See you later. To go on from here: shardlab lesson 1 --from 1" in seen
    assert "\x1b[3" not in seen


def read_to_end(terminal: int) -> str:
    """Read what was written on a terminal until nobody holds its other end."""
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 4096)
        except OSError:
            os.close(terminal)
            return seen.decode()
