"""Runs that share a cache of compiled scripts."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime

from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from simulator.module_cache import DiskModuleCache
from tests.helpers import damage
from tests.helpers.wat import KEEP, PRE_STATE, build_script, declare_names

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ownership cannot be checked there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


SCRIPT = build_script(
    """(local i32) (loop $again (call $useTicks (i32.const 1))
      (br_if $again (i32.lt_u
        (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10))))""",
    imports=declare_names("eth2.useTicks i32"),
)


def execute(cache: DiskModuleCache | None) -> tuple[ScriptResult, int]:
    """Run in a new runtime; also tell how many modules it compiled."""
    runtime = ScriptRuntime(KEEP, cache)
    return runtime.execute(ScriptCall(SCRIPT, PRE_STATE, b"")), runtime.compile_count


def test_execute_from_the_cache_compiles_nothing_and_has_the_same_result(folder: Path) -> None:
    cache = DiskModuleCache(folder)

    plain, first, second = execute(None), execute(cache), execute(cache)

    assert (plain[1], first[1], second[1]) == (1, 1, 0)
    assert plain[0] == first[0] == second[0]
    assert plain[0].outcome == "returned"


@pytest.mark.parametrize(
    "spoil", [damage.flip_last_byte, damage.truncate, damage.replace_by_raw_module, damage.append]
)
def test_execute_with_a_damaged_cache_compiles_again_and_heals_it(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    cache = DiskModuleCache(folder)
    plain = execute(cache)
    spoil(damage.get_entry(folder))

    assert execute(cache) == plain
    assert execute(cache) == (plain[0], 0)


def test_execute_with_authentic_bytes_of_another_engine_compiles_again(folder: Path) -> None:
    foreign = bytes(wasmtime.Module(wasmtime.Engine(), SCRIPT).serialize())

    class Foreign(DiskModuleCache):
        """Holds what wasmtime with other settings would have saved under the same key."""

        def load(self, key: str) -> bytes | None:
            return foreign if super().load(key) else None

    cache = Foreign(folder)
    plain = execute(cache)

    assert plain[1] == 1
    assert execute(cache) == plain


def test_execute_in_another_process_finds_the_entry(folder: Path) -> None:
    plain, _ = execute(DiskModuleCache(folder))
    program = (
        "import sys; from pathlib import Path;"
        "from tests.simulator.test_module_cache_runtime import execute, DiskModuleCache;"
        "result, compiled = execute(DiskModuleCache(Path(sys.argv[1])));"
        "sys.stdout.write(f'{result.outcome} {result.fuel_used} {compiled}')"
    )

    answer = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert answer.stdout == f"returned {plain.fuel_used} 0"
