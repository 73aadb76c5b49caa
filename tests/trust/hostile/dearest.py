"""What takes the most real time for its fuel: a catalogue of loops, each run on both backends."""

import time
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from chain.config import Backend, BlsBackend, ExecutionLimits, Libraries
from chain.eei import HostFunction, ScriptCall, ScriptRuntime
from chain.eei.interface import Counted, Role
from chain.types import Fuel, Root
from simulator.watchdog import DEFAULT_SECONDS
from tests.helpers.wat import build_script, declare
from tests.trust.experiment import Cases
from tests.trust.hostile.families import CALLABLE
from tests.trust.hostile.warden import Answer

_STATE: Final = Root(bytes(32))
_DEFAULT: Final = ExecutionLimits()
_PAGES: Final = _DEFAULT.max_memory_pages
_ALL: Final = _PAGES * 65_536
_DEPOSIT_BYTES: Final = 184
_TABLE: Final = """(table 65536 funcref) (func $f) (elem declare func $f) (elem (i32.const 0) $f)
    (elem $e func $f $f) (data $d "0123456789")"""

_INSTRUCTIONS: Final = {
    "nothing": "",
    "call": "(call $f)",
    "indirect call": "(call_indirect (i32.const 0))",
    "memory.grow by nothing": "(drop (memory.grow (i32.const 0)))",
    "memory.grow by too much": "(drop (memory.grow (i32.const -1)))",
    "table.grow by nothing": "(drop (table.grow (ref.null func) (i32.const 0)))",
    "table.grow by too much": "(drop (table.grow (ref.null func) (i32.const -1)))",
    "table.get": "(drop (table.get (i32.const 0)))",
    "table.set": "(table.set (i32.const 9) (ref.func $f))",
    "memory.init": "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 9))",
    "table.init": "(table.init $e (i32.const 0) (i32.const 0) (i32.const 2))",
    "i64.div_u": "(local.set $x (i64.div_u (i64.const -1) (i64.or (local.get $x) (i64.const 1))))",
    "i64.rem_s": "(local.set $x (i64.rem_s (i64.const -9) (i64.or (local.get $x) (i64.const 1))))",
    "f64.sqrt": "(local.set $y (f64.sqrt (f64.add (local.get $y) (f64.const 2))))",
    "f64.div": "(local.set $y (f64.div (f64.const 1) (f64.add (local.get $y) (f64.const 1e-300))))",
    "f32.nearest": "(drop (f32.nearest (f32.const 1.5)))",
    "v128.shuffle": """(drop (i8x16.swizzle (i64x2.splat (local.get $x))
        (i64x2.splat (i64.const 77))))""",
    "far loads": """(local.set $x (i64.load (i32.and (i32.const 0x1fffff8)
        (i32.wrap_i64 (i64.mul (i64.add (local.get $x) (i64.extend_i32_u (local.get $n)))
          (i64.const 0x9e3779b97f4a7c15))))))""",
    "far stores": """(i64.store (i32.and (i32.const 0x1fffff8)
        (i32.mul (local.get $n) (i32.const 0x9e3779b1))) (i64.const 1))""",
    "unpredictable branches": """(block (block (br_table 0 1 0 1 1 0 (i32.and (i32.const 7)
        (i32.shr_u (i32.mul (local.get $n) (i32.const 0x9e3779b1)) (i32.const 20))))))""",
}
_BULK: Final = {
    "memory.fill": "(memory.fill (i32.const 0) (i32.const 1) (i32.const {}))",
    "memory.copy": "(memory.copy (i32.const 1) (i32.const 0) (i32.const {}))",
    "table.fill": "(table.fill (i32.const 0) (ref.func $f) (i32.const {}))",
    "table.copy": "(table.copy (i32.const 1) (i32.const 0) (i32.const {}))",
}
_SIZES: Final = (0, 1, 64, 4_096, 65_535, _ALL - 8)
_FUEL: Final = 3_000_000
_OUTPUT: Final = 2_048
"""Where results go: not over the numbers that the next call needs."""

_ENDS: Final = ("out_of_fuel", "trapped:too_many_deposits")


