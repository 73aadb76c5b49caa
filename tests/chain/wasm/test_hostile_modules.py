"""Modules made to waste time or memory."""

import tracemalloc
from typing import Final

import pytest

from chain.errors import InvalidScript
from chain.wasm import SCOUT_RULES, decode_module, validate_rules
from tests.chain.wasm.corpus import HOST
from tests.helpers.wasm_modules import PREAMBLE, assemble, build_script, build_wat

_HUGE: Final = "ff ff ff ff 0f"


@pytest.mark.parametrize(
    "text",
    [
        PREAMBLE + f"01 ( {_HUGE} 60 00 00 )",
        PREAMBLE + f"01 ( 01 60 {_HUGE} 7f )",
        PREAMBLE + f'02 ( {_HUGE} "a" "b" 00 00 )',
        PREAMBLE + f"03 ( {_HUGE} 00 )",
        PREAMBLE + f"06 ( {_HUGE} 7f 00 41 00 0b )",
        PREAMBLE + f'07 ( {_HUGE} "a" 00 00 )',
        PREAMBLE + f"09 ( {_HUGE} 01 00 00 )",
        PREAMBLE + f"0b ( {_HUGE} 01 00 )",
        PREAMBLE + f"00 ( {_HUGE} 61 )",
        build_script(elements=f"09 ( 01 01 00 {_HUGE} 00 )"),
        build_script(code=f"0a ( {_HUGE} ( 00 0b ) )"),
        build_script(code=f"0a ( 01 ( {_HUGE} 01 7f 0b ) )"),
        build_script(code=f"0a ( 01 ( 01 {_HUGE} 7f 0b ) )"),
        build_script(f"41 00 0e {_HUGE} 00"),
        build_script(data=f"0b ( 01 01 {_HUGE} 00 )"),
    ],
)
def test_validate_rules_huge_count_costs_no_memory(text: str) -> None:
    code = assemble(text).code
    tracemalloc.start()

    with pytest.raises(InvalidScript):
        validate_rules(code, SCOUT_RULES, HOST)

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 100_000


def test_decode_module_locals_beyond_memory_stay_a_run() -> None:
    code = assemble(build_script(code="0a ( 01 ( 01 {4000000000} 7f 0b ) )")).code

    module = decode_module(code)

    assert module.bodies[0].locals[0].length == 4_000_000_000


def test_decode_module_deep_nesting_does_not_recurse() -> None:
    depth = 200_000
    code = assemble(build_script("02 40 " * depth + "0b " * depth)).code

    assert decode_module(code).work.instructions == 2 * depth + 1
    with pytest.raises(InvalidScript, match="nesting_too_deep"):
        validate_rules(code, SCOUT_RULES, {})


def test_validate_rules_long_call_chain_from_start_does_not_recurse() -> None:
    count = 20_000
    functions = "".join(f"(func call {number + 2}) " for number in range(count))
    code = build_wat(f"""
        (module
          (import "eth2" "touch" (func $touch))
          (memory (export "memory") 1)
          {functions} (func call $touch) (func (export "main"))
          (start 1))""")

    with pytest.raises(InvalidScript, match="start_calls_host") as caught:
        validate_rules(code, SCOUT_RULES, HOST)

    # The only call of function 0: locals, call, 0, end.
    assert caught.value.offset == code.index(b"\x04\x00\x10\x00\x0b") + 2
