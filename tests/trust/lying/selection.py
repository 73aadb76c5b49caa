"""Which tests are most likely to miss a rule that is gone.

Source:
    Ours: a test that names the rule's code asks for the rule; the module's own tests come
    next, all tests of the chain last.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.trust.lying.rules import ROOT, Rule

TESTS: Final = ROOT / "tests" / "chain"
_DEAR: Final = ("tests/chain/eei/", "tests/chain/wasm/")
_CORPUS: Final = "tests/chain/wasm/test_corpus.py"
"""A broken module for every rule of scripts, named by the rule's code."""


@dataclass(frozen=True, slots=True)
class TestSite:
    """Something that pytest can be told to run.

    Attributes:
        name: As pytest is told.
        file: The file it is in.
        mentions: All strings in it.
    """

    __test__ = False

    name: str
    file: str
    mentions: frozenset[str]


Select = Callable[[str], bool]
"""Tells by a test's name whether it is to be run."""


def select_tests(rule: Rule) -> Iterator[Select]:
    """Yield which tests to run, one group after the other, until something fails.

    Args:
        rule: The rule that is gone.
    """
    near = tuple(list_near(rule.file))
    named = [site for site in _list_functions() if _is_named(site, rule)]
    words = tuple(code.strip("*") for code in rule.codes if code.isidentifier() or "*" in code)
    if rule.file.startswith("chain/wasm/"):
        yield lambda name: name.startswith(_CORPUS) and any(word in name for word in words)
    yield _select(site.name for site in named if site.file in near)
    yield _select(site.name for site in named)
    yield _select(near)
    yield _select(site.file for site in _list_files() if _is_named(site, rule))
    yield _select([(ROOT / "tests" / rule.file).parent.relative_to(ROOT).as_posix()])
    # Cheap ones first: what runs scripts takes most of the time.
    yield lambda name: not name.startswith(_DEAR)
    yield lambda name: name.startswith(_DEAR)


def _select(names: Iterable[str]) -> Select:
    """Return what selects tests, all tests of a file, or of a folder."""
    known = frozenset(names)

    def is_selected(name: str) -> bool:
        file, _, rest = name.partition("::")
        return bool(known & {f"{file}::{rest.partition('[')[0]}", file, file.rpartition("/")[0]})

    return is_selected


def _is_named(site: TestSite, rule: Rule) -> bool:
    return any(_matches(site, code) for code in rule.codes)


def _matches(site: TestSite, code: str) -> bool:
    if code.endswith("*"):
        return any(text.startswith(code[:-1]) for text in site.mentions)
    return code in site.mentions


def list_near(file: str) -> Iterator[str]:
    """Yield the files of tests that mirror a module, or else its package."""
    module = Path(file)
    for mirrored in (module, module.parent):
        stem = mirrored.stem.rstrip("s")
        paths = sorted((ROOT / "tests" / mirrored.parent).glob("test_*.py"))
        found = [path.relative_to(ROOT).as_posix() for path in paths if stem in path.stem]
        if found:
            yield from found
            return


@cache
def _list_functions() -> tuple[TestSite, ...]:
    return tuple(
        TestSite(f"{file}::{node.name}", file, _find_strings(node))
        for file, tree in _read_tests()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@cache
def _list_files() -> tuple[TestSite, ...]:
    return tuple(TestSite(file, file, _find_strings(tree)) for file, tree in _read_tests())


@cache
def _read_tests() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(TESTS.rglob("test_*.py"))
    )


def _find_strings(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
