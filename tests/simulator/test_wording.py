"""Numbers in sentences, wherever people read them."""

import re

import pytest

from simulator.wording import count_of, name_things
from tests.helpers.scripts import SCENARIOS

PACKAGE = SCENARIOS.parent / "simulator"


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "slot", "0 slots"),
        (1, "slot", "1 slot"),
        (2, "slot", "2 slots"),
        (1, "witness", "1 witness"),
        (3, "witness", "3 witnesses"),
        (2, "box", "2 boxes"),
        (12_345, "byte", "12,345 bytes"),
    ],
)
def test_count_of_says_one_thing_and_several_things(number: int, noun: str, said: str) -> None:
    assert count_of(number, noun) == said
    assert said.endswith(name_things(number, noun))


def test_no_other_module_makes_its_own_plurals() -> None:
    ends = r"""(''|"") if [\w.]+ == 1 else"""
    words = r"""if [\w.]+ == 1 else f?["'][^"']*s["']"""
    makes_plurals = re.compile(f"{ends}|{words}")
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "wording.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if makes_plurals.search(line)
    ]
    assert found == []
