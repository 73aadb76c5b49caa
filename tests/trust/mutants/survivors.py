"""Changes that no test notices, and why they may stay so.

Source:
    Ours. Rules for what comes often: `CONTRIBUTING.md` says that tests match the code of an
    error, not what it tells people. All others one by one.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from chain import errors
from tests.trust.lying.rules import ROOT
from tests.trust.mutants.workshop import Change

_DETAIL: Final = "an error has another detail for people; tests match its code"
_STRICT: Final = "`strict` finds mistakes of ours: both have the same length"
_CAST: Final = "`cast` does nothing when it runs"


@dataclass(frozen=True, slots=True)
class _Known:
    """A change that was looked at.

    Attributes:
        file: Where it is.
        before: The part of the lines that is different.
        after: What it becomes.
        reason: Why it may stay so.
    """

    file: str
    before: str
    after: str
    reason: str

    def is_it(self, change: Change) -> bool:
        """Tell whether a change is this one."""
        before, after = " ".join(change.before), " ".join(change.after)
        is_here = change.file == self.file and self.before in before
        return is_here and before.replace(self.before, self.after, 1) == after


_KNOWN: Final = (
    _Known(
        "chain/eei/debug.py",
        '"unicode_escape"',
        '"UNICODE_ESCAPE"',
        "names of codecs are the same in capitals",
    ),
    _Known(
        "chain/placement/committee.py",
        "is_accepted=False",
        "is_accepted=None",
        "None is as false, and is not kept",
    ),
    _Known(
        "chain/eei/definitions.py",
        'after = "".join(',
        'after = "XXXX".join(',
        "what goes between the results of a host function: none has two",
    ),
    _Known(
        "chain/eei/definitions.py",
        "if fuel else",
        "if (fuel) or True else",
        "every function needs padding as it is",
    ),
    _Known("chain/eei/imports.py", '"any numbers"', '"XXany numbersXX"', _DETAIL),
    _Known("chain/wasm/model.py", "', '.join(self.params)", "'XX, XX'.join(self.params)", _DETAIL),
    _Known(
        "chain/wasm/operands.py",
        '"a block with a type index"',
        '"A BLOCK WITH A TYPE INDEX"',
        _DETAIL,
    ),
    _Known("chain/wasm/sections.py", '"a table with an initial value"', "None", _DETAIL),
)


def explain(change: Change) -> str:
    """Return why a change needs no test; empty if there is no reason."""
    for known in _KNOWN:
        if known.is_it(change):
            return known.reason
    before, after = " ".join(change.before), " ".join(change.after)
    if "strict=True" in before and _drop_strict(before) == _drop_strict(after):
        return _STRICT
    if _drop_cast(before) == _drop_cast(after):
        return _CAST
    return _DETAIL if _changes_only_details(change) else ""


def _drop_strict(code: str) -> str:
    return re.sub(r",?\s*(?=\))", "", re.sub(r"strict=(True|False|None)", "", code))


def _drop_cast(code: str) -> str:
    return re.sub(r'cast\(("\w+"|None), ', "cast(", code)


def _changes_only_details(change: Change) -> bool:
    """Tell whether a change leaves error and code of an error as they are."""
    before, after = "\n".join(change.before), "\n".join(change.after)
    for statement in _list_statements(change.file) if before else ():
        if before in statement:
            old, new = _read_error(statement), _read_error(statement.replace(before, after, 1))
            if old is not None and old == new:
                return True
    return False


@cache
def _list_statements(file: str) -> tuple[str, ...]:
    """Return all statements of a file that may raise or return an error, without indentation."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return tuple(
        "\n".join(line.strip() for line in (ast.get_source_segment(text, node) or "").split("\n"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Raise | ast.Return)
    )


def _read_error(statement: str) -> tuple[str, ...] | None:
    """Return what error a statement raises or returns, but for what is for people."""
    try:
        node = ast.parse(statement).body[0]
    except SyntaxError:
        return None
    call = _find_error(node)
    if not isinstance(call, ast.Call) or not hasattr(errors, ast.unparse(call.func)):
        return None
    return ast.unparse(call.func), *_list_facts(call)


def _find_error(node: ast.stmt) -> ast.expr | None:
    if isinstance(node, ast.Raise):
        return node.exc
    return node.value if isinstance(node, ast.Return) else None


def _list_facts(call: ast.Call) -> Iterator[str]:
    """Yield the code, and what else is not text: the rule of a script has its place in it."""
    for at, argument in enumerate(call.args):
        if not at or not _is_text(argument):
            yield ast.unparse(argument)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | None)
    return isinstance(node, ast.JoinedStr)
