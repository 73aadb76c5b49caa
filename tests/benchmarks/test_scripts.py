"""What a script costs before it runs: validation, compilation, a load from the cache."""

from typing import Final

import pytest
import wasmtime
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import ETH2_2020, ExecutionLimits
from chain.eei import ScriptRuntime
from chain.eei.engine import build_engine
from chain.eei.loading import ModuleLoader
from chain.eei.preparers import HostPreparer
from chain.validation import get_rules, validate_script
from tests.benchmarks.stores import MemoryStore
from tests.helpers.wat import compile_wat

FUNCTION: Final = """
(func (param $from i32) (param $to i32) (result i32) (local $word i64)
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $from) (i32.const 1000)))
      (local.set $word (i64.mul (i64.load (local.get $from)) (i64.const 123456789)))
      (i64.store offset=300 (local.get $to)
        (i64.xor (local.get $word) (i64.shr_u (local.get $word) (i64.const 17))))
      (if (i32.eqz (local.get $to))
        (then (global.set 0 (call 0 (local.get $from) (i32.const 70000))))
        (else (global.set 0 (i32.sub (global.get 0) (i32.const 16)))))
      (block (block (br_table 0 1 0 (i32.and (local.get $to) (i32.const 3))))
        (local.set $from (i32.add (local.get $from) (i32.const 4))))
      (br $next)))
  (local.get $from))"""
"""A loop over memory with a call, a branch and a table: what compilers emit for byte strings."""

SCRIPT: Final = compile_wat(
    f"""(module
      (memory (export "memory") 2)
      (global (mut i32) (i32.const 65536))
      {FUNCTION * 760}
      (func (export "main")))"""
)
assert 95_000 < len(SCRIPT) < 105_000


@pytest.mark.benchmark(group="validate 100 kB")
def test_peer_is_the_validator_of_wasmtime(benchmark: BenchmarkFixture) -> None:
    engine = wasmtime.Engine()

    assert benchmark(wasmtime.Module.validate, engine, SCRIPT) is None


@pytest.mark.benchmark(group="validate 100 kB")
def test_strict_profile(benchmark: BenchmarkFixture) -> None:
    rules, runtime = get_rules(ETH2_2020), ScriptRuntime(ETH2_2020.execution)

    benchmark(validate_script, SCRIPT, rules, runtime)


def load(engine: wasmtime.Engine, store: MemoryStore | None) -> ModuleLoader[None]:
    preparer = HostPreparer(engine, ExecutionLimits())
    loader: ModuleLoader[None] = ModuleLoader(engine, preparer, store)
    loader.load(SCRIPT)
    return loader


@pytest.mark.benchmark(group="compile 100 kB")
def test_floor_is_the_compiler(benchmark: BenchmarkFixture) -> None:
    engine = build_engine()

    assert benchmark(lambda: wasmtime.Module(engine, SCRIPT)).exports


@pytest.mark.benchmark(group="compile 100 kB")
def test_loader_without_a_store(benchmark: BenchmarkFixture) -> None:
    engine = build_engine()

    loader = benchmark(lambda: load(engine, None))

    assert loader.compile_count == 1


@pytest.mark.benchmark(group="load 100 kB of compiled code")
def test_floor_is_deserialization(benchmark: BenchmarkFixture) -> None:
    engine = build_engine()
    compiled = wasmtime.Module(engine, SCRIPT).serialize()

    assert benchmark(wasmtime.Module.deserialize, engine, compiled).exports


@pytest.mark.benchmark(group="load 100 kB of compiled code")
def test_loader_with_a_store(benchmark: BenchmarkFixture) -> None:
    engine, store = build_engine(), MemoryStore()
    load(engine, store)

    loader = benchmark(lambda: load(engine, store))

    assert loader.compile_count == 0
