"""Modules that are small, valid, and would keep a compiler busy for minutes."""

import math
from pathlib import Path

import pytest

from chain.eei import ScriptCall, ScriptRuntime
from chain.eei.complexity import MAX_COMPILE_WORK, compute_compile_work
from chain.wasm import decode_module
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat, run

SCRIPTS = sorted((Path(__file__).parents[3] / "scenarios" / "scripts").glob("*.wasm"))


def bump(local: int) -> str:
    return f"(local.set {local} (i32.add (local.get {local}) (i32.const 1)))"


def nest(kind: str, depth: int, values: int) -> bytes:
    """Blocks in blocks, each changing a local and branching by it."""
    inner = " ".join(
        f"{bump(at % values)} (br_if 0 (local.get {at % values})) end" for at in range(depth)
    )
    return build_script(f"{kind} " * depth + inner, main=f"(local {'i32 ' * values})")


def nest_typed(depth: int, values: int) -> bytes:
    """Loops in loops, each passing on many values as its parameters and results."""
    kind = f"(type $many (func (param {'i32 ' * values}) (result {'i32 ' * values})))"
    body = (
        "(i32.const 1) " * values
        + "loop (type $many) " * depth
        + "(br_if 0 (i32.load (i32.const 0))) end " * depth
        + "drop " * values
    )
    return build_script(body, extra=kind)


def call_with_many(calls: int, values: int) -> bytes:
    """Calls of a function that passes many values through."""
    many = f"(param {'i32 ' * values}) (result {'i32 ' * values})"
    passed = " ".join(f"(local.get {at})" for at in range(values))
    body = "(i32.const 1) " * values + "call $many " * calls + "drop " * values
    return build_script(body, extra=f"(func $many {many} {passed})")


def branch_often(branches: int, values: int) -> bytes:
    """One block that is left from many places."""
    inner = " ".join(f"{bump(at % values)} (br_if 0 (local.get 0))" for at in range(branches))
    body = f"block {inner} end " + " ".join(map(bump, range(values)))
    return build_script(body, main=f"(local {'i32 ' * values})")


def branch_by_tables(depth: int, tables: int) -> bytes:
    """Tables of branches to everywhere."""
    targets = " ".join(str(1 + target) for target in range(depth))
    inner = f"{bump(0)} block (br_table {targets} 0 (local.get 0)) end "
    return build_script("block " * depth + inner * tables + "end " * depth, main="(local i32)")


BOMBS = {
    "nested loops": nest("loop", 400, 400),
    "nested blocks": nest("block", 1_000, 1_000),
    "loops after one another": build_script("loop (br_if 0 (i32.const 0)) end " * 9_000),
    "loops with parameters": nest_typed(300, 1_000),
    "calls of many values": call_with_many(1_000, 1_000),
    "branches": branch_often(20_000, 5_000),
    "tables of branches": branch_by_tables(1_000, 100),
    "functions": compile_wat(
        f'(module (memory (export "memory") 1) (func (export "main")) {"(func)" * 100_000})'
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_compile_bomb_is_refused_before_the_engine_sees_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr("chain.eei.loading.compile_module", lambda _, code: seen.append(code))
    monkeypatch.setattr("chain.eei.preparing.validate_types", lambda _, code: seen.append(code))

    result = ScriptRuntime(KEEP).execute(ScriptCall(BOMBS[name], PRE_STATE, b""))

    assert result.outcome == "trapped:too_complex"
    assert result.detail.startswith("Compiling the module could take too long: work ")
    assert seen == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        nest("loop", 180, 180),
        nest("block", 500, 1_000),
        nest_typed(90, 200),
        call_with_many(500, 500),
        branch_often(4_000, 5_000),
    ],
    ids=["loops", "blocks", "typed loops", "calls", "branches"],
)
def test_module_just_below_the_limit_compiles_and_runs(code: bytes) -> None:
    assert compute_compile_work(code, decode_module(code)) > MAX_COMPILE_WORK / 4

    result = run(code)

    # How long it took is the machine's business, as long as a test may last.
    assert not result.outcome.startswith("trapped:")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_real_script_is_far_below_the_limit(path: Path) -> None:
    code = path.read_bytes()

    assert compute_compile_work(code, decode_module(code)) < MAX_COMPILE_WORK / 100


