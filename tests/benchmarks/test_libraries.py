"""Which libraries, native or wasm? What a call costs, in fuel, the same everywhere, and in time.

The peer of a library call is the same arithmetic, from the same source, compiled into the script.
"""

import hashlib
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import ExecutionLimits, Libraries, PrimeField, UnsavedPostState
from chain.eei import RETURNED, ScriptCall, ScriptResult
from chain.eei.fields import BASE_FIELDS
from chain.eei.libraries import LIBRARY_LABELS
from chain.eei.table import HOST_FUNCTIONS
from chain.types import Fuel, Root
from tests.benchmarks.floor import PRE_STATE
from tests.helpers.toolchain import needs_debian_toolchain, read_modules, run_shell
from tests.helpers.wat import build_script, declare, get_runtime

README: Final = Path(__file__).with_name("README.md")
SCRIPTS: Final = Path(__file__).with_name("scripts")
LIMITS: Final = ExecutionLimits(max_fuel=Fuel(1 << 60), unsaved_post_state=UnsavedPostState.KEEP)
MEMORY: Final = hashlib.shake_128(b"shardlab").digest(16_384)
OUT: Final = 16_384
MORE_OUT: Final = 16_384 + 64
CALLS: Final = 1_000
ROWS: Final = {row.label: row for row in HOST_FUNCTIONS}


class Case(NamedTuple):
    """A call to measure: of a function on numbers without arguments, on the first ones."""

    label: str
    name: str = ""
    arguments: tuple[int, ...] = ()
    prime_field: PrimeField = PrimeField.BLS12_381

    @property
    def shown(self) -> str:
        return " ".join(filter(None, (f"`{self.label.partition('.')[2]}`", self.name)))


def _list_numbers() -> list[Case]:
    labels = [row.label for row in HOST_FUNCTIONS if row.label in LIBRARY_LABELS]
    return [Case(label) for label in labels if label.startswith("bignum.")]


CASES: Final = [
    *_list_numbers(),
    Case("bignum.f1m_mul", "of bn128", prime_field=PrimeField.BN128),
    Case("bignum.f1m_mul", "of secp256k1", prime_field=PrimeField.SECP256K1),
    Case("hash.keccak256", "of 64 bytes", (0, 64, OUT)),
    Case("hash.keccak256", "of 1 kB", (0, 1_024, OUT)),
    Case("hash.keccak256", "of 16 kB", (0, 16_384, OUT)),
    Case("hash.sha256", "of 64 bytes", (0, 64, OUT)),
    Case("hash.sha256", "of 1 kB", (0, 1_024, OUT)),
    Case("hash.sha256", "of 16 kB", (0, 16_384, OUT)),
    Case("ssz.merkleize", "of 1 chunk in 2^40", (0, 1, 40, OUT)),
    Case("ssz.merkleize", "of 64 chunks", (0, 64, 6, OUT)),
    Case("ssz.merkleize", "of 512 chunks", (0, 512, 9, OUT)),
]
BY_NAME: Final = {case.shown: case for case in CASES}


def list_arguments(case: Case) -> tuple[int, ...]:
    """Return pointers: to operands that come one after the other, then to results."""
    if case.arguments:
        return case.arguments
    parameters = ROWS[case.label].parameters or ()
    outputs = {"out": OUT, "quotient": OUT, "remainder": MORE_OUT}
    return tuple(outputs.get(each.name, 48 * at) for at, each in enumerate(parameters))


def build_memory(case: Case) -> str:
    """Return a data segment that begins with two operands, 48 bytes apart.

    The first is greater, twice as long for a division; both are elements of the field.
    """
    memory = bytearray(MEMORY)
    is_field = "_" in case.label
    size = BASE_FIELDS[case.prime_field].size_bytes if is_field else 32
    for at, bits in ((0, 8 * size - 4), (48, 4 * size if "div" in case.label else 8 * size - 8)):
        number = int.from_bytes(memory[at : at + size]) % 2 ** (bits - 1) + 2 ** (bits - 1)
        memory[at : at + size] = number.to_bytes(size, "little" if is_field else "big")
    text = "".join(f"\\{byte:02x}" for byte in memory)
    return f'(data (i32.const 0) "{text}")'


