"""The scenarios and scripts that come with shardlab.

An installed package carries them as ``simulator/scenarios``; in a checkout they are the
``scenarios`` folder beside the packages.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PACKAGE = Path(__file__).resolve().parent
_PLACES: Final = ("", "lessons/", "validation/")
"""Where scenarios are: those of a series have a folder."""


@dataclass(frozen=True, slots=True)
class ShippedScenario:
    """One scenario of the collection.

    Attributes:
        name: File name without its ending, behind its folder's: what ``shardlab run`` takes.
        path: The file.
        question: The question it answers, from the comment at its top.
    """

    name: str
    path: Path
    question: str


def get_scenarios_folder() -> Path:
    """Return the folder of shipped scenarios."""
    installed = _PACKAGE / "scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def list_shipped() -> list[ShippedScenario]:
    """Return all shipped scenarios, by name; those of a series carry its folder's name."""
    folder = get_scenarios_folder()
    files = [file for place in _PLACES for file in sorted(folder.glob(f"{place}*.yaml"))]
    return [
        ShippedScenario(
            file.relative_to(folder).with_suffix("").as_posix(), file, _read_question(file)
        )
        for file in files
    ]


def find_shipped(name: str) -> Path | None:
    """Return a shipped scenario's file."""
    return next((scenario.path for scenario in list_shipped() if scenario.name == name), None)


def find_shipped_sweep(name: str) -> Path | None:
    """Return the file of a shipped sweep, by its name."""
    files = (get_scenarios_folder() / "sweeps").glob("*.yaml")
    return next((file for file in files if file.stem == name), None)


def _read_question(path: Path) -> str:
    """Return the first paragraph of the comment at the top of a scenario."""
    words = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#") or not text:
            break
        words.append(text.removeprefix("Question:").strip())
    question = " ".join(words)
    return question[:1].upper() + question[1:]
