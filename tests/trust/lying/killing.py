"""Runs tests on a chain that lacks one rule: ``python -m tests.trust.lying.killing``.

This process is a run of pytest that has collected all quick tests of the chain. For every rule
it forks; the child takes the rule out of the functions that are loaded, runs tests until one
fails, and says which; another child runs that test with all rules in place, where it must
pass. Nothing is written to disk, and tests that read the chain's source see it as it is: they
kill nobody.

Source:
    Ours.
"""

import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from types import CodeType, FunctionType
from typing import Final, NoReturn, TextIO

import pytest

from tests.trust.lying.rules import ROOT, Rule, list_rules, remove_rule
from tests.trust.lying.selection import TESTS, select_tests

_OPTIONS: Final = (
    *("-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.trust.lying.forking"),
    *("-m", "not slow", "--timeout", "120"),
)
"""Tests that take longer hang; the child that met one fails it."""

UNCLEAR: Final = "unclear"
"""How an answer begins when there is none."""

_SURVIVED: Final = ""


@dataclass(slots=True, eq=False)
class _Judge:
    """A plugin that takes pytest's own loop over tests apart.

    Attributes:
        requests: Numbers of rules, one a line.
        answers: Where the tests go that need them.
        failed: The tests that failed in this process.
    """

    requests: TextIO
    answers: TextIO
    failed: list[str] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer until nobody asks any more."""
        if session.testsfailed:
            raise RuntimeError("tests could not be collected")
        rules = list_rules()
        for line in self.requests:
            try:
                found = self.find_killer(session.items, rules[int(line)])
            except RuntimeError as error:
                # pytest would only print it.
                found = f"{UNCLEAR}: {error}"
            self.answers.write(json.dumps(found) + "\n")
            self.answers.flush()
        return True

    def find_killer(self, items: list[pytest.Item], rule: Rule) -> str:
        """Return the first test that fails without a rule; nothing if none does.

        Raises:
            RuntimeError: It fails with the rule too.
        """
        tried: set[str] = set()
        for is_selected in select_tests(rule):
            chosen = [
                item for item in items if item.nodeid not in tried and is_selected(item.nodeid)
            ]
            tried |= {item.nodeid for item in chosen}
            killer = self._fork(partial(self._run, chosen, rule))
            if killer != _SURVIVED:
                again = [item for item in chosen if item.nodeid == killer]
                if self._fork(partial(self._run, again, None)) != _SURVIVED:
                    raise RuntimeError(f"{killer} fails with and without {rule}")
                return killer
        return _SURVIVED

    def _run(self, items: list[pytest.Item], rule: Rule | None) -> str:
        """Return the first test that fails."""
        if rule is not None:
            take_out(rule)
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed[0]
        return _SURVIVED

    def _fork(self, run: Callable[[], str]) -> str:
        """Return what a child finds.

        Raises:
            RuntimeError: It died.
        """
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            _answer(writer, run)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as found:
            answer = found.read()
        _, status = os.waitpid(child, 0)
        if status:
            raise RuntimeError(f"a child ended with {status}: {answer}")
        return answer


def take_out(rule: Rule) -> None:
    """Give all loaded functions of a rule's module the code that they have without it."""
    path = ROOT / rule.file
    importlib.import_module(rule.file.removesuffix(".py").replace("/", "."))
    tree = remove_rule(path.read_text(encoding="utf-8"), rule)
    made = {_name(code): code for code in _walk(compile(tree, str(path), "exec"))}
    changed = 0
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == str(path):
            # Fails, as it should, where the new code refers to fewer variables outside.
            function.__code__ = made[_name(function.__code__)]
            changed += 1
    if not changed:
        raise RuntimeError(f"{rule.file} is not loaded")


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _walk(part)


def _name(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _answer(writer: int, run: Callable[[], str]) -> NoReturn:
    """Be the child: run tests, write what came of them, and end."""
    status = 1
    with os.fdopen(writer, "w", encoding="utf-8") as answer:
        try:
            answer.write(run())
            status = 0
        except BaseException as error:  # noqa: BLE001 - a child that goes on would be a second parent
            answer.write(repr(error))
    os._exit(status)


def main() -> int:
    """Let pytest collect the chain's tests and answer requests instead of running them."""
    os.chdir(ROOT)
    requests = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # What pytest and tests print is for nobody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return pytest.main([*_OPTIONS, str(TESTS)], plugins=[_Judge(requests, answers)])


if __name__ == "__main__":
    raise SystemExit(main())
