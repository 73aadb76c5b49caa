"""A copy of a tree in which mutmut changes code and runs tests.

Source:
    Ours: mutmut has one command for everything and works in the current folder. Here it first
    makes all changes and learns which test runs which function, which takes minutes, and then
    tries some of them.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PROGRAM: Final = Path(sysconfig.get_path("scripts")) / "mutmut"
_SETTINGS: Final = "pyproject.toml"
_ALWAYS_COPIED: Final = ("tests", _SETTINGS)
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")
_SHOWN_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changes.

    Attributes:
        file: The file.
        before: The lines that are different, as they are.
        after: As the mutant has them.
    """

    file: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: `{' '.join(self.before)}` becomes `{' '.join(self.after)}`"


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder in which mutmut works.

    Attributes:
        folder: The copy of the tree.
    """

    folder: Path

    @classmethod
    def open(cls, tree: Path, folder: Path) -> "Workshop":
        """Copy what the tree's own settings of mutmut name; what was there is gone."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        told = _read_settings(tree)
        for name in (*told["source_paths"], *told.get("also_copy", ()), *_ALWAYS_COPIED):
            if (tree / name).is_dir():
                shutil.copytree(tree / name, folder / name, ignore=_NOT_COPIED)
            else:
                shutil.copy(tree / name, folder / name)
        return cls(folder)

    def prepare(self, pattern: str) -> None:
        """Make all changes, learn which test runs what, and try the changes of a pattern.

        Raises:
            RuntimeError: Tests fail although nothing is changed, or no change matches.
        """
        self._call("run", pattern)

    def try_mutants(self, names: Iterable[str]) -> Mapping[str, str]:
        """Run, for each mutant, the tests that run its function, until one fails.

        Returns:
            What became of it, in mutmut's words: "killed", "survived", "no tests", "timeout".

        Raises:
            RuntimeError: Tests fail although nothing is changed.
        """
        wanted = set(names)
        self._call("run", *sorted(wanted))
        return {name: told for name, told in self._read_results().items() if name in wanted}

    def is_noticed_from_the_start(self, name: str, tests: Iterable[str]) -> bool:
        """Run tests in a process that never knew the code without a mutant.

        mutmut forks from a process that has loaded all code: what only runs while code is loaded
        ran there before the change, and no test of a child can notice it.

        Args:
            name: The mutant.
            tests: Files and folders of tests, in their order.
        """
        settings = _read_settings(self.folder)
        done = subprocess.run(  # noqa: S603 - our own arguments
            [
                *(sys.executable, "-m", "pytest", "-x", *tests),
                *settings.get("pytest_add_cli_args", ()),
            ],
            cwd=self.folder / "mutants",
            env={**_get_environment(), "MUTANT_UNDER_TEST": name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return done.returncode != 0

    def list_mutants(self) -> list[str]:
        """Return the names of all changes, sorted."""
        return sorted(self._read_results())

    def show(self, name: str) -> Change:
        """Return what a mutant changes."""
        lines = self._call("show", name).splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith("+++"))
        changed = lines[start + 1 :]
        return Change(
            lines[start].split()[1],
            tuple(line[1:].strip() for line in changed if line.startswith("-")),
            tuple(line[1:].strip() for line in changed if line.startswith("+")),
        )

    def _read_results(self) -> dict[str, str]:
        told = self._call("results", "--all", "true").splitlines()
        pairs = (line.strip().partition(": ") for line in told)
        return {name: result for name, _, result in pairs if "__mutmut_" in name}

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [_PROGRAM, *arguments],
            cwd=self.folder,
            env=_get_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            told = (done.stdout + done.stderr).splitlines()[-_SHOWN_LINES:]
            raise RuntimeError("\n".join([f"mutmut {arguments[0]} failed", *told]))
        return done.stdout


def _read_settings(tree: Path) -> Mapping[str, Any]:
    settings = tomllib.loads((tree / _SETTINGS).read_text(encoding="utf-8"))
    told: Mapping[str, Any] = settings["tool"]["mutmut"]
    return told


def _get_environment() -> dict[str, str]:
    """Return this process's variables, but for one: a chain found by it would be unchanged."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
