"""Which tests are most likely to miss a rule that is gone.

Source:
    Ours: a test that names the rule's code asks for the rule; the module's own tests come
    next, all tests of the chain last.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.trust.lying.rules import ROOT, Rule

_TESTS: Final = ROOT / "tests" / "chain"
_CORPUS: Final = "tests/chain/wasm/test_corpus.py"
"""A broken module for every rule of scripts, named by the rule's code."""

_PATTERNS: Final = ("test_*.py", "[op]*/test_*.py", "wasm/test_*.py", "eei/**/test_*.py")


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


def select_tests(rule: Rule) -> Iterator[list[str]]:
    """Yield what pytest is given, one after the other, until something fails.

    Args:
        rule: The rule that is gone.
    """
    near = set(_list_near(rule))
    words = [code.strip("*") for code in rule.codes if ":" not in code and "proof_" not in code]
    if words and rule.file.startswith("chain/wasm/"):
        yield [_CORPUS, "-k", " or ".join(words)]
    named = [site for site in _list_functions() if _is_named(site, rule)]
    first = sorted(named, key=lambda site: (site.file not in near, site.name))
    if first:
        yield [site.name for site in first]
    with_code = {site.file for site in _list_files() if _is_named(site, rule)}
    if near | with_code:
        yield sorted(near) + sorted(with_code - near)
    # What is in the same folder, then cheap ones: what runs scripts takes most of the time.
    here = (ROOT / "tests" / rule.file).parent.relative_to(_TESTS).as_posix()
    tried = near | with_code
    for pattern in (f"{here}/test_*.py", *_PATTERNS):
        paths = [path.relative_to(ROOT).as_posix() for path in sorted(_TESTS.glob(pattern))]
        if set(paths) - tried:
            yield [path for path in paths if path not in tried]
        tried |= set(paths)


def _is_named(site: TestSite, rule: Rule) -> bool:
    return any(_matches(site, code) for code in rule.codes)


def _matches(site: TestSite, code: str) -> bool:
    if code.endswith("*"):
        return any(text.startswith(code[:-1]) for text in site.mentions)
    return code in site.mentions


def _list_near(rule: Rule) -> Iterator[str]:
    """Yield the files that mirror a module, or else its package."""
    module = Path(rule.file)
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
        for path in sorted(_TESTS.rglob("test_*.py"))
    )


def _find_strings(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
