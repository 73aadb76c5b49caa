"""What carries out the calls of linked scripts, where our own parts disagree."""

import ctypes
from dataclasses import replace
from typing import Any

import pytest

from chain.eei import HOST_FUNCTIONS, control
from chain.eei.bridge import Invoker
from chain.eei.definitions import DefinitionMaker
from chain.eei.facts import CallFact, LinkFacts, ModuleFacts, describe_module
from chain.eei.invoking import make_invokers
from chain.errors import ScriptFault
from chain.wasm import FunctionType, decode_module
from tests.helpers.wat import KEEP, build_script

FREE = CallFact(entry_fuel=3, exit_fuel=5, is_library=False)


def describe(imports: str) -> ModuleFacts:
    return describe_module(decode_module(build_script("", imports=imports)))


def test_make_invokers_of_a_module_that_was_not_linked_is_refused() -> None:
    with pytest.raises(ValueError, match="the module was not linked"):
        make_invokers(describe(""), KEEP)


def test_make_invokers_of_an_import_that_is_no_function_is_refused() -> None:
    facts = describe('(import "eth2" "useTicks" (global i32))')
    linked = replace(facts, link=LinkFacts("host", None, 0, 0, (FREE,)))

    with pytest.raises(ValueError, match=r"eth2\.useTicks is no function"):
        make_invokers(linked, KEEP)


class Paused:
    """An execution that waits for the host, with 100 units of fuel and a control block."""

    def __init__(self) -> None:
        self._block = ctypes.create_string_buffer(control.PAGE_BYTES)
        self.control = ctypes.addressof(self._block)
        self.fuel = 100

    def read_fuel(self) -> int:
        return self.fuel

    def write_fuel(self, fuel: int) -> None:
        self.fuel = fuel


class Account:
    """A machine that only counts."""

    fuel = 0


def test_judge_names_the_fault_that_the_host_finds_too() -> None:
    def refuse(_frame: object, _arguments: tuple[int, ...]) -> None:
        raise ScriptFault("missing_memory")

    execution: Any = Paused()
    machine: Any = Account()
    frame: Any = None
    invoker = Invoker(refuse, FunctionType((), ()), FREE)

    fault = invoker.judge(frame, machine, execution)

    assert (fault.code, machine.fuel) == ("missing_memory", 103)


def test_judge_of_a_call_that_the_host_would_carry_out_is_our_bug() -> None:
    execution: Any = Paused()
    machine: Any = Account()
    frame: Any = None
    invoker = Invoker(lambda *_: None, FunctionType((), ()), FREE)

    with pytest.raises(RuntimeError, match="refused a call that the host would have carried out"):
        invoker.judge(frame, machine, execution)


def test_make_core_function_that_costs_more_than_its_price_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [row] = [each for each in HOST_FUNCTIONS if each.label == "eth2.blockDataSize"]
    signature = row.signature
    assert signature is not None
    maker = DefinitionMaker(KEEP, 0, has_start=False)
    maker.make(row, signature, 0)

    monkeypatch.setattr("chain.eei.definitions.BASE_FUEL", 1)

    with pytest.raises(ValueError, match=r"a core function costs \d+ too much"):
        maker.make(row, signature, 0)
