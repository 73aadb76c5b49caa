"""What counting costs: in bytes and engine work, the same everywhere, and in time."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import Metering
from chain.eei import RETURNED, ScriptCall
from chain.types import Root
from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.helpers.metering import PLENTY, execute, inject
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wat import build_script, get_runtime

README: Final = Path(__file__).with_name("README.md")
ROUNDS: Final = 1_000_000
STEP: Final = "(local.set $sum (i64.mul (i64.add (local.get $sum) (i64.const 7)) (i64.const 9)))"


def build_loop(steps: int) -> bytes:
    return build_script(
        f"""(call $load (i32.const 0))
        (loop $again
          {STEP * steps}
          (br_if $again (i32.lt_u
            (local.tee $done (i32.add (local.get $done) (i32.const 1)))
            (i32.const {ROUNDS // steps}))))
        (i64.store (i32.const 64) (local.get $sum))
        (call $save (i32.const 0))""",
        imports="""(import "eth2" "loadPreStateRoot" (func $load (param i32)))
                   (import "eth2" "savePostStateRoot" (func $save (param i32)))""",
        main="(local $done i32) (local $sum i64)",
    )


LOOPS: Final = {"short blocks": build_loop(1), "long blocks": build_loop(50)}
INPUTS: Final = {
    "helloworld": b"",
    "counter": bytes(16),
    "hash_chain": bytes(16_384),
    "bignum_exp": (3**99).to_bytes(32, "big") + (10**9 + 7).to_bytes(32, "big"),
}
SIZES: Final = (*INPUTS, "deposit_relay", "deposit_manager")


def read_script(name: str) -> bytes:
    return (SCRIPTS / f"{name}.wasm").read_bytes()


@pytest.mark.parametrize("blocks", LOOPS)
def test_floor_counts_nothing(benchmark: BenchmarkFixture, blocks: str) -> None:
    benchmark.group = f"metering {blocks}"

    assert benchmark(BareLoop(LOOPS[blocks]).run_block) == PRE_STATE


@pytest.mark.parametrize("blocks", LOOPS)
@pytest.mark.parametrize("metering", Metering)
def test_loop(benchmark: BenchmarkFixture, metering: Metering, blocks: str) -> None:
    benchmark.group = f"metering {blocks}"
    runtime = get_runtime(replace(PLENTY, metering=metering))

    result = benchmark(runtime.execute, ScriptCall(LOOPS[blocks], Root(PRE_STATE), b""))

    assert result.post_state_root == PRE_STATE


@pytest.mark.parametrize("script", INPUTS)
@pytest.mark.parametrize("metering", Metering)
def test_script(benchmark: BenchmarkFixture, metering: Metering, script: str) -> None:
    benchmark.group = f"metering {script}"
    runtime = get_runtime(replace(PLENTY, metering=metering))
    call = ScriptCall(read_script(script), Root(PRE_STATE), INPUTS[script])

    assert benchmark(runtime.execute, call).outcome == RETURNED


@pytest.mark.benchmark(group="inject metering")
def test_inject_metering_into_the_largest_script(benchmark: BenchmarkFixture) -> None:
    code = read_script("deposit_manager")

    assert len(benchmark(inject, code)) > len(code)


def build_row(name: str) -> str:
    code = read_script(name)
    metered = inject(code)
    cells = [f"`{name}`", f"{len(code):,}", f"{len(metered):,}", f"{len(metered) / len(code):.2f}"]
    if name in INPUTS:
        call = ScriptCall(code, Root(PRE_STATE), INPUTS[name])
        plain, injected = (execute(call, each) for each in (Metering.FUEL, Metering.INJECTED))
        ratio = injected.fuel_used / plain.fuel_used
        cells += [f"{plain.fuel_used:,}", f"{injected.fuel_used:,}", f"{ratio:.2f}"]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", SIZES)
def test_readme_says_what_injection_adds_to_a_script(name: str) -> None:
    text = re.sub(" +", " ", README.read_text(encoding="utf-8"))

    assert re.sub(" +", " ", build_row(name)) in text
