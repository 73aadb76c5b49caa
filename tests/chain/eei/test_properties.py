"""Random scripts with random calls: whatever they do, the outcome has a name."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.eei import HOST_FUNCTIONS, LIMIT_OUTCOMES, TRAP_CODES, HostFunction
from chain.types import Fuel, Ticks
from chain.wasm import ValueType
from tests.helpers.wat import KEEP, PRE_STATE, build_script, declare, run

LIMITS = replace(KEEP, max_fuel=Fuel(30_000_000), max_ticks=Ticks(1_000), max_debug_bytes=500)
ROWS = [row for row in HOST_FUNCTIONS if row.parameters is not None]
COUNTED = ("fuel_used", "ticks_used", "host_call_count", "debug")
"""What a script has used and printed by the time it ends."""

OUTCOMES = {"returned", *LIMIT_OUTCOMES, *(f"trapped:{code}" for code in TRAP_CODES)}

NUMBERS = st.one_of(
    st.sampled_from(
        [0, 1, 31, 32, 48, 64, 184, 192, 1_000, 65_472, 65_504, 65_535, 65_536, 131_072]
    ),
    st.integers(-(2**31), 2**31 - 1),
)
STATEMENTS = st.one_of(
    st.sampled_from(
        [
            "unreachable",
            "(drop (memory.grow (i32.const 1)))",
            "(drop (memory.grow (i32.const 65535)))",
            "(call $recurse (i32.const 100))",
            "(call $recurse (i32.const -1))",
            "(drop (table.grow (ref.null func) (i32.const 70000)))",
            "(call_indirect (i32.const 0))",
            "(call_indirect (i32.const 1))",
            "(drop (i32.div_u (i32.const 1) (i32.load (i32.const 0))))",
            "(return)",
        ]
    ),
    st.builds("(i64.store (i32.const {}) (i64.const {}))".format, NUMBERS, NUMBERS),
    st.builds(
        "(memory.fill (i32.const {}) (i32.const {}) (i32.const {}))".format,
        NUMBERS,
        NUMBERS,
        NUMBERS,
    ),
)


@st.composite
def draw_call(draw: st.DrawFn, rows: list[HostFunction]) -> str:
    row = draw(st.sampled_from(rows))
    arguments = " ".join(f"({each.type}.const {draw(NUMBERS)})" for each in row.parameters or ())
    call = f"(call ${row.name} {arguments})"
    return f"(drop {call})" if row.result in (ValueType.I32, ValueType.I64) else call


@st.composite
def draw_script(draw: st.DrawFn) -> bytes:
    rows = draw(st.lists(st.sampled_from(ROWS), min_size=1, max_size=6, unique=True))
    statements = draw(st.lists(st.one_of(draw_call(rows), STATEMENTS), max_size=12))
    body = "\n".join(statements)
    if draw(st.booleans()):
        body = f"(loop $again {body} (br $again))"
    return build_script(
        body,
        imports="\n".join(map(declare, rows)),
        memory=draw(st.sampled_from(["0", "1", "2 3"])),
        extra="""(table 2 funcref) (elem (i32.const 0) func $nothing) (func $nothing)
            (func $recurse (param i32) (if (local.get 0) (then
              (call $recurse (i32.sub (local.get 0) (i32.const 1))))))""",
    )


@given(draw_script(), st.binary(max_size=200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_script_has_a_named_outcome_and_the_same_one_again(code: bytes, data: bytes) -> None:
    first = run(code, limits=LIMITS, data=data)
    second = run(code, limits=LIMITS, data=data, trace=True)

    assert first.outcome in OUTCOMES
    if first.outcome == "stack_overflow":
        # How many calls fit depends on the compiled code's frames, and the code is another.
        second = replace(second, **{name: getattr(first, name) for name in COUNTED})
    assert replace(second, calls=()) == first
    assert 0 <= first.fuel_used <= LIMITS.max_fuel
    assert 0 <= first.ticks_used <= LIMITS.max_ticks
    assert sum(len(line.encode()) for line in first.debug) <= LIMITS.max_debug_bytes
    if first.outcome == "returned":
        assert first.detail == ""
    else:
        assert first.detail
        assert (first.post_state_root, first.deposits) == (PRE_STATE, ())


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    for code in (data, b"\0asm\1\0\0\0" + data):
        assert run(code).outcome.startswith("trapped:")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_module_with_random_bytes_changed_has_a_named_outcome(data: st.DataObject) -> None:
    code = bytearray(
        build_script(
            "(call $log (i32.const 0) (i32.const 5)) (loop (br_if 0 (i32.const 0)))",
            imports=declare(next(row for row in ROWS if row.name == "log")),
            extra='(table 1 funcref) (data (i32.const 0) "hello") (global i32 (i32.const 3))',
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        code[data.draw(st.integers(8, len(code) - 1))] = data.draw(st.integers(0, 255))

    assert run(bytes(code), limits=LIMITS).outcome in OUTCOMES
