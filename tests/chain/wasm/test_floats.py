"""One float instruction, hidden anywhere in a large module, is found at its byte."""

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import InvalidScript
from chain.wasm import STRICT_RULES, validate_rules
from chain.wasm.opcodes import OPCODES, PREFIXED
from tests.helpers.wasm_modules import (
    EXPORTS,
    MEMORY,
    PREAMBLE,
    TYPE,
    assemble,
    build_engine,
    encode_u32,
    is_valid,
)

_FUNCTIONS: Final = 100
_LOCALS: Final = bytes.fromhex("01 c8 01 7f")
"""One run of 200 locals of type i32."""

# Integer instructions of all shapes that leave the stack as it was; many of their operands
# are the opcodes of float instructions.
_HARMLESS: Final = tuple(
    bytes.fromhex(text)
    for text in (
        "01",  # nop
        "41 c3 00 1a",  # i32.const 0x43; drop
        "42 c4 c3 92 bb 82 04 1a",  # i64.const full of float opcodes; drop
        "41 2a 28 02 92 01 1a",  # i32.const; i32.load offset=0x92; drop
        "41 00 41 9a 01 36 00 2a",  # two i32.const; i32.store offset=0x2a
        "23 00 45 24 00",  # global.get; i32.eqz; global.set
        "20 5b 21 5c",  # local.get 0x5b; local.set 0x5c
        "20 bd 01 22 be 01 1a",  # local.get 0xbd; local.tee 0xbe; drop
        "02 40 03 40 0b 0b",  # block; loop; end; end
        "41 01 04 40 01 05 01 0b",  # i32.const; if; nop; else; nop; end
        "02 40 02 40 02 40 41 00 0e 02 00 01 02 0b 0b 0b",  # blocks around a br_table
        "10 5c",  # call of function 0x5c
        "41 00 11 00 00",  # i32.const; call_indirect
        "3f 00 40 00 1a",  # memory.size; memory.grow; drop
        "41 00 41 00 41 7d 1b 1a",  # select with a constant 0x7d
    )
)

_FLOATS: Final = (
    *(bytes([byte]) for byte, row in enumerate(OPCODES) if row.is_float and row.bound == 0),
    *(
        bytes([prefix]) + encode_u32(number)
        for prefix, rows in PREFIXED.items()
        for number, row in rows.items()
        if row.is_float and row.bound == 0
    ),
    *(
        bytes.fromhex(text)
        for text in (
            "2a 02 00",  # f32.load
            "2b 03 80 01",  # f64.load offset=128
            "38 00 00",  # f32.store
            "39 03 00",  # f64.store
            "43 00 00 80 3f",  # f32.const 1
            "44 00 00 00 00 00 00 f0 3f",  # f64.const 1
            "fd 1f 03",  # f32x4.extract_lane 3
        )
    ),
)


def _build_module(bodies: Sequence[Sequence[bytes]]) -> tuple[bytes, int]:
    """Lay out a module; return it and where its code section's first body begins."""
    count = len(bodies)
    head = assemble(
        PREAMBLE
        + TYPE
        + f"03 ( {{{count}}} {'00 ' * count}) 04 ( 01 70 00 01 ) "
        + MEMORY
        + "06 ( 01 7f 01 41 00 0b ) "
        + EXPORTS
        + "09 ( 01 00 41 00 0b 01 00 ) "
    ).code
    entries = b"".join(_build_body(instructions) for instructions in bodies)
    payload = encode_u32(count) + entries
    section = b"\x0a" + encode_u32(len(payload))
    return head + section + payload, len(head) + len(section) + len(encode_u32(count))


def _build_body(instructions: Sequence[bytes]) -> bytes:
    body = _LOCALS + b"".join(instructions) + b"\x0b"
    return encode_u32(len(body)) + body


def _write_function(number: int) -> list[bytes]:
    """Return about a kilobyte of harmless instructions, other ones in each function."""
    return [_HARMLESS[number * step % len(_HARMLESS)] for step in range(1, 190)]


_BODIES: Final = [_write_function(number) for number in range(1, _FUNCTIONS + 1)]
_SIZES: Final = [len(_build_body(body)) for body in _BODIES]


def test_module_without_float_is_large_and_valid() -> None:
    code, _ = _build_module(_BODIES)

    module = validate_rules(code, STRICT_RULES, {})

    assert len(code) > 100_000
    assert module.work.functions == _FUNCTIONS
    assert is_valid(build_engine(), code)


@settings(deadline=None, max_examples=60)
@given(
    function=st.integers(0, _FUNCTIONS - 1),
    position=st.integers(0, len(_BODIES[0])),
    instruction=st.sampled_from(_FLOATS),
)
def test_validate_rules_hidden_float_is_reported_at_its_offset(
    function: int, position: int, instruction: bytes
) -> None:
    body = _BODIES[function]
    hidden = [*body[:position], instruction, *body[position:]]
    code, first = _build_module([*_BODIES[:function], hidden, *_BODIES[function + 1 :]])
    expected = (
        first
        + sum(_SIZES[:function])
        + len(encode_u32(len(_LOCALS) + sum(map(len, hidden)) + 1))
        + len(_LOCALS)
        + sum(map(len, body[:position]))
    )

    with pytest.raises(InvalidScript) as caught:
        validate_rules(code, STRICT_RULES, {})

    assert (caught.value.code, caught.value.offset) == ("float_instruction", expected)
    assert code[expected:].startswith(instruction)
