"""Hostile scripts by families, as text: each writes the one thing that it attacks with."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from chain.eei import HOST_FUNCTIONS, HostFunction
from tests.helpers.wat import declare

Write = Callable[[Random], str]

CALLABLE: Final = [row for row in HOST_FUNCTIONS if row.parameters is not None]
EDGES: Final = (
    *(0, 1, 2, 31, 32, 33, 48, 64, 184, 1_000, 65_504, 65_505, 65_535, 65_536, 65_537),
    *(131_072, 2**24, 2**25 - 1, 2**25, 2**31 - 32, 2**31 - 1, 2**31, 2**32 - 65_536),
    *(2**32 - 184, 2**32 - 32, 2**32 - 1, -1, -32, -65_536, -(2**31)),
)
"""Pointers and lengths: around a page, the default memory, and both ends of either i32."""

_SPINS: Final = (3, 100, 10_000, 10**9)


def write_module(body: str, extra: str = "", *, memory: str = "1", locals_: str = "") -> str:
    """Write a script; ``extra`` begins with its imports."""
    return f"""(module {extra} (memory (export "memory") {memory})
        (func (export "main") (local $n i32) {locals_} {body}))"""


def spin(rng: Random, body: str) -> str:
    """Repeat something a few times, or until the fuel is gone."""
    return f"""(local.set $n (i32.const {rng.choice(_SPINS)})) (loop $spin {body}
        (br_if $spin (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""


def write_call(rng: Random, row: HostFunction) -> str:
    """Call a host function with arguments from the edges, or that depend on each other."""
    base = rng.choice(EDGES)
    arguments = []
    for each in row.parameters or ():
        number = rng.choice((base, rng.choice(EDGES), rng.choice(EDGES), rng.randrange(2**32)))
        wide = rng.choice((number, -(2**63), 2**63 - 1)) if str(each.type) == "i64" else number
        arguments.append(f"({each.type}.const {wide})")
    call = f"(call ${row.name} {' '.join(arguments)})"
    return f"(drop {call})" if row.result else call


def _write_storm(rng: Random) -> str:
    rows = rng.sample(CALLABLE, rng.randrange(1, 4))
    imports = " ".join(declare(row, rng.choice(row.spellings)) for row in rows)
    calls = " ".join(write_call(rng, rng.choice(rows)) for _ in range(rng.randrange(1, 6)))
    memory = rng.choice(("0", "1", "16", "512", "1 1", "0 65536"))
    return write_module(spin(rng, calls), imports, memory=memory)


def _write_growth(rng: Random) -> str:
    step = rng.choice((0, 1, 7, 511, 512, 513, 65_535, 65_536, 2**31, -1))
    end = "(i32.mul (memory.size) (i32.const 65536))"
    touch = f"(i32.store8 (i32.sub {end} (i32.const 1)) (i32.const 1))"
    body = f"(drop (memory.grow (i32.const {step}))) {rng.choice(('', touch))}"
    return write_module(
        spin(rng, body), memory=rng.choice(("0", "1", "511", "512", "513", "65536"))
    )


def _write_recursion(rng: Random) -> str:
    row = rng.choice(CALLABLE)
    kinds = " ".join(
        rng.choices(("i32", "i64", "f64", "v128", "funcref"), k=rng.choice((0, 3, 900)))
    )
    deeper = rng.choice(
        (
            "(call $deep)",
            "(call $other)",
            "(call_indirect (i32.const 0))",
            "(call $deep) (call $deep)",
        )
    )
    before = rng.choice(("", write_call(rng, row)))
    return write_module(
        "(call $deep)",
        f"""{declare(row)} (table 1 funcref) (elem (i32.const 0) func $deep)
        (func $deep (local {kinds}) {before} {deeper}) (func $other (call $deep))""",
    )


def _write_branches(rng: Random) -> str:
    depth, targets = rng.choice((1, 5, 60)), rng.choice((1, 30, 300, 1_000, 8_000))
    table = " ".join(map(str, rng.choices(range(depth), k=targets)))
    inner = f"(br_table {table} (i32.const {rng.choice(EDGES)}))"
    return write_module("(block " * depth + inner + ")" * depth)


def _write_nesting(rng: Random) -> str:
    depth, count = rng.choice((3, 50, 400)), rng.choice((0, 20, 400))
    kind = rng.choice(("block", "loop", "block (result i32)"))
    inner = "(i32.const 1)" if "result" in kind else "(br_if 0 (local.get $n))"
    middle = f"({kind} " * depth + inner
    ending = ")" * depth + (" drop" if "result" in kind else "")
    return write_module(middle + ending, locals_=f"(local {'i64 ' * count})")


def _write_bulk(rng: Random) -> str:
    numbers = " ".join(f"(i32.const {rng.choice(EDGES)})" for _ in range(3))
    small = " ".join(f"(i32.const {rng.choice((0, 1, 2, 9, 10, -1, 2**31))})" for _ in range(3))
    at, count = rng.choice((0, 9, -1)), rng.choice((1, 10, -1))
    fill = f"(table.fill (i32.const {at}) (ref.func $f) (i32.const {count}))"
    actions = (
        *(f"(memory.fill {numbers})", f"(memory.copy {numbers})", f"(memory.init $d {numbers})"),
        *(f"(table.copy {small})", f"(table.init $e {small})", fill, "(data.drop $d)"),
        f"(drop (table.grow (ref.func $f) (i32.const {rng.choice(EDGES)})))",
        f"(call_indirect (i32.const {rng.choice((0, 1, 9, 10, -1))}))",
    )
    extra = f"""(table {rng.choice(("10", "10 10", "65536", "0 4294967295"))} funcref) (func $f)
        (elem $e func $f $f) (elem declare func $f) (data $d "0123456789")"""
    body = " ".join(rng.choices(actions, k=rng.randrange(1, 5)))
    return write_module(spin(rng, body), extra, memory=rng.choice(("0", "1", "512")))


def _write_floods(rng: Random) -> str:
    count = rng.choice((1, 20, 100, 200, 1_500))
    flood = rng.choice(
        (
            f'(data (i32.const {rng.choice(EDGES)}) "x")',
            '(data "passive")',
            "(func (result i32) (i32.const 1))",
            "(global (mut i64) (i64.const 1))",
            "(table 100 funcref)",
            "(elem func)",
            "(type (func (param i32 i64) (result i32)))",
            '(@custom "note" "text")',
        )
    )
    return write_module("", flood * count)


def _write_start(rng: Random) -> str:
    row = rng.choice(CALLABLE)
    body = rng.choice(
        (
            *("unreachable", "(call $begin)", "(loop (br 0))", write_call(rng, row)),
            *("(drop (memory.grow (i32.const 9)))", "(i32.store (i32.const -1) (i32.const 1))"),
        )
    )
    return write_module("", f"{declare(row)} (func $begin {body}) (start $begin)")


def _write_oddity(rng: Random) -> str:
    return f"(module {rng.choice(_FIELDS)})"


_MEMORY: Final = '(memory (export "memory") 1)'
_MAIN: Final = '(func (export "main"))'
_FIELDS: Final = (
    "",
    _MEMORY,
    _MAIN,
    '(memory (export "main") 1) (func (export "memory"))',
    f'{_MEMORY} (func (export "main") (param i32))',
    f'{_MEMORY} (func (export "main") (result v128) (v128.const i64x2 1 2))',
    f"""{_MEMORY} (func (export "main") (result funcref externref i32)
        (ref.null func) (ref.null extern) (i32.const 1))""",
    f'{_MEMORY} (global (export "main") i32 (i32.const 0))',
    f'(import "eth2" "loadPreStateRoot" (func (param i64))) {_MEMORY} {_MAIN}',
    f'(import "eth2" "loadPreStateRoot" (func (param i32))) {_MEMORY} (export "main" (func 0))',
    f'(import "eth2" "blockDataSize" (func (result i32))) {_MEMORY} (export "main" (func 0))',
    f'(import "env" "memory" (memory 1)) (export "memory" (memory 0)) {_MAIN}',
    f'(import "eth2" "bridge" (table 1 funcref)) {_MEMORY} {_MAIN}',
    f'(import "eth2" "g" (global i32)) {_MEMORY} {_MAIN}',
    f'(import "" "" (func)) {_MEMORY} {_MAIN}',
    f"""(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        {_MEMORY} {_MAIN}""",
    f"""{_MEMORY} {_MAIN} (table (export "bridge") 1 funcref) (func (export "host_memory"))
        (global (export "left") (mut i64) (i64.const 0)) (func (export "start"))""",
    f'(memory (export "memory") 0 0) {_MAIN} (data (i32.const 0) "")',
)
"""Imports and exports that a host might stumble over."""

FAMILIES: Final[Mapping[str, Write]] = {
    "host-call storm": _write_storm,
    "memory growth": _write_growth,
    "deep recursion": _write_recursion,
    "big branch table": _write_branches,
    "deep nesting": _write_nesting,
    "bulk and tables": _write_bulk,
    "flood of parts": _write_floods,
    "start function": _write_start,
    "odd imports and exports": _write_oddity,
}
