"""Runs tests on a chain that lacks one rule: ``python -m tests.trust.lying.killing``.

This process imports the packages that tests need and forgets the project's own. For every rule
it forks; the child imports the chain with the rule taken away, runs tests until the first one
fails, and says which. Nothing is written to disk, and tests that read the chain's source see
it as it is: they kill nobody.

Source:
    Ours.
"""

import importlib
import importlib.util
import io
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Final, NoReturn

import pytest

from tests.trust.lying.rules import ROOT, Rule, list_rules, remove_rule
from tests.trust.lying.selection import select_tests

MOST_SECONDS: Final = 1800
"""For one run of tests; who takes longer cannot be judged."""

_PREPARED: Final = ("tests.conftest", "tests.helpers.chain", "tests.helpers.wasm_modules")
"""What tests begin with, for the sake of the packages that it imports."""

_OURS: Final = frozenset({"chain", "simulator", "tests"})
_OPTIONS: Final = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-m",
    "not slow",
    "--timeout",
    "60",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_SURVIVED: Final = ""


class _Loader(SourceLoader):
    """Loads one module of the chain without a rule."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def get_filename(self, fullname: str) -> str:
        del fullname
        return str(ROOT / self._rule.file)

    def get_data(self, path: bytes | str | os.PathLike[str]) -> bytes:
        with open(path, "rb") as file:  # noqa: PTH123 - as importlib calls it
            return file.read()

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.get_filename(fullname)).decode("utf-8")
        code: CodeType = compile(
            remove_rule(source, self._rule), self.get_filename(fullname), "exec"
        )
        return code


class _Finder(MetaPathFinder):
    """Stands before all others and knows that one module."""

    def __init__(self, rule: Rule) -> None:
        self._module = rule.file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self._is_package = rule.file.endswith("__init__.py")
        self._loader = _Loader(rule)

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        del path, target
        if fullname != self._module:
            return None
        return importlib.util.spec_from_loader(fullname, self._loader, is_package=self._is_package)


@dataclass(slots=True, eq=False)
class _Recorder:
    """Remembers the first test that failed."""

    failed: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} (while it is read)")


def find_killer(rule: Rule) -> str:
    """Return the first test that fails without a rule; nothing if none does."""
    for tests in select_tests(rule):
        found = _run_forked(rule, tests)
        if found != _SURVIVED:
            return found
    return _SURVIVED


def _run_forked(rule: Rule, tests: Sequence[str]) -> str:
    """Run tests in a child that has the chain without the rule."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _answer(writer, rule, tests)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as answers:
        found = answers.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"no tests could be run without {rule}: {found}")
    return found


def _answer(writer: int, rule: Rule, tests: Sequence[str]) -> NoReturn:
    """Be the child: run tests, write what came of them, and end."""
    status = 1
    with os.fdopen(writer, "w", encoding="utf-8") as answer:
        try:
            answer.write(_run(rule, tests))
            status = 0
        except BaseException as error:  # noqa: BLE001 - a child that goes on would be a second parent
            answer.write(repr(error))
    os._exit(status)


def _run(rule: Rule, tests: Sequence[str]) -> str:
    signal.alarm(MOST_SECONDS)
    sys.meta_path.insert(0, _Finder(rule))
    recorder, hidden = _Recorder(), io.StringIO()
    with redirect_stdout(hidden), redirect_stderr(hidden):
        status = pytest.main([*_OPTIONS, *tests], plugins=[recorder])
    if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return _SURVIVED
    if not recorder.failed:
        raise RuntimeError(f"pytest ended with {status}: {hidden.getvalue()[-500:]}")
    return recorder.failed[0]


def prepare() -> None:
    """Import the packages that tests need, and forget all that depends on the chain."""
    for name in _PREPARED:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]


def main() -> int:
    """Answer numbers of rules, one a line, with the tests that need them."""
    os.chdir(ROOT)
    prepare()
    rules = list_rules()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(find_killer(rules[int(line)])) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