def compute_weight(body: str, *, main: str = "", extra: str = "") -> int:
    """The weight of ``main``, beyond that of an empty function, its bytes not counted."""
    code = build_script(body, main=main, extra=extra)
    module = decode_module(code)
    (entry,) = module.bodies
    root = math.isqrt(compute_compile_work(code, module))
    return root - 2_048 - (entry.end - entry.code) // 2


@pytest.mark.parametrize(
    ("body", "main", "weight"),
    [
        ("", "", 0),
        ("nop", "(local i32 i64)", 0),
        ("block end", "", 16),
        # 64 locals outside all blocks count for an eighth: 8.
        ("block end", f"(local {'i32 ' * 64})", 16 + 8),
        ("loop end", f"(local {'i32 ' * 64})", 128 + 16 * 8),
        ("(if (i32.const 0) (then) (else))", f"(local {'i32 ' * 64})", 16 + 8),
        # The next block is inside one: nine of 64.
        ("block block end end", f"(local {'i32 ' * 64})", 16 + 8 + 16 + 9),
        ("block end block end", f"(local {'i32 ' * 64})", 2 * (16 + 8)),
        ("(br_if 0 (i32.const 0))", f"(local {'i32 ' * 128})", 16 + 2),
        ("(br_table 0 0 0 (i32.const 0))", f"(local {'i32 ' * 128})", 3 * (16 + 2)),
        # Operands of every kind that must be stepped over.
        ("(drop (v128.const i64x2 0x0303030303030303 0x0303030303030303))", "", 0),
        (
            "(drop (i8x16.shuffle 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 (local.get 0) (local.get 0)))",
            "(local v128)",
            0,
        ),
        ("(drop (v128.load8_lane offset=3 3 (i32.const 3) (local.get 0)))", "(local v128)", 0),
        ("(drop (i8x16.extract_lane_s 3 (local.get 0)))", "(local v128)", 0),
        ("(drop (f64.const 3.3)) (drop (f32.const 3.3))", "", 0),
        ("(drop (i64.const 0x0303030303030303)) (drop (i32.const -3))", "", 0),
        ("(drop (select (result i32) (i32.const 3) (i32.const 3) (i32.const 3)))", "", 0),
        ("(memory.copy (i32.const 3) (i32.const 3) (i32.const 3))", "", 0),
        (
            "(drop (ref.null func)) (i64.store offset=771 (memory.size) (i64.const 3))",
            "",
            0,
        ),
    ],
)
def test_weight_is_as_calculated_by_hand(body: str, main: str, weight: int) -> None:
    assert compute_weight(body, main=main) == weight


def test_weight_of_a_block_with_a_type_counts_parameters_and_results() -> None:
    kind = f"(type $many (func (result {'i32 ' * 64})))"
    body = f"(block (type $many) {'(i32.const 1) ' * 64})" + "drop " * 64

    assert compute_weight(body, extra=kind) == 16 + 8


def test_weight_of_a_call_counts_parameters_and_results() -> None:
    imports = "(type $kind (func (param i32 i64) (result i32))) (table 1 funcref)"
    indirect = "(drop (call_indirect (type $kind) (i32.const 1) (i64.const 1) (i32.const 0)))"

    assert compute_weight(indirect, extra=imports) == 2 + 3


def test_work_is_the_sum_of_squares_over_functions() -> None:
    one = build_script("loop end")
    three = build_script("loop end", extra="(func loop end) (func loop end)")

    works = [compute_compile_work(code, decode_module(code)) for code in (one, three)]

    assert works[1] == 3 * works[0]
