"""The strict rules, beside the engine's own validation of the same module: its types alone."""

from collections.abc import Callable
from functools import cache

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.eei.engine import build_engine, validate_types
from chain.wasm import STRICT_RULES, validate_rules
from tests.helpers.wasm_modules import build_wat

ENGINE = build_engine()


def validate_by_rules(code: bytes) -> None:
    validate_rules(code, STRICT_RULES, {})


def validate_by_engine(code: bytes) -> None:
    validate_types(ENGINE, code)


@cache
def build_large_module(functions: int) -> bytes:
    """Repeat a function with loads, stores, calls, branches and long constants."""
    body = """
        (func $f{number} (param i32 i32) (result i32) (local i32 i64 i32)
          (block $out (loop $again
            (br_if $out (i32.ge_u (local.get 0) (i32.const 1000)))
            (local.set 2 (i32.add (i32.load offset=16 (local.get 0))
              (i32.load8_u offset=300 (local.get 1))))
            (local.set 3 (i64.mul (i64.load (local.get 0)) (i64.const 123456789)))
            (i64.store (local.get 1) (i64.shr_u (local.get 3) (i64.const 17)))
            (if (i32.eqz (local.get 2))
              (then (local.set 4 (call $f0 (local.get 2) (i32.const 70000))))
              (else (local.set 4 (i32.const -1))))
            (global.set 0 (i32.sub (global.get 0) (i32.const 16)))
            (block (block (br_table 0 1 0 (i32.and (local.get 4) (i32.const 3)))))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br $again)))
          (local.get 2))"""
    bodies = "".join(body.format(number=number) for number in range(functions))
    return build_wat(f"""
        (module
          (memory (export "memory") 1)
          (global (mut i32) (i32.const 65536))
          {bodies}
          (func (export "main")))""")


@pytest.mark.benchmark(group="validation of 7,000 functions")
@pytest.mark.parametrize("validate", [validate_by_engine, validate_by_rules])
def test_validation_of_a_large_module(
    benchmark: BenchmarkFixture, validate: Callable[[bytes], None]
) -> None:
    code = build_large_module(7_000 if benchmark.enabled else 80)

    benchmark(validate, code)

    assert len(code) > 130 * (7_000 if benchmark.enabled else 80)
