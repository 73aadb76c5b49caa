"""mutmut at work on a tree of three functions, one of which only runs while it is loaded."""

from pathlib import Path

import pytest

from tests.trust.mutants.workshop import Change, Workshop

SETTINGS = """\
[tool.mutmut]
source_paths = ["chain"]
pytest_add_cli_args_test_selection = ["tests"]
"""

CODE = """\
def add(left, right):
    return left + right


def halve(number):
    return number / 2


def double(number):
    return number * 2


LIMIT = double(1)
"""

TESTS = """\
from chain.parts import LIMIT, add, halve


def test_add():
    assert add(1, 2) == 3


def test_halve():
    assert halve(0) == 0


def test_limit():
    assert LIMIT == 2
"""


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    tree = tmp_path / "tree"
    for name, text in {
        "pyproject.toml": SETTINGS,
        "chain/__init__.py": "",
        "chain/parts.py": CODE,
        "tests/__init__.py": "",
        "tests/test_parts.py": TESTS,
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    return Workshop.open(tree, tmp_path / "workshop")


@pytest.mark.slow
def test_only_what_a_test_notices_is_killed(workshop: Workshop) -> None:
    workshop.prepare("chain.parts.x_add__mutmut_1")
    names = workshop.list_mutants()

    results = workshop.try_mutants(names)

    assert {str(workshop.show(name)): results[name] for name in names} == {
        "chain/parts.py: `return left + right` becomes `return left - right`": "killed",
        "chain/parts.py: `return number / 2` becomes `return number * 2`": "survived",
        "chain/parts.py: `return number / 2` becomes `return number / 3`": "survived",
        "chain/parts.py: `return number * 2` becomes `return number / 2`": "survived",
        "chain/parts.py: `return number * 2` becomes `return number * 3`": "survived",
    }
    assert {
        name: workshop.is_noticed_from_the_start(name, ["tests"])
        for name in ("chain.parts.x_halve__mutmut_1", "chain.parts.x_double__mutmut_1")
    } == {"chain.parts.x_halve__mutmut_1": False, "chain.parts.x_double__mutmut_1": True}


@pytest.mark.slow
def test_tests_that_fail_without_any_change_are_told(workshop: Workshop) -> None:
    test = workshop.folder / "tests" / "test_parts.py"
    test.write_text(TESTS.replace("== 0", "== 1"), encoding="utf-8")

    with pytest.raises(RuntimeError, match=r"(?s)mutmut run failed.*test_halve"):
        workshop.prepare("chain.parts.x_add__mutmut_1")


def test_change_is_told_on_one_line() -> None:
    change = Change("chain/parts.py", ("return left + right",), ("return left - right",))

    assert str(change) == "chain/parts.py: `return left + right` becomes `return left - right`"
