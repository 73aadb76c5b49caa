"""``shardlab scout FILE...``, without Typer where Typer has nothing to do.

Importing Typer, and what it parses values with, takes longer than running a small file, and
Scout files are run by the hundred, one process each. So a command line of file names and flags
alone goes straight to the function behind the command. Whatever else there is, an option with
a value, a misspelled flag or a call for help, is Typer's.

Source:
    Ours.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

_COMMAND: Final = "scout"
_JSON: Final = "--json"
_STRICT: Final = "--strict"


class QuickScout(NamedTuple):
    """What the command line asks for; everything else is as by default."""

    files: tuple[Path, ...]
    is_strict: bool
    as_json: bool


def parse_quick_scout(arguments: Sequence[str]) -> QuickScout | None:
    """Return what ``shardlab scout`` is asked for, or None where Typer has to look.

    Args:
        arguments: Behind the program's name.
    """
    command, *rest = arguments or [""]
    flags = {each for each in rest if each.startswith("-")}
    files = tuple(Path(each) for each in rest if not each.startswith("-"))
    if command != _COMMAND or not files or not flags <= {_JSON, _STRICT}:
        return None
    return QuickScout(files, is_strict=_STRICT in flags, as_json=_JSON in flags)


def run_quick_scout(wanted: QuickScout) -> None:
    """Run Scout files as the command does.

    Raises:
        SystemExit: With the command's exit status, unless that is 0.
    """
    from simulator.endings import run_guarded  # noqa: PLC0415 - other commands have Typer

    status = run_guarded(lambda: _run(wanted))
    if status:
        raise SystemExit(status)


def _run(wanted: QuickScout) -> int:
    with _keep_for_good():
        from simulator.commands.shared import open_cache  # noqa: PLC0415 - other commands have others
        from simulator.scout import ScoutOptions, run_scout_files  # noqa: PLC0415 - as above
        from simulator.terminal.scout import print_scout  # noqa: PLC0415 - as above

    results = run_scout_files(wanted.files, ScoutOptions(strict=wanted.is_strict), open_cache())
    return print_scout(results, as_json=wanted.as_json)


@contextmanager
def _keep_for_good() -> Iterator[None]:
    """Let no search for garbage look at what imports leave behind, neither now nor at the end.

    There are a hundred thousand objects, and none of them is garbage: looking takes a fifth of
    the time of a small file.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
