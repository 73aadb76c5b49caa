"""What the lesson command does.

Source:
    Ours.
"""

from pathlib import Path

from rich.text import Text

from simulator.errors import UserError
from simulator.lessons.page import render_page
from simulator.lessons.shelf import copy_lesson, list_lessons, open_lesson
from simulator.lessons.telling import Telling
from simulator.lessons.terminal import Keyboard, Stage, open_console
from simulator.module_cache import DiskModuleCache, default_cache_folder
from simulator.terminal.formats import start_table


def print_lessons() -> None:
    """List the lessons."""
    console = open_console()
    table = start_table()
    table.add_column("lesson", justify="right")
    table.add_column("what it is about", overflow="fold")
    for number in range(1, len(list_lessons()) + 1):
        narration = open_lesson(number).narration
        about = Text(narration.title, style="bold").append(f"\n{narration.goal}", style="not bold")
        table.add_row(str(number), about)
    console.print(table)
    console.print(Text("Begin with: shardlab lesson 1", style="dim"))


def perform(number: int, first_step: int, seed: int | None, *, can_answer: bool) -> None:
    """Tell a lesson in the terminal.

    Raises:
        UserError: There is no such lesson, or no such step.
    """
    lesson = open_lesson(number, seed)
    steps = len(lesson.narration.steps)
    if first_step > steps:
        raise UserError(f"--from {first_step}: lesson {number} has steps 1 to {steps}")
    console = open_console()
    telling = Telling(lesson, DiskModuleCache(default_cache_folder()))
    Stage(telling, console, Keyboard(console) if can_answer else None).perform(first_step)


def write_page(number: int, out: Path | None, seed: int | None, *, force: bool) -> Path:
    """Write a lesson as a page.

    Returns:
        The file.

    Raises:
        UserError: There is no such lesson, or the file cannot be written.
    """
    target = Path(f"lesson-{number}.html") if out is None else out
    if target.exists() and not force:
        raise UserError(f"{target}: exists already; use --force to replace it")
    telling = Telling(open_lesson(number, seed), DiskModuleCache(default_cache_folder()))
    try:
        target.write_text(render_page(telling), encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{target}: cannot be written: {error.strerror}") from error
    return target


def copy(number: int, target: Path) -> Path:
    """Copy a lesson's scenario and scripts.

    Returns:
        The copied scenario.
    """
    return copy_lesson(open_lesson(number), target)
