"""The chain's rules as they stand in its code, and the chain without one of them.

A rule is a place that raises one of the chain's errors, or a call of a ``validate_`` function.
Taking the rule away means that this one statement does nothing: an error that translates
another one passes it on as it was, a call is skipped.

Source:
    Ours: read from the code, so that a new rule is tried without anybody listing it.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import chain.errors

ROOT: Final = Path(__file__).parents[3]
CHAIN: Final = ROOT / "chain"

_ERRORS: Final = frozenset(
    name
    for name, value in vars(chain.errors).items()
    if isinstance(value, type) and issubclass(value, chain.errors.ShardlabError)
)
_PREFIX: Final = "validate_"


@dataclass(frozen=True, slots=True)
class Rule:
    """One place that refuses something.

    Attributes:
        file: Path in the project.
        line: Where the statement begins.
        function: Name of the function it is in.
        label: The error's code, or the call.
        codes: Strings that a test of the rule may mention; a trailing ``*`` stands for more.
    """

    file: str
    line: int
    function: str
    label: str
    codes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file} {self.function}: {self.label}"


@cache
def list_rules() -> tuple[Rule, ...]:
    """Return all rules of the chain, by file and line."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in CHAIN.rglob("*.py")}
    calls = Counter(name for tree in trees.values() for name in _find_called(tree))
    raises = Counter(name for tree in trees.values() for name in _find_raising(tree))
    passing = Counter(name for tree in trees.values() for name in _find_passing(tree))
    # What is raised in one place and asked for in one place is one rule.
    ignored = {name for name, count in calls.items() if count == raises[name] == 1}
    # What raises only other errors speaks to programmers.
    ignored |= {name for name in calls if not raises[name] and not passing[name]}
    behind = _find_behind(trees.values())
    return tuple(
        rule
        for path in sorted(trees)
        for rule in _find_rules(trees[path], path.relative_to(ROOT).as_posix(), ignored, behind)
    )


def remove_rule(source: str, rule: Rule) -> ast.Module:
    """Return a module in which one rule's statement does nothing."""
    tree = ast.parse(source)
    _Remover(rule.line).visit(tree)
    return ast.fix_missing_locations(tree)


class _Remover(ast.NodeTransformer):
    """Takes away the rule that begins in a line."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._handlers = 0

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self._handlers += 1
        visited = self.generic_visit(node)
        self._handlers -= 1
        return visited

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if node.lineno != self._line:
            return node
        return ast.copy_location(ast.Raise() if self._handlers else ast.Pass(), node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = _read_call(node) if node.lineno == self._line else None
        # Naming the function keeps what the code refers to as it was.
        return node if call is None else ast.copy_location(ast.Expr(call.func), node)


def _find_rules(
    tree: ast.Module, file: str, ignored: set[str], behind: Mapping[str, set[str]]
) -> Iterator[Rule]:
    """Yield a module's rules, apart from calls of some functions."""
    for node, function in _walk(tree, ""):
        call = _read_call(node)
        raised = _read_raise(node)
        if raised is not None:
            codes = tuple(_list_codes(raised))
            label = codes[0] if codes else ast.unparse(raised.args[0])
            yield Rule(file, node.lineno, function, label, codes)
        elif call is not None and _get_name(call.func) not in ignored:
            given = {code for code in map(_read_code, call.args) if code}
            codes = tuple(sorted(given or behind[_get_name(call.func)]))
            yield Rule(file, node.lineno, function, ast.unparse(call), codes)


def _find_behind(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """Return the codes that functions of a name raise, by themselves or through others."""
    codes: defaultdict[str, set[str]] = defaultdict(set)
    called: defaultdict[str, set[str]] = defaultdict(set)
    for node, function in (pair for tree in trees for pair in _walk(tree, "")):
        name = function.rpartition(".")[2].lstrip("_")
        raised, call = _read_raise(node), _read_call(node)
        if raised is not None:
            codes[name] |= set(_list_codes(raised))
        elif call is not None:
            called[name].add(_get_name(call.func))
    for _ in called:
        for name, others in called.items():
            codes[name] |= {code for other in others for code in codes[other]}
    return codes


def _walk(node: ast.AST, function: str) -> Iterator[tuple[ast.stmt, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, function
        name = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else ""
        yield from _walk(child, ".".join(filter(None, (function, name))))


def _find_called(tree: ast.Module) -> Iterator[str]:
    for node, _ in _walk(tree, ""):
        call = _read_call(node)
        if call is not None:
            yield _get_name(call.func)


def _find_passing(tree: ast.Module) -> Iterator[str]:
    """Yield the functions that call other rules."""
    for node, function in _walk(tree, ""):
        if _read_call(node) is not None:
            yield function.rpartition(".")[2].lstrip("_")


def _find_raising(tree: ast.Module) -> Iterator[str]:
    for node, function in _walk(tree, ""):
        if _read_raise(node) is not None:
            yield function.rpartition(".")[2].lstrip("_")


def _read_raise(node: ast.stmt) -> ast.Call | None:
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc if _get_name(node.exc.func) in _ERRORS else None
    return None


def _read_call(node: ast.stmt) -> ast.Call | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return node.value if _get_name(node.value.func).startswith(_PREFIX) else None
    return None


def _get_name(node: ast.expr) -> str:
    name = node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
    return name.lstrip("_")


def _list_codes(raised: ast.Call) -> Iterator[str]:
    """Yield a code, and the forms in which callers and scripts' outcomes show it."""
    code = _read_code(raised.args[0]) if raised.args else ""
    if code:
        yield from (code, f"trapped:{code}", f"proof_{code}")


def _read_code(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(code)):
            return code
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            return f"{start}*"
        case _:
            return ""
