"""The opcode table against the text format of wasmtime, instruction by instruction."""

from collections import Counter
from dataclasses import fields
from typing import Final

import pytest

from chain.errors import InvalidScript
from chain.wasm import SCOUT_RULES, STRICT_RULES, Feature, ScriptRules, decode_module
from chain.wasm.opcodes import OPCODES, PREFIXED, UNKNOWN, Immediate, Opcode
from tests.helpers.wasm_modules import build_engine, build_wat, encode_u32, is_valid

# Instructions that stand between or around others.
_CONTROL: Final = {
    "block": "block end",
    "loop": "loop end",
    "if": "if end",
    "else": "if else end",
    "br_table": "br_table 0 0 0",
    "call_indirect": "call_indirect (type $nothing)",
    "select_typed": "select (result i32)",
}

_OPERANDS: Final = {
    Immediate.NONE: "",
    Immediate.LOCAL: "$local",
    Immediate.CONSTANT: "-1234567",
    Immediate.MEMORY: "offset=1234",
    Immediate.FIXED: "1",
    Immediate.LABEL: "0",
    Immediate.CALL: "$function",
    Immediate.GLOBAL_GET: "$global",
    Immediate.GLOBAL_SET: "$global",
    Immediate.TABLE: "$table",
    Immediate.MEMORY_BYTE: "",
    Immediate.REFERENCE_TYPE: "func",
    Immediate.FUNCTION: "$function",
    Immediate.DATA: "$data",
    Immediate.DATA_MEMORY: "$data",
    Immediate.MEMORIES: "",
    Immediate.ELEMENT: "$elements",
    Immediate.ELEMENT_TABLE: "$table $elements",
    Immediate.TABLES: "$table $table",
    Immediate.LANE: "1",
    Immediate.MEMORY_LANE: "offset=1234 1",
    Immediate.LANES: "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31",
}

_DECODED: Final = [
    (bytes([byte]), opcode)
    for byte, opcode in enumerate(OPCODES)
    if opcode.immediate not in (Immediate.REFUSED, Immediate.PREFIX, Immediate.END)
] + [
    (bytes([prefix]) + encode_u32(number), opcode)
    for prefix, opcodes in PREFIXED.items()
    for number, opcode in opcodes.items()
    if opcode.immediate is not Immediate.REFUSED
]

# The float instructions of WebAssembly 1.0, as ranges of opcodes.
_FLOAT_BYTES: Final = {
    *(0x2A, 0x2B, 0x38, 0x39, 0x43, 0x44),
    *range(0x5B, 0x67),
    *range(0x8B, 0xA7),
    *range(0xA8, 0xAC),
    *range(0xAE, 0xC0),
}


def _write_instruction(opcode: Opcode) -> str:
    if opcode.name in _CONTROL:
        return _CONTROL[opcode.name]
    operands = _OPERANDS[opcode.immediate]
    return f"{opcode.name} {'i32x4 1 2 3 4' if opcode.name == 'v128.const' else operands}"


def _build_module(instruction: str) -> bytes:
    """Put one instruction where operands of any type are at hand."""
    return build_wat(f"""
        (module
          (type $nothing (func))
          (memory 1)
          (table $table 1 funcref)
          (global $global (mut i32) (i32.const 0))
          (elem $elements func $function)
          (func $function (local $local i32) unreachable {instruction} unreachable)
          (data $data "x"))
    """)


@pytest.mark.parametrize(
    ("encoding", "opcode"), _DECODED, ids=[opcode.name for _, opcode in _DECODED]
)
def test_opcode_is_the_one_that_the_text_format_means(encoding: bytes, opcode: Opcode) -> None:
    code = _build_module(_write_instruction(opcode))

    body = decode_module(code).bodies[0]

    # unreachable, the instruction, unreachable, end.
    instruction = code[body.code + 1 : body.end - 2]
    if opcode.name == "else":
        instruction = instruction[-2:]
    assert instruction.startswith(encoding)
    blocks = {"block": 1, "loop": 1, "if": 1, "else": 2}
    assert body.instructions == 4 + blocks.get(opcode.name, 0)
    assert is_valid(build_engine(), code)


def test_opcodes_are_as_many_as_the_specification_has() -> None:
    by_feature = Counter(opcode.feature for _, opcode in _DECODED)

    assert by_feature == {
        None: 171,  # and end
        Feature.SIGN_EXTENSION: 5,
        Feature.SATURATING_FLOAT: 8,
        Feature.BULK_MEMORY: 7,
        Feature.REFERENCE_TYPES: 9,
        Feature.SIMD: 236,
    }


def test_opcodes_float_flag_is_that_of_the_specification() -> None:
    floats = {
        byte for byte, opcode in enumerate(OPCODES) if opcode.feature is None and opcode.is_float
    }

    assert floats == _FLOAT_BYTES
    assert sum(opcode.is_float for opcode in PREFIXED[0xFC].values()) == 8
    assert not OPCODES[0xC0].is_float


@pytest.mark.parametrize("byte", [byte for byte, opcode in enumerate(OPCODES) if opcode is UNKNOWN])
def test_opcode_without_row_is_rejected_by_wasmtime_too(byte: int) -> None:
    code = _build_module("nop " * 16)
    start = decode_module(code).bodies[0].code + 1

    assert not is_valid(build_engine(), code[:start] + bytes([byte]) + code[start + 1 :])


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
def test_undecoded_opcode_breaks_a_rule_of_every_profile(rules: ScriptRules) -> None:
    for opcode in (*OPCODES, *PREFIXED[0xFC].values(), *PREFIXED[0xFD].values()):
        if opcode.immediate is Immediate.REFUSED:
            with pytest.raises(InvalidScript):
                rules.validate_opcode(opcode, 0)


def test_immediates_of_strict_rules_refuse_just_floats_and_later_instructions() -> None:
    refused = {
        byte
        for byte, immediate in enumerate(STRICT_RULES.immediates)
        if immediate == Immediate.REFUSED
    }

    decoded = {encoding[0] for encoding, row in _DECODED if row.feature is None}
    assert decoded & refused == _FLOAT_BYTES
    assert refused | decoded == set(range(256)) - {0x0B, 0xFC, 0xFD}


class CredulousRules(ScriptRules):
    """Rules that may allow what nothing can decode."""

    decodable = frozenset(Feature)


def test_instruction_that_rules_allow_and_nothing_can_decode_is_a_bug_of_the_rules() -> None:
    given = {each.name: getattr(STRICT_RULES, each.name) for each in fields(ScriptRules)}
    given["features"] = frozenset(Feature)
    del given["immediates"]
    code = build_wat(
        '(module (memory (export "memory") 1) (func $f (export "main") (return_call $f)))'
    )

    with pytest.raises(ValueError, match="return_call is allowed and cannot be decoded"):
        decode_module(code, CredulousRules(**given))
