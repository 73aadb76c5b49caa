"""Damaged modules: only named errors, and never stricter than wasmtime."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import InvalidScript
from chain.wasm import (
    LINKED_RULES,
    RULES,
    SCOUT_RULES,
    STRICT_RULES,
    RuleKind,
    ScriptRules,
    SectionId,
    decode_module,
    validate_rules,
)
from tests.chain.wasm.corpus import BROKEN, HOST
from tests.helpers.wasm_modules import assemble, build_engine, build_script, build_wat

# One module with every kind of section and operand, without types that must agree.
_RICH: Final = build_wat("""
    (module
      (import "eth2" "useTicks" (func $ticks (param i32)))
      (import "env" "base" (global $base i32))
      (memory (export "memory") 1 2)
      (table $functions 3 funcref)
      (table $objects 1 externref)
      (global $sum (mut i64) (i64.const -5))
      (global $place i32 (global.get $base))
      (elem $active (i32.const 1) $main $ticks)
      (elem $passive func $main)
      (elem $mixed funcref (ref.func $main) (ref.null func))
      (data $text (i32.const 8) "abc")
      (data $spare "de")
      (start $start)
      (func $start)
      (func $main (export "main") (local i32 i64 v128)
        (local.set 0 (i32.load16_u offset=300 (i32.const 1000)))
        (block $out
          (loop $again
            (br_if $out (i32.eqz (local.get 0)))
            (br_table $again $out (i32.const 7))))
        (if (local.get 0) (then (call $ticks (i32.const 1))) (else nop))
        (global.set $sum (i64.extend32_s (i64.add (global.get $sum) (local.get 1))))
        (call_indirect $functions (i32.const 1))
        (memory.init $spare (i32.const 0) (i32.const 0) (i32.const 2))
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 2))
        (table.init $functions $passive (i32.const 0) (i32.const 0) (i32.const 1))
        (drop (table.grow $objects (ref.null extern) (i32.const 1)))
        (drop (select (result i64) (i64.const 1) (i64.const 2) (i32.const 3)))
        (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
          (local.get 2) (v128.const i64x2 1 2)))
        (drop (v128.load8_lane 3 (i32.const 0) (local.get 2)))
        (drop (i32.trunc_sat_f64_s (f64.const 1.5)))))
""")
_CONTRACT: Final = build_wat("""
    (module
      (import "eth2" "blockDataSize" (func $size (result i32)))
      (memory (export "memory") 1)
      (func (export "main") (local i32)
        (local.set 0 (call $size))
        (i32.store offset=16 (i32.const 0) (i32.mul (local.get 0) (i32.const 100000)))))
""")
_THREE_MEMORIES: Final = build_wat("""
    (module
      (memory 1 2) (memory $host 1) (memory $more 0 3)
      (export "main" (func $main)) (export "memory" (memory 0)) (export "host" (memory $host))
      (data (memory $host) (i32.const 8) "abc")
      (data $spare "de")
      (func $main (local i32 v128)
        (local.set 0 (i32.load16_u $host offset=300 (i32.const 1000)))
        (i64.store $more align=1 (local.get 0) (i64.load (i32.const 7)))
        (drop (v128.load8_lane $host offset=2 3 (i32.const 0) (local.get 1)))
        (drop (memory.grow $more (memory.size $host)))
        (memory.init $host $spare (i32.const 0) (i32.const 0) (i32.const 2))
        (memory.copy $host $more (i32.const 0) (i32.const 0) (i32.const 2))
        (memory.fill $more (i32.const 0) (i32.const 0) (i32.const 2))))
