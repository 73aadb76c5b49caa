"""A hostile script cannot crash, hang or grow the host."""

import resource
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chain.config import ExecutionLimits
from chain.eei import HOST_FUNCTIONS, HostFunction, ScriptCall, ScriptResult, ScriptRuntime
from chain.eei.interface import Counted, Role
from chain.types import Fuel
from tests.helpers.wat import (
    KEEP,
    PAGE_BYTES,
    PRE_STATE,
    build_script,
    compile_wat,
    declare,
    declare_names,
    run,
    run_body,
)

STATM = Path("/proc/self/statm")
MAX_PAGES = ExecutionLimits().max_memory_pages


def get_memory_bytes() -> int:
    """Memory that this process holds; where the system does not tell, the most it ever held."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def assert_still_works() -> None:
    result = run_body(
        "(call $loadPreStateRoot (i32.const 0)) (call $savePostStateRoot (i32.const 0))",
        "eth2.loadPreStateRoot i32",
        "eth2.savePostStateRoot i32",
    )
    assert (result.outcome, result.post_state_root) == ("returned", PRE_STATE)


@pytest.mark.parametrize(
    "body",
    [
        "(loop $again (br $again))",
        "(loop $again (drop (memory.grow (i32.const 0))) (br $again))",
        "(loop $again (call $empty) (br $again))",
        "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $again))",
        "(loop $again (drop (table.grow (ref.null func) (i32.const 1))) (br $again))",
        "(loop $again (table.fill (i32.const 0) (ref.func $empty) (i32.const 10)) (br $again))",
    ],
)
def test_infinite_loop_runs_out_of_fuel(body: str) -> None:
    extra = "(func $empty) (table 10 funcref) (elem declare func $empty)"
    limits = replace(KEEP, max_fuel=Fuel(20_000_000))

    result = run(build_script(body, extra=extra), limits=limits)

    assert (result.outcome, result.fuel_used) == ("out_of_fuel", 20_000_000)
    assert_still_works()


@pytest.mark.slow
def test_infinite_loop_under_the_default_limits_runs_out_of_fuel() -> None:
    result = run_body("(loop $again (br $again))")

    assert (result.outcome, result.fuel_used) == ("out_of_fuel", KEEP.max_fuel)


@pytest.mark.parametrize(
    "recursion",
    [
        "(func $deep (call $deep))",
        "(func $deep (call $other)) (func $other (call $deep))",
        """(type $unit (func)) (table 1 funcref) (elem (i32.const 0) func $deep)
        (func $deep (call_indirect (type $unit) (i32.const 0)))""",
        f"(func $deep (local {'i64 ' * 1000}) (call $deep))",
        "(func $deep (call $useTicks (i32.const 0)) (call $deep))",
    ],
)
def test_unbounded_recursion_overflows_the_stack(recursion: str) -> None:
    result = run_body("(call $deep)", "eth2.useTicks i32", extra=recursion)

    assert result.outcome == "stack_overflow"
    assert_still_works()


def test_host_call_at_the_bottom_of_the_stack_leaves_the_host_alone() -> None:
    # The deeper the stack, the closer the host function runs to its end.
    deep = """(func $deep (param i32)
        (call $log (i32.const 0) (i32.const 60000))
        (call $deep (i32.add (local.get 0) (i32.const 1))))"""
    limits = replace(KEEP, max_fuel=Fuel(2**40))
    script = build_script(
        "(call $deep (i32.const 0))", imports=declare_names("debug.log i32 i32"), extra=deep
    )

    assert run(script, limits=limits).outcome == "stack_overflow"


GROW_ALL = """(local $pages i32)
    (loop $again
      (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then
        (memory.fill (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536))
          (i32.const 255) (i32.const 65536))
        (br $again))))
    (i32.store (i32.const 0) (memory.size))
    (i64.store (i32.const 4) (i64.const 0)) (i64.store (i32.const 12) (i64.const 0))
    (i64.store (i32.const 20) (i64.const 0)) (i64.store (i32.const 28) (i64.const 0))
    (call $savePostStateRoot (i32.const 0))"""


def test_memory_bomb_gets_the_limit_and_no_page_more() -> None:
    result = run_body(GROW_ALL, "eth2.savePostStateRoot i32")

    assert result.outcome == "returned"
    assert int.from_bytes(result.post_state_root, "little") == MAX_PAGES


def test_memory_bombs_one_after_another_do_not_add_up() -> None:
    run_body(GROW_ALL, "eth2.savePostStateRoot i32")
    before = get_memory_bytes()

    for _ in range(20):
        assert run_body(GROW_ALL, "eth2.savePostStateRoot i32").outcome == "returned"

    assert get_memory_bytes() - before < 2 * MAX_PAGES * PAGE_BYTES


@pytest.mark.parametrize(
    ("memory", "outcome"),
    [(str(MAX_PAGES), "returned"), (str(MAX_PAGES + 1), "memory_limit"), ("65536", "memory_limit")],
)
def test_initial_memory_beyond_the_limit_is_refused(memory: str, outcome: str) -> None:
    result = run(build_script("", memory=memory))

    assert result.outcome == outcome
    assert_still_works()


def test_grown_table_stops_at_the_limit() -> None:
    body = """(local $size i32)
        (loop $again
          (br_if $again (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1))))
        (loop $again
          (br_if $again (i32.ne (table.grow (ref.null func) (i32.const 1)) (i32.const -1))))
        (i32.store (i32.const 0) (table.size))
        (call $savePostStateRoot (i32.const 0))"""

    result = run_body(body, "eth2.savePostStateRoot i32", extra="(table 0 funcref)")

    assert int.from_bytes(result.post_state_root, "little") == KEEP.max_table_elements


@pytest.mark.parametrize(
    ("tables", "outcome"),
    [
        ("(table 65536 funcref)", "returned"),
        ("(table 65537 funcref)", "memory_limit"),
        ("(table 10000000 funcref)", "memory_limit"),
        ("(table 32768 funcref) (table 32768 externref)", "returned"),
        ("(table 32769 funcref) (table 1 externref)", "memory_limit"),
        ("(table 655 funcref) " * 100, "returned"),
        ("(table 65536 funcref) " * 100, "memory_limit"),
    ],
)
def test_tables_beyond_the_limit_of_all_together_are_refused(tables: str, outcome: str) -> None:
    assert run(build_script("", extra=tables)).outcome == outcome
    assert_still_works()


ALL_OF_MEMORY = MAX_PAGES * PAGE_BYTES


def build_loop(row: HostFunction, size_bytes: int) -> bytes:
    """Call a host function for ever, with so many bytes behind each length."""
    assert row.parameters is not None
    counted = {
        each.size.parameter: each.size.unit_bytes
        for each in row.parameters
        if isinstance(each.size, Counted)
    }
    arguments = []
    for each in row.parameters:
        if row.name == "pushNewDeposit" and each.role is Role.LENGTH:
            number = 184
        elif each.name in counted:
            number = size_bytes // counted[each.name]
        elif each.role is Role.OUTPUT:
            number = 0 if isinstance(each.size, Counted) else 2048
        else:
            number = 64 if each.name == "limit_log2" else 0
        arguments.append(f"({each.type}.const {number})")
    call = f"(call ${row.name} {' '.join(arguments)})"
    return build_script(
        f"""(memory.fill (i32.const 0) (i32.const 1) (i32.const 4096))
        (loop $again {f"(drop {call})" if row.result else call} (br $again))""",
        imports=declare(row),
        memory=str(MAX_PAGES),
    )


def run_loop(row: HostFunction, fuel: int, size_bytes: int = ALL_OF_MEMORY) -> ScriptResult:
    runtime = ScriptRuntime(replace(KEEP, max_fuel=Fuel(fuel)))
    data = bytes(size_bytes) if row.name == "blockDataCopy" else b""
    return runtime.execute(ScriptCall(build_loop(row, size_bytes), PRE_STATE, data))


CALLABLE = [row for row in HOST_FUNCTIONS if row.parameters is not None]


@pytest.mark.parametrize("size_bytes", [0, 2_048, ALL_OF_MEMORY])
@pytest.mark.parametrize("row", CALLABLE, ids=lambda row: row.label)
def test_loop_of_host_calls_ends_by_fuel_after_bounded_work(
    row: HostFunction, size_bytes: int
) -> None:
    fuel = 40_000_000 if size_bytes == ALL_OF_MEMORY and row.byte_fuel == 1 else 3_000_000

    result = run_loop(row, fuel, size_bytes)

    if row.name == "pushNewDeposit":
        assert result.outcome == "trapped:too_many_deposits"
    else:
        assert result.outcome == "out_of_fuel"
    assert result.host_call_count <= fuel // row.base_fuel + 1
    if row.byte_fuel and row.name != "pushNewDeposit":
        # Every call but the last took place, and paid for each byte.
        price = row.base_fuel + row.byte_fuel * size_bytes
        assert result.host_call_count == 1 + (fuel - 100) // price or price < 5_000
        assert (result.host_call_count - 1) * price <= fuel


@pytest.mark.slow
@pytest.mark.parametrize(
    "label",
    ["eth2.blockDataCopy", "hash.keccak256", "ssz.merkleize", "debug.printMem", "bignum.f1m_mul"],
)
def test_dearest_loops_under_the_default_limits_end_by_fuel(label: str) -> None:
    row = next(row for row in HOST_FUNCTIONS if row.label == label)

    assert run_loop(row, KEEP.max_fuel, 2_048).outcome == "out_of_fuel"


def test_loop_of_host_calls_leaves_no_memory_behind() -> None:
    row = next(row for row in HOST_FUNCTIONS if row.label == "eth2.exposeModifiedState")
    run_loop(row, 40_000_000)
    before = get_memory_bytes()

    for _ in range(10):
        run_loop(row, 40_000_000)

    assert get_memory_bytes() - before < 3 * MAX_PAGES * PAGE_BYTES


def test_many_imports_globals_and_segments_run_in_bounded_time() -> None:
    parts = [
        *('(import "eth2" "useTicks" (func (param i32)))' for _ in range(3_000)),
        '(memory (export "memory") 1)',
        *("(global (mut i64) (i64.const 1))" for _ in range(3_000)),
        *('(data (i32.const 0) "x")' for _ in range(3_000)),
        *(f'(export "e{number}" (func 0))' for number in range(3_000)),
        '(func (export "main"))',
    ]

    assert run(compile_wat(f"(module {' '.join(parts)})")).outcome == "returned"
