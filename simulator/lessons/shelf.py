"""The lessons that come with shardlab.

Source:
    Ours.
"""

import shutil
from pathlib import Path
from typing import Final

from simulator.errors import UserError
from simulator.lessons.narration import Lesson
from simulator.lessons.reading import load_lesson
from simulator.shipped import get_scenarios_folder

_FOLDER: Final = "lessons"
_LESSON_FILES: Final = "narration/[0-9]_*.yaml"


def list_lessons() -> list[Path]:
    """Return the narrations of all lessons, in order; lesson 1 comes first."""
    return sorted((get_scenarios_folder() / _FOLDER).glob(_LESSON_FILES))


def open_lesson(number: int, seed: int | None = None) -> Lesson:
    """Return a lesson that comes with shardlab.

    Args:
        number: From 1.
        seed: Replaces the scenario's.

    Raises:
        UserError: There is no such lesson.
    """
    lessons = list_lessons()
    if not 1 <= number <= len(lessons):
        raise UserError(f"there is no lesson {number}; there are lessons 1 to {len(lessons)}")
    return load_lesson(lessons[number - 1], number, seed)


def copy_lesson(lesson: Lesson, target: Path) -> Path:
    """Copy a lesson's scenario, with its scripts and their sources, to play with.

    Returns:
        The scenario in its new place.

    Raises:
        UserError: The folder holds something already, or cannot be made.
    """
    scenario = lesson.folder / Path(lesson.narration.scenario).name
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise UserError(f"{target}: exists already and is not an empty folder")
        (target / "scripts").mkdir(parents=True)
        text = scenario.read_text(encoding="utf-8")
        for script in lesson.loaded.scripts:
            found = lesson.folder / script
            for file in sorted(found.parent.glob(f"{found.stem}.*")):
                if file.is_file():
                    shutil.copyfile(file, target / "scripts" / file.name)
            text = text.replace(script, f"scripts/{found.name}")
        copy = target / scenario.name
        copy.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{target}: cannot be made: {error.strerror}") from error
    return copy
