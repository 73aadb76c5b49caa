"""What the independent oracles rest on: their generators, the neutral form, pywasm's mistakes."""

import struct
from collections import Counter
from random import Random

import pytest

from chain.config import Backend
from chain.eei import ScriptRuntime
from tests.helpers.backends import build_call
from tests.helpers.wasm_modules import build_wat
from tests.helpers.wat import build_script, declare_names
from tests.trust.experiment import Tally
from tests.trust.experiments.execution_pywasm import build_limits, run_in_pywasm
from tests.trust.pywasm_oracle.interpreter import Ending
from tests.trust.pywasm_oracle.scripts import write_script
from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.module import ModuleWriter, write_module
from tests.trust.random_wasm.plan import choose_taste, plan_module
from tests.trust.script_rules.bases import SOURCES, list_bases
from tests.trust.script_rules.examine import examine_module
from tests.trust.script_rules.neutral import neutralise
from tests.trust.script_rules.oracle import ALL, find_rejection

LIMITS = build_limits(60_000, Backend.LINKED)
SHOW = "(call $exposeModifiedState (i32.const 0) (i32.const 16))"
IMPORTS = declare_names("eth2.exposeModifiedState i32 i32")


def make_rng(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - must repeat


@pytest.mark.parametrize("seed", range(150))
def test_random_module_without_slips_is_valid(seed: int) -> None:
    encoder = Encoder(make_rng(seed), 0)

    code = ModuleWriter(encoder, plan_module(encoder, choose_taste(encoder.rng))).write()

    assert find_rejection(code, ALL) is None
    assert find_rejection(neutralise(code), ALL) is None


def test_random_modules_are_valid_by_a_third_and_break_many_rules() -> None:
    tally = Tally()

    verdicts = Counter(
        examine_module(write_module(make_rng(seed)), seed, tally) for seed in range(600)
    )

    assert tally.failures == []
    assert 0.3 < verdicts[True] / verdicts.total() < 0.8
    broken = {outcome for outcome in tally.outcomes if "by ours as" in outcome}
    assert len(broken) > 20


@pytest.mark.parametrize("seed", range(50))
def test_random_script_for_two_engines_is_valid(seed: int) -> None:
    assert find_rejection(write_script(make_rng(seed)), ALL) is None


def test_bases_are_twenty_small_valid_modules() -> None:
    sizes = [len(code) for code in list_bases()]

    assert len(SOURCES) == 20
    assert max(sizes) <= 200
    assert [find_rejection(code, ALL) for code in list_bases()] == [None] * 20


@pytest.mark.parametrize(
    "body",
    [
        "i32.add",
        "(drop (i64.add (i32.const 1) (f32.const 1)))",
        "(block (result i32) (i64.const 1)) drop",
        "(if (result i32) (i32.const 1) (then (i32.const 1))) drop",
        "(block (block (result i32) (br_table 0 1 (i32.const 0))) drop)",
    ],
)
def test_neutralise_wrong_operand_types_become_right(body: str) -> None:
    code = build_wat(f"(module (func {body}))")
    rejection = find_rejection(code, ALL)
    assert rejection is not None
    assert rejection.startswith("type mismatch")

    assert find_rejection(neutralise(code), ALL) is None


@pytest.mark.parametrize(
    "module",
    [
        "(module (func (drop (local.get 9))))",
        "(module (func (call 7)))",
        "(module (func (br 3)))",
        "(module (func (br_table 0 3 (i32.const 0))))",
        "(module (func (drop (i32.load (i32.const 0)))))",
        "(module (global i32 (i32.const 0)) (func (global.set 0 (i32.const 1))))",
        "(module (func (ref.func 0) drop))",
    ],
)
def test_neutralise_other_mistakes_stay(module: str) -> None:
    code = build_wat(module)
    assert find_rejection(code, ALL) is not None

    assert find_rejection(neutralise(code), ALL) is not None


def test_pywasm_division_beyond_signed_numbers_is_no_trap_of_the_specification() -> None:
    code = build_script(
        f"(i64.store (i32.const 0) (i64.div_u (i64.const -1) (i64.const 1))) {SHOW}",
        imports=IMPORTS,
    )

    ours = ScriptRuntime(LIMITS).execute(build_call(code))
    ending, _ = run_in_pywasm(build_call(code), LIMITS)

    # 2**64 - 1, divided by one.
    assert ours.modified_state == b"\xff" * 8 + bytes(8)
    assert ending == Ending("", "the quotient of i64.div_u as a signed number")


def test_pywasm_rounding_loses_the_sign_of_zero() -> None:
    code = build_script(
        f"(f64.store (i32.const 0) (f64.ceil (f64.const -0.5))) {SHOW}", imports=IMPORTS
    )

    ours = ScriptRuntime(LIMITS).execute(build_call(code))
    _, host = run_in_pywasm(build_call(code), LIMITS)

    assert ours.modified_state[:8] == struct.pack("<d", -0.0)
    assert host.modified_state[:8] == struct.pack("<d", 0.0)


def test_pywasm_ends_calls_inside_one_another_earlier() -> None:
    code = build_script(
        "(call $down (i32.const 1100))",
        extra="""(func $down (param i32) (if (local.get 0)
          (then (call $down (i32.sub (local.get 0) (i32.const 1))))))""",
    )

    assert ScriptRuntime(LIMITS).execute(build_call(code)).outcome == "returned"
    assert run_in_pywasm(build_call(code), LIMITS)[0].outcome == "stack_overflow"
