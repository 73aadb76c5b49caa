"""mutmut at work on a tree of three functions, one of which only runs while it is loaded."""

from pathlib import Path

import pytest

from tests.trust.mutants.survivors import explain
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


RAISED = 'raise InvalidProof("position_out_of_range", position=position, limit=len(elements))'


@pytest.mark.parametrize(
    "after",
    [
        RAISED.replace("position=position", "position=None"),
        RAISED.replace(", limit=len(elements)", ", "),
        RAISED.replace("elements", "position"),
    ],
)
def test_other_details_of_an_error_are_explained(after: str) -> None:
    assert "detail for people" in explain(Change("chain/merkle.py", (RAISED,), (after,)))


@pytest.mark.parametrize(
    "after",
    [
        RAISED.replace("position_out_of_range", "XXposition_out_of_rangeXX"),
        RAISED.replace("InvalidProof(", "None("),
        "raise InvalidProof(None, position=position, limit=len(elements))",
        "pass",
    ],
)
def test_another_error_or_code_is_not_explained(after: str) -> None:
    assert explain(Change("chain/merkle.py", (RAISED,), (after,))) == ""


def test_what_is_returned_and_is_no_error_is_not_explained() -> None:
    before = "return Parameter(name, Role.VALUE, type=kind)"
    after = before.replace("kind", "None")

    assert explain(Change("chain/eei/interface.py", (before,), (after,))) == ""


@pytest.mark.parametrize(
    ("after", "is_explained"),
    [
        ("zip(left, right, strict=False)", True),
        ("zip(left, right, )", True),
        ("zip(left, right, strict=None)", True),
        ("zip(left, strict=True)", False),
        ("zip(left, None, strict=True)", False),
    ],
)
def test_looser_zip_is_explained(after: str, *, is_explained: bool) -> None:
    change = Change("chain/merkle.py", ("zip(left, right, strict=True)",), (after,))

    assert bool(explain(change)) == is_explained
