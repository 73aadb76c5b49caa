"""Bodies written by hand: the same bytes as wasmtime makes of the text format."""

import pytest

from chain.wasm import decode_module
from chain.wasm.assembler import assemble
from tests.helpers.wasm_modules import build_wat

_PARTS = """(type $unary (func (param i32) (result i32)))
  (memory 1) (table 2 funcref) (global $global (mut i64) (i64.const 0))
  (func $other (type $unary) local.get 0)"""


def assemble_wat(body: str) -> bytes:
    """Let wasmtime assemble a body in a module with two memories."""
    code = build_wat(
        f'(module {_PARTS} (elem declare func $other) (data "x") '
        f"(func (param $size i32) (local $total i64) {body}))"
    )
    [_, written] = decode_module(code).bodies
    return code[written.code : written.end - 1]


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        ("nop unreachable return", "nop unreachable return"),
        ("i32.const -1 drop", "i32.const -1 drop"),
        ("i32.const 0xffffffff drop", "i32.const -1 drop"),
        ("i64.const 9223372036854775808 drop", "i64.const -9223372036854775808 drop"),
        ("i64.const 64 drop i64.const -65 drop", "i64.const 64 drop i64.const -65 drop"),
        ("local.get $size drop", "local.get $size drop"),
        ("i32.const $big drop ;; a comment end\nnop", "i32.const 300 drop nop"),
        ("local.get 0 i32.load8_u offset=$big drop", "local.get 0 i32.load8_u offset=300 drop"),
        ("local.get 0 i64.load drop", "local.get 0 i64.load align=1 drop"),
        (
            "block $out loop $again br $out br_if $again end end",
            "block $out loop $again br $out br_if $again end end",
        ),
        ("block $a block $a br $a end br $a end", "block block br 0 end br 0 end"),
        ("block block br 1 end end", "block block br 1 end end"),
        (
            "local.get 0 if i32 i32.const 1 else i32.const 2 end drop",
            "local.get 0 if (result i32) i32.const 1 else i32.const 2 end drop",
        ),
        ("block $a i64 i64.const 1 end drop", "block $a (result i64) i64.const 1 end drop"),
        (
            "block $a block $b local.get 0 br_table $a $b 0 end end",
            "block $a block $b local.get 0 br_table $a $b 0 end end",
        ),
        ("local.get 0 call $other drop", "local.get 0 call $other drop"),
        (
            "local.get 0 i32.const 1 call_indirect $unary 0 drop",
            "local.get 0 i32.const 1 call_indirect (type $unary) drop",
        ),
        ("global.get 0 global.set 0", "global.get $global global.set $global"),
        ("memory.size 0 memory.grow 0 drop", "memory.size memory.grow drop"),
        (
            "i32.const 0 table.get 0 drop ref.func $other drop",
            "i32.const 0 table.get 0 drop ref.func $other drop",
        ),
    ],
)
def test_assemble_text_gives_the_bytes_of_the_text_format(ours: str, text: str) -> None:
    assert assemble(ours, size=0, big=300, other=0, unary=0) == assemble_wat(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("i32.plus", "'i32.plus' is no instruction"),
        ("atomic_prefix", "'atomic_prefix' is no instruction"),
        ("i32.const", "an operand is missing"),
        ("local.get drop", "an operand is missing in front of drop"),
        ("i32.const 4294967296", "4294967296 is no operand of i32.const"),
        ("i64.const -9223372036854775809", "is no operand of i64.const"),
        ("i32.const one", "invalid literal"),
        ("local.get $nobody", r"nobody says what \$nobody is"),
        ("i32.load align=4", "'align' says nothing about a memory access"),
        ("i32.load offset", "'offset' says nothing about a memory access"),
        ("block", "1 blocks are still open"),
        ("end", "an end without a block"),
        ("block $a end br $a", r"nobody says what \$a is"),
        ("f32.const 1", "f32.const is not known here"),
        ("nop 1", "'1' is no instruction"),
    ],
)
def test_assemble_mistake_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        assemble(text)
