"""Fuel counted from bytes against fuel taken by wasmtime."""

import pytest
import wasmtime

from chain.wasm.assembler import assemble
from chain.wasm.fuel import FUNCTION_FUEL, count_fuel

_BUDGET = 10**6


def take_fuel(body: str) -> int:
    """Let wasmtime run a body; return what it takes, entering the function included."""
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    module = wasmtime.Module(
        engine,
        f"""(module (memory 1) (memory 1) (table 1 funcref) (elem declare func $empty)
          (global $global (mut i32) (i32.const 3))
          (func $empty) (func (export "run") (local $i i32) {body}))""",
    )
    store = wasmtime.Store(engine)
    store.set_fuel(_BUDGET)
    run = wasmtime.Instance(store, module, []).exports(store)["run"]
    assert isinstance(run, wasmtime.Func)
    try:
        run(store)
    except wasmtime.Trap as trap:
        assert trap.trap_code is wasmtime.TrapCode.UNREACHABLE  # noqa: PT017 - some bodies trap
    return _BUDGET - store.get_fuel()


_LOOP = """loop $again local.get 0 i32.const 1 i32.add local.set 0
    local.get 0 i32.const 3 i32.lt_u br_if $again end"""

_BREAKING = """block $out loop $again local.get 0 i32.const 2 i32.ge_u br_if $out
    local.get 0 i32.const 1 i32.add local.set 0 br $again end end"""


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ("", [], 0),
        ("nop nop", [], 0),
        ("i32.const 1 i32.const 2 i32.add drop", [], 3),
        ("i32.const 0 i32.const 1 i32.const 2 select drop", [], 4),
        ("i32.const 8 i32.const 7 i32.store i32.const 8 i64.load drop", [], 5),
        ("memory.size drop global.get 0 global.set 0", [], 3),
        ("block end loop end", [], 0),
        ("block i32.const 1 drop return end", [], 1),
        ("i32.const 1 drop unreachable", [], 1),
        ("i32.const 0 if i32.const 1 drop end", [False], 2),
        ("i32.const 1 if i32.const 1 drop end", [True], 3),
        ("i32.const 1 if nop else i32.const 1 drop end", [True], 2),
        ("i32.const 0 if nop else i32.const 1 drop end nop", [], 3),
        ("block br 0 i32.const 1 drop end i32.const 1 drop", [], 2),
        ("block i32.const 1 br_if 0 i32.const 1 drop end", [True], 2),
        ("block i32.const 0 br_if 0 i32.const 1 drop end", [False], 3),
        ("block block i32.const 1 if br 2 end end i32.const 1 drop end", [True], 3),
        ("i32.const 1 br_if 0 i32.const 1 drop", [True], 2),
        ("i32.const 0 if i32.const 0 if nop end end i32.const 1 if nop end", [False, True], 4),
        (_LOOP, [True, True], 24),
        ("loop " + _LOOP + " end i32.const 1 drop", [True, True], 25),
        (_BREAKING, [False, False, True], 22),
        ("ref.func 0 drop i32.const 0 table.get 0 ref.is_null drop", [], 4),
    ],
)
def test_count_fuel_of_a_path_is_what_wasmtime_takes(
    body: str, path: list[bool], expected: int
) -> None:
    names = body.replace("memory.size", "memory.size 0")

    assert count_fuel(assemble(names), path) == expected
    assert take_fuel(body) == FUNCTION_FUEL + expected


def test_count_fuel_of_calls_and_units_is_without_what_they_cost_themselves() -> None:
    # Both memories, in either direction.
    copy = "i32.const 0 i32.const 0 i32.const 100 memory.copy {}"

    assert count_fuel(assemble("call 0")) == 1
    assert take_fuel("call 0") == FUNCTION_FUEL + 1 + FUNCTION_FUEL
    for memories in ("0 1", "1 0", "0 0"):
        assert count_fuel(assemble(copy.format(memories))) == 4
        assert take_fuel(copy.format(memories)) == FUNCTION_FUEL + 4 + 100
    assert count_fuel(assemble("i32.const 2 memory.grow 0 drop")) == 2
    assert take_fuel("i32.const 2 memory.grow drop") == FUNCTION_FUEL + 2 + 2


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("i32.const 0 if end", [False, True], "1 conditions are never met"),
        ("loop br 0 end", [], "goes round for ever"),
        ("block i32.const 0 br_table 0 end", [], "where br_table leads"),
    ],
)
def test_count_fuel_of_no_path_is_refused(body: str, path: list[bool], message: str) -> None:
    code = assemble(body)

    with pytest.raises(ValueError, match=message):
        count_fuel(code, path)


def test_count_fuel_reads_accesses_that_name_their_memory() -> None:
    code = assemble("i32.const 0 i64.load memory=1 offset=200 i64.const 1 i64.add drop")

    assert count_fuel(code) == 4