""")

# What wasmtime reads although the feature is off: funcref written as a typed reference.
_LENIENT: Final = frozenset({"feature_function_references", "feature_interface_types"})

# What is left to wasmtime: operand types inside bodies, and its own limit on locals, which
# the profiles have but decoding alone has not.
_LEFT_TO_THE_ENGINE: Final = ("type mismatch", "too many locals")


def _find_rejection(engine: wasmtime.Engine, code: bytes) -> str | None:
    """Return why wasmtime rejects a module."""
    try:
        wasmtime.Module.validate(engine, code)
    except wasmtime.WasmtimeError as error:
        return str(error)
    return None


def _find_broken_rule(code: bytes, *, multi_memory: bool = False) -> str | None:
    """Return which rule decoding names; its offset lies in the module."""
    try:
        decode_module(code, LINKED_RULES) if multi_memory else decode_module(code)
    except InvalidScript as error:
        if not 0 <= error.offset <= len(code):
            raise ValueError(error.offset) from error
        return error.code
    return None


def _check_agreement(engine: wasmtime.Engine, code: bytes, *, multi_memory: bool = False) -> None:
    ours = _find_broken_rule(code, multi_memory=multi_memory)
    theirs = _find_rejection(engine, code)
    if theirs is None:
        assert ours is None or ours in _LENIENT, code.hex()
    elif ours is None:
        assert theirs.startswith(_LEFT_TO_THE_ENGINE), (theirs, code.hex())
    else:
        assert RULES[ours].kind in (RuleKind.MALFORMED, RuleKind.FEATURE)


def _mutate_bytes(code: bytes, masks: Iterable[int]) -> Iterator[bytes]:
    """Yield the module with each byte in turn combined with each mask."""
    for (place, byte), mask in product(enumerate(code), masks):
        yield code[:place] + bytes([byte ^ mask]) + code[place + 1 :]


def _flip_bits(code: bytes) -> Iterator[bytes]:
    return _mutate_bytes(code, [1 << bit for bit in range(8)])


@pytest.mark.parametrize("code", [_RICH, _CONTRACT], ids=["rich", "contract"])
def test_decode_module_every_truncation_is_malformed(code: bytes) -> None:
    sections = decode_module(code).sections
    # A module may end behind any section, unless bodies or data are announced by then.
    whole = {entry.offset for entry in sections if entry.id <= SectionId.FUNCTION}

    accepted = {size for size in range(len(code)) if _find_broken_rule(code[:size]) is None}

    assert accepted == whole
    for size in set(range(len(code))) - whole:
        broken = _find_broken_rule(code[:size])
        assert broken is not None
        assert RULES[broken].kind is RuleKind.MALFORMED


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
def test_validate_rules_every_truncation_is_refused(rules: ScriptRules) -> None:
    [names] = decode_module(_CONTRACT).custom_sections

    for size in set(range(len(_CONTRACT))) - {names.offset}:
        with pytest.raises(InvalidScript):
            validate_rules(_CONTRACT[:size], rules, HOST)


def test_decode_module_contract_every_byte_changed_agrees_with_wasmtime() -> None:
    engine = build_engine()
    for code in _mutate_bytes(_CONTRACT, range(1, 256)):
        _check_agreement(engine, code)


def test_decode_module_rich_every_bit_flipped_agrees_with_wasmtime() -> None:
    engine = build_engine()
    for code in _flip_bits(_RICH):
        _check_agreement(engine, code)


def test_decode_module_three_memories_every_bit_flipped_agrees_with_wasmtime() -> None:
    engine = build_engine(multi_memory=True)
    assert _find_broken_rule(_THREE_MEMORIES, multi_memory=True) is None
    for code in _flip_bits(_THREE_MEMORIES):
        _check_agreement(engine, code, multi_memory=True)


def test_decode_module_three_memories_every_bit_flipped_agrees_where_there_is_one() -> None:
    engine = build_engine()
    assert _find_broken_rule(_THREE_MEMORIES) == "feature_multi_memory"
    for code in _flip_bits(_THREE_MEMORIES):
        _check_agreement(engine, code)


@pytest.mark.slow
def test_decode_module_three_memories_every_byte_changed_agrees_with_wasmtime() -> None:
    engine = build_engine(multi_memory=True)
    for code in _mutate_bytes(_THREE_MEMORIES, range(1, 256)):
        _check_agreement(engine, code, multi_memory=True)


@pytest.mark.slow
def test_decode_module_rich_every_byte_changed_agrees_with_wasmtime() -> None:
    engine = build_engine()
    for code in _mutate_bytes(_RICH, range(1, 256)):
        _check_agreement(engine, code)


_LONGEST_FLIPPED_BYTES: Final = 512


@pytest.mark.slow
def test_decode_module_corpus_every_bit_flipped_agrees_with_wasmtime() -> None:
    engine = build_engine()
    modules = (assemble(case.text).code for case in BROKEN)
    # Bombs are long repetitions: flipping each of their bits takes minutes and shows nothing new.
    for module in (module for module in modules if len(module) <= _LONGEST_FLIPPED_BYTES):
        for code in _flip_bits(module):
            _check_agreement(engine, code)


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
def test_validate_rules_every_bit_flipped_raises_only_invalid_script(rules: ScriptRules) -> None:
    refused = 0
    for code in _flip_bits(_CONTRACT):
        try:
            validate_rules(code, rules, HOST)
        except InvalidScript as error:
            assert error.code in RULES  # noqa: PT017 - most mutants raise, not all
            refused += 1

    assert refused > len(_CONTRACT)


_SECTIONS: Final = [
    code[section.offset : section.payload.end]
    for code in (_RICH, _CONTRACT)
    for section in decode_module(code).sections
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(_SECTIONS), max_size=12))
def test_decode_module_shuffled_sections_agrees_with_wasmtime(sections: list[bytes]) -> None:
    _check_agreement(build_engine(), b"\0asm\1\0\0\0" + b"".join(sections))


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=60))
def test_decode_module_random_body_agrees_with_wasmtime(instructions: bytes) -> None:
    code = assemble(build_script(instructions.hex(" "))).code

    _check_agreement(build_engine(), code)
