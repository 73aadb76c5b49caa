"""What the lesson command does.

Source:
    Ours.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

from simulator.errors import UserError
from simulator.lessons.page import render_page
from simulator.lessons.shelf import copy_lesson, list_lessons, open_lesson
from simulator.lessons.telling import Telling
from simulator.lessons.terminal import Keyboard, Stage, open_console
from simulator.module_cache import DiskModuleCache, default_cache_folder
from simulator.page_file import validate_page_target, write_page_file
from simulator.terminal.formats import start_table

_OF_PAGES: Final = ("--page", "--out")
_OF_TELLING: Final = ("--from", "--pause", "--no-pause")


def validate_options(number: int | None, given: Sequence[str]) -> None:
    """Refuse options that would change nothing.

    Args:
        number: Of the lesson, if one is named.
        given: The options of the command line, by name.

    Raises:
        UserError: One of them has no meaning beside the others.
    """
    if number is None:
        if given:
            wish = ", ".join(given)
            raise UserError(f"{wish}: which lesson? Give its number, as in `shardlab lesson 1`")
    elif "--copy" in given:
        _refuse(given, set(given) - {"--copy"}, "not with --copy, which copies the lesson's files")
    elif any(option in given for option in _OF_PAGES):
        reason = f"not with {'--page' if '--page' in given else '--out'}, which writes"
        _refuse(given, _OF_TELLING, f"{reason} the whole lesson")
    else:
        _refuse(given, ("--force",), "only a page is replaced; add --page")


def _refuse(given: Sequence[str], unwanted: Collection[str], reason: str) -> None:
    found = [option for option in given if option in unwanted]
    if found:
        raise UserError(f"{', '.join(found)}: {reason}")


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
    validate_page_target(target, force=force)
    telling = Telling(open_lesson(number, seed), DiskModuleCache(default_cache_folder()))
    write_page_file(target, render_page(telling))
    return target


def copy(number: int, target: Path) -> Path:
    """Copy a lesson's scenario and scripts.

    Returns:
        The copied scenario.
    """
    return copy_lesson(open_lesson(number), target)
