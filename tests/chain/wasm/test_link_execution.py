"""Linked code runs as the script does with Python functions: calls, results and memory."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings

from chain.wasm import LINKED_RULES, decode_module
from tests.chain.wasm.corpus import ACCEPTED, SCOUT_SOURCES, STRICT_SOURCES, Case
from tests.helpers.linking import EVERYTHING_SOURCE, Outcome, is_plain, link, run_hosted, run_linked
from tests.helpers.random_modules import random_modules
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wasm_modules import assemble, build_wat

MODULES: Final = sorted(SCRIPTS.rglob("*.wasm"))
SOURCES: Final = {f"scout {name}": text for name, text in SCOUT_SOURCES.items()} | {
    f"strict {name}": text for name, text in STRICT_SOURCES.items()
}


def expect_agreement(code: bytes) -> Outcome:
    """Run a script both ways, and compare all that can be seen of it."""
    linked = link(code)
    decode_module(linked.code, LINKED_RULES)
    hosted, inside = run_hosted(code), run_linked(linked)
    if hosted.is_cut_short:
        assert inside.is_cut_short
    else:
        assert inside == hosted
    return inside


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_linked_shipped_script_does_what_it_does_with_a_host(path: Path) -> None:
    expect_agreement(path.read_bytes())


@pytest.mark.parametrize("name", SOURCES)
def test_linked_accepted_module_does_what_it_does_with_a_host(name: str) -> None:
    expect_agreement(build_wat(SOURCES[name]))


def test_linked_script_with_everything_calls_through_table_exports_and_start() -> None:
    outcome = expect_agreement(build_wat(EVERYTHING_SOURCE))

    # main: ticks of what the second size gave, the size through the table, the size. Then the
    # export of the first size.
    calls = [2, 1, 2 * 31 + 2, 0, 0, 0]
    assert outcome.log == b"".join(number.to_bytes(8, "little") for number in calls)
    assert outcome.results == ("0", "0", "None")
    assert outcome.memory[:12] == b"de\0\0\0\0\0\0abc\0"


def test_linked_start_function_may_be_an_import() -> None:
    outcome = expect_agreement(
        build_wat("""(module (import "eth2" "f" (func $other)) (import "eth2" "g" (func $it))
          (memory (export "memory") 1) (start $it) (func (export "main") (call $other)))""")
    )

    assert outcome.log == (1).to_bytes(8, "little") + (0).to_bytes(8, "little")


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_linked_attack_within_the_rules_does_what_it_does_with_a_host(case: Case) -> None:
    expect_agreement(assemble(case.text).code)


def test_linked_shipped_scripts_call_the_host() -> None:
    outcomes = [run_linked(link(path.read_bytes())) for path in MODULES]

    assert sum(bool(outcome.log) for outcome in outcomes) >= len(MODULES) - 1
    assert not any(outcome.is_cut_short for outcome in outcomes)


@settings(deadline=None, max_examples=150)
@given(random_modules())
def test_linked_random_module_does_what_it_does_with_a_host(text: str) -> None:
    code = build_wat(text)
    assert is_plain(decode_module(code))

    assert not expect_agreement(code).is_cut_short
    assert link(code) == link(code)