def build_call(case: Case) -> str:
    pushed = " ".join(f"(i32.const {argument})" for argument in list_arguments(case))
    call = f"(call ${ROWS[case.label].name} {pushed})"
    return f"(drop {call})" if ROWS[case.label].result else call


def execute(code: bytes, case: Case, libraries: Libraries) -> ScriptResult:
    limits = replace(LIMITS, prime_field=case.prime_field, libraries=libraries)
    result = get_runtime(limits).execute(ScriptCall(code, Root(PRE_STATE), b""))
    assert result.outcome == RETURNED, result.detail
    return result


def build_caller(case: Case, body: str) -> bytes:
    return build_script(
        body, imports=declare(ROWS[case.label]), extra=build_memory(case), main="(local $done i32)"
    )


@cache
def measure_fuel(case: Case, libraries: Libraries) -> int:
    """Return the fuel of one call, without what pushes its arguments and the call itself."""
    once, twice = (
        execute(build_caller(case, build_call(case) * count), case, libraries).fuel_used
        for count in (1, 2)
    )
    return twice - once - len(list_arguments(case)) - 1


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("libraries", Libraries)
def test_a_thousand_calls(benchmark: BenchmarkFixture, libraries: Libraries, name: str) -> None:
    case = BY_NAME[name]
    benchmark.group = f"library {name}"
    code = build_caller(
        case,
        f"""(loop $again
          {build_call(case)}
          (br_if $again (i32.lt_u
            (local.tee $done (i32.add (local.get $done) (i32.const 1)))
            (i32.const {CALLS}))))""",
    )

    result = benchmark(execute, code, case, libraries)

    assert result.host_call_count == CALLS


def build_row(case: Case) -> str:
    native, wasm = (measure_fuel(case, each) for each in Libraries)
    return f"| {case.shown} | {native:,} | {wasm:,} | {wasm / native:.2f} |"


@pytest.mark.parametrize("name", BY_NAME)
def test_readme_says_what_fuel_a_call_takes(name: str) -> None:
    text = re.sub(" +", " ", README.read_text(encoding="utf-8"))

    assert build_row(BY_NAME[name]) in text


def test_native_call_takes_its_price() -> None:
    assert measure_fuel(BY_NAME["`f1m_mul`"], Libraries.NATIVE) == 1_000
    assert measure_fuel(BY_NAME["`sha256` of 64 bytes"], Libraries.NATIVE) == 1_000 + 8 * 64


ROUNDS: Final = 20
"""Inversions in the base field of BLS12-381: 608 multiplications each."""


@pytest.mark.parametrize(
    ("script", "libraries"),
    [
        ("power_compiled", Libraries.WASM),
        ("power_called", Libraries.WASM),
        ("power_called", Libraries.NATIVE),
    ],
)
@pytest.mark.benchmark(group="20 inversions in the base field of BLS12-381")
def test_inversions(benchmark: BenchmarkFixture, script: str, libraries: Libraries) -> None:
    code = (SCRIPTS / f"{script}.wasm").read_bytes()
    field = BASE_FIELDS[PrimeField.BLS12_381]
    number = int.from_bytes(MEMORY[:48], "little") % field.modulus
    data = number.to_bytes(48, "little") + ROUNDS.to_bytes(4, "little")
    runtime = get_runtime(replace(LIMITS, libraries=libraries))

    result = benchmark(runtime.execute, ScriptCall(code, Root(PRE_STATE), data))

    # An even number of inversions; each keeps the radix, so the number comes back.
    assert result.post_state_root == data[:32]


def test_inversions_called_take_the_multiplications_of_those_compiled() -> None:
    exponent = BASE_FIELDS[PrimeField.BLS12_381].modulus - 2
    multiplications = exponent.bit_length() - 1 + exponent.bit_count() - 1
    data = (1).to_bytes(48, "little") + (1).to_bytes(4, "little")
    code = (SCRIPTS / "power_called.wasm").read_bytes()

    result = get_runtime(replace(LIMITS, libraries=Libraries.WASM)).execute(
        ScriptCall(code, Root(PRE_STATE), data)
    )

    assert result.host_call_count == multiplications + 2


@needs_debian_toolchain
def test_build_committed_sources_give_committed_bytes(tmp_path: Path) -> None:
    built = run_shell(SCRIPTS / "build.sh", tmp_path)

    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert read_modules(tmp_path) == read_modules(SCRIPTS)
