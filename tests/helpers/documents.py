"""Documents whose examples are run: consoles of the shell and of Python.

A ``console`` block shows commands behind ``$`` and what they print; a command that ends in a
backslash continues on the next line. ``make`` itself is not run: the lines that it echoes,
``.venv/bin/shardlab ...``, stand for it. A ``pycon`` block is a Python session. All blocks of a
document run in its order in one folder, which sees the shipped scenarios as ``scenarios``.
"""

import os
import subprocess
import sys
from code import InteractiveConsole
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Final

from tests.helpers.markdown import Block, find_blocks, replace_block

PROJECT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = tuple(
    map(
        Path,
        (
            "README.md",
            "docs/faq.md",
            "docs/lessons.md",
            "docs/sweeps.md",
            "docs/transfers.md",
            "docs/tutorial.md",
            "docs/writing-scripts.md",
        ),
    )
)
"""Those with examples, relative to the project."""

MADE_PREFIX: Final = ".venv/bin/"
"""How the lines of `make` begin that are commands of the environment it made."""

_COLUMNS: Final = "100"
_PROMPTS: Final = (">>> ", "... ")


def run_document(text: str, folder: Path) -> Iterator[tuple[Block, list[str]]]:
    """Run a document's examples.

    Args:
        text: The document.
        folder: An empty folder to run them in.

    Yields:
        Each block that can be run, with the lines that it has now.
    """
    (folder / "scenarios").symlink_to(PROJECT / "scenarios", target_is_directory=True)
    for block in find_blocks(text):
        if block.language == "console":
            yield block, list(_run_console(block, folder))
        elif block.language == "pycon":
            yield block, _run_pycon(block, folder)


def refresh_document(text: str, folder: Path) -> str:
    """Return a document with the output of its examples as it is now."""
    # Backwards, so that the line numbers of the blocks before stay right.
    for block, lines in reversed(list(run_document(text, folder))):
        text = replace_block(text, block, lines)
    return text


def _run_console(block: Block, folder: Path) -> Iterator[str]:
    for shown, command in find_commands(block):
        yield from shown
        yield from _run_shell(command, folder) if command else ()


def find_commands(block: Block) -> Iterator[tuple[list[str], str]]:
    """Yield a console's commands: the lines that show each, and what to run for it."""
    lines = iter(block.lines)
    for line in lines:
        command = _get_command(line)
        if command is None:
            continue
        shown = [line]
        while shown[-1].endswith("\\"):
            shown.append(next(lines))
        yield shown, "\n".join([command, *shown[1:]])


def _get_command(line: str) -> str | None:
    """Return what a line asks to run, nothing for a part of make, None for output."""
    if line.startswith(("$ make ", "python3 -m venv", f"{MADE_PREFIX}pip")):
        return ""
    if line.startswith(("$ ", MADE_PREFIX)):
        return line.removeprefix("$ ").removeprefix(MADE_PREFIX)
    return None


def _run_shell(command: str, folder: Path) -> list[str]:
    """Run a command as a reader would, and return what a terminal shows, trailing blanks cut."""
    environment = {
        **os.environ,
        "COLUMNS": _COLUMNS,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SHARDLAB_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(  # noqa: S602 - the commands are our own documentation's
        command,
        shell=True,
        check=False,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return [line.rstrip() for line in done.stdout.splitlines()]


def _run_pycon(block: Block, folder: Path) -> list[str]:
    lines: list[str] = []
    console = InteractiveConsole({"__name__": "__main__"})
    with chdir(folder):
        for line in block.lines:
            if line.startswith(_PROMPTS) or line == _PROMPTS[1].rstrip():
                lines.append(line)
                lines.extend(_push(console, line[4:]))
    return lines


def _push(console: InteractiveConsole, line: str) -> Sequence[str]:
    output = StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        console.push(line)
    return [each.rstrip() for each in output.getvalue().splitlines()]
