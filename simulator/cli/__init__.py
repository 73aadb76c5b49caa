"""The command line: parses, calls one function a command, prints what it returns.

Source:
    Ours.
"""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from chain.lazy import import_lazily
from simulator.cli.quick import parse_quick_scout, run_quick_scout

if TYPE_CHECKING:
    from simulator.cli.application import app
else:
    __getattr__ = import_lazily(__name__, {"application": "app"})


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: Behind the program's name; by default those of this process.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    quick = parse_quick_scout(given)
    if quick is not None:
        run_quick_scout(quick)
        return
    from simulator.cli.application import app  # noqa: PLC0415 - see ``simulator.cli.quick``

    app(args=None if arguments is None else given, prog_name="shardlab")


__all__ = ["app", "main"]
