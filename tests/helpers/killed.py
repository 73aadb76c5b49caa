"""``python -m tests.helpers.killed PLACE COUNT ARGUMENTS``: a command that kills itself.

PLACE is ``module:function`` for the moment before a call, ``module:function!`` for the one after
it; COUNT says which call. ``-`` for a command that somebody else kills. Checkpoints are made
behind every slot.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from simulator import checkpoints
from simulator.cli import main


def _sabotage(place: str, count: int) -> None:
    module, _, dotted = place.rstrip("!").partition(":")
    *path, name = dotted.split(".")
    owner: Any = importlib.import_module(module)
    for part in path:
        owner = getattr(owner, part)
    setattr(owner, name, _count(getattr(owner, name), count, is_after=place.endswith("!")))


def _count(function: Callable[..., Any], count: int, *, is_after: bool) -> Callable[..., Any]:
    calls = 0

    def counting(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as the function
        nonlocal calls
        calls += 1
        if calls == count and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **options)
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return counting


if __name__ == "__main__":
    checkpoints.LEAST_SECONDS = 0.0  # type: ignore[misc]  # as if slots took that long
    checkpoints._SHARE = 0  # type: ignore[misc]  # noqa: SLF001 - likewise
    place, count, *arguments = sys.argv[1:]
    if place != "-":
        _sabotage(place, int(count))
    main(arguments)
