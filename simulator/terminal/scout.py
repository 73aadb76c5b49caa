"""Printing what came of Scout files: plain lines, for which Rich would be too slow a start.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.terminal.json_output import print_json

if TYPE_CHECKING:
    from simulator.scout import ScoutFileResult


def print_scout(results: Iterable["ScoutFileResult"], *, as_json: bool) -> int:
    """Print each file's result as it comes.

    Returns:
        The exit status: 0 all passed, 1 some differ, 2 some could not be run.
    """
    files = []
    status = 0
    for result in results:
        status = max(status, 2 if result.error else 0 if result.passed else 1)
        for warning in result.warnings:
            sys.stderr.write(f"warning: {warning}\n")
        if result.error:
            sys.stderr.write(f"error: {result.error}\n")
        files.append(
            {
                "path": result.path,
                "passed": result.passed,
                "differences": list(result.differences),
                "error": result.error or None,
            }
        )
        if not as_json:
            word = "pass" if result.passed else "ERROR" if result.error else "FAIL"
            differences = [f"      {difference}\n" for difference in result.differences]
            sys.stdout.write("".join([f"{word:5} {result.path}\n", *differences]))
            sys.stdout.flush()
    if as_json:
        print_json({"files": files})
    return status