class Dear(NamedTuple):
    """A loop that goes on until its fuel is gone.

    Attributes:
        name: What is in it.
        code: The script.
        fuel: What it is given.
    """

    name: str
    code: bytes
    fuel: int


@cache
def list_dear() -> tuple[Dear, ...]:
    """Return the catalogue."""
    return (*_list_instructions(), *_list_bulk(), *_list_host_calls())


def count_dear() -> int:
    """Return how many cases there are."""
    return len(list_dear()) * len(Backend)


def attempt_dear(cases: Cases, number: int, folder: Path) -> Answer:
    """Measure the processor time of a loop that was compiled before."""
    del cases, folder
    position, which = divmod(number, len(Backend))
    dear, backend = list_dear()[position], tuple(Backend)[which]
    limits = ExecutionLimits(
        max_fuel=Fuel(dear.fuel),
        backend=backend,
        libraries=Libraries.NATIVE,
        bls=BlsBackend.FAST,
    )
    runtime, call = ScriptRuntime(limits), ScriptCall(dear.code, _STATE, bytes(100_000))
    first = runtime.attempt(call)
    began = time.process_time()
    result = runtime.attempt(call)
    seconds = time.process_time() - began
    answer = Answer([result.outcome])
    if first != result or result.outcome not in _ENDS:
        answer.failures.append(f"{dear.name}, {backend}: {first.outcome}, then {result.outcome}")
        return answer
    per_unit = seconds / result.fuel_used
    answer.peaks[f"ns a unit of fuel, {backend}"] = per_unit * 1e9
    answer.peaks[f"s under the default fuel, {backend}"] = per_unit * int(_DEFAULT.max_fuel)
    most = per_unit * int(_DEFAULT.watchdog_fuel)
    answer.peaks[f"s under metering none, {backend}"] = most
    if most > DEFAULT_SECONDS:
        answer.failures.append(f"{dear.name}, {backend}: {per_unit * 1e9:.3g} ns a unit of fuel")
    return answer


def _loop(body: str, imports: str = "", extra: str = _TABLE) -> bytes:
    return build_script(
        f"""(memory.fill (i32.const 0) (i32.const 1) (i32.const 4096))
        (loop $spin (local.set $n (i32.add (local.get $n) (i32.const 1))) {body} (br $spin))""",
        imports=imports,
        extra=extra,
        memory=str(_PAGES),
        main="(local $n i32) (local $x i64) (local $y f64)",
    )


def _list_instructions() -> Iterator[Dear]:
    for name, body in _INSTRUCTIONS.items():
        yield Dear(name, _loop(body), _FUEL)


def _list_bulk() -> Iterator[Dear]:
    for (name, body), size in product(_BULK.items(), _SIZES):
        if name.startswith("memory") or size < _SIZES[-1]:
            yield Dear(f"{name} of {size:,}", _loop(body.format(size)), _choose_fuel(size))


def _list_host_calls() -> Iterator[Dear]:
    for row in CALLABLE:
        for size in _SIZES if row.byte_fuel else _SIZES[:1]:
            price = size * row.byte_fuel
            if price < _DEFAULT.max_fuel:
                name = f"{row.label} of {size:,}" if row.byte_fuel else row.label
                code = _loop(_write_call(row, size), declare(row), extra="")
                yield Dear(name, code, _choose_fuel(price))


def _choose_fuel(work: int) -> int:
    return max(_FUEL, 2 * work)


def _write_call(row: HostFunction, size: int) -> str:
    counted = {
        each.size.parameter: each.size.unit_bytes
        for each in row.parameters or ()
        if isinstance(each.size, Counted)
    }
    arguments = []
    for each in row.parameters or ():
        if row.name == "pushNewDeposit" and each.role is Role.LENGTH:
            number = _DEPOSIT_BYTES
        elif each.name in counted:
            number = min(size, 100_000 if row.name == "blockDataCopy" else size)
            number //= counted[each.name]
        elif each.role is Role.OUTPUT and not isinstance(each.size, Counted):
            number = _OUTPUT
        else:
            number = 64 if each.name == "limit_log2" else 0
        arguments.append(f"({each.type}.const {number})")
    call = f"(call ${row.name} {' '.join(arguments)})"
    return f"(drop {call})" if row.result else call
