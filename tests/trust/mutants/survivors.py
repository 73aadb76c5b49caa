"""Changes that no test notices, and why they may stay so."""

import ast
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.trust.lying.rules import ROOT
from tests.trust.mutants.workshop import Change

_DETAIL: Final = "an error has another detail for people; tests match its code"
_STRICT: Final = "`strict` finds mistakes of ours: both have the same length"

_ALIKE: Final[dict[str, str]] = {}
"""Changes that change nothing, as they are told, and why."""


def explain(change: Change) -> str:
    """Return why a change needs no test; empty if there is no reason."""
    if str(change) in _ALIKE:
        return _ALIKE[str(change)]
    if _loosens_zip(change):
        return _STRICT
    return _DETAIL if _changes_only_details(change) else ""


def _loosens_zip(change: Change) -> bool:
    before, after = (_drop_strict(" ".join(lines)) for lines in (change.before, change.after))
    return "strict=True" in " ".join(change.before) and before == after


def _drop_strict(code: str) -> str:
    return re.sub(r",?\s*(?=\))", "", re.sub(r"strict=(True|False|None)", "", code))


def _changes_only_details(change: Change) -> bool:
    """Tell whether a change leaves error and code of a raised error as they are."""
    before, after = "\n".join(change.before), "\n".join(change.after)
    for raised in _list_raised(change.file):
        if before and before in raised:
            old, new = _read_raised(raised), _read_raised(raised.replace(before, after, 1))
            if old is not None and old == new:
                return True
    return False


@cache
def _list_raised(file: str) -> tuple[str, ...]:
    """Return all raise statements of a file, their lines without indentation."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return tuple(
        "\n".join(line.strip() for line in (ast.get_source_segment(text, node) or "").split("\n"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Raise)
    )


def _read_raised(statement: str) -> tuple[str, ...] | None:
    """Return what a statement raises, with the arguments that are not for people."""
    try:
        raised = ast.parse(textwrap.dedent(statement)).body[0]
    except SyntaxError:
        return None
    if not isinstance(raised, ast.Raise) or not isinstance(raised.exc, ast.Call):
        return None
    return ast.unparse(raised.exc.func), *_list_facts(raised.exc)


def _list_facts(call: ast.Call) -> Iterator[str]:
    """Yield the code, and what else is not text: the rule of a script has its place in it."""
    for at, argument in enumerate(call.args):
        if not at or not _is_text(argument):
            yield ast.unparse(argument)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | None)
    return isinstance(node, ast.JoinedStr)
