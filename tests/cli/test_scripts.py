"""``shardlab exec``, ``shardlab validate`` and ``shardlab scout``."""

from pathlib import Path

import pytest
import wasmtime

from tests.helpers.cli import shardlab
from tests.helpers.scenarios import FLOAT, HELLO
from tests.helpers.scripts import SCRIPTS

STATE = "2a" * 32
KEEPS = """
(module
  (import "eth2" "loadPreStateRoot" (func $load (param i32)))
  (import "eth2" "savePostStateRoot" (func $save (param i32)))
  (import "eth2" "useTicks" (func $ticks (param i32)))
  (import "debug" "print32" (func $print (param i32)))
  (memory (export "memory") 1)
  (func (export "main")
    (call $load (i32.const 8)) (call $ticks (i32.const 5)) (call $print (i32.const 7))
    (call $save (i32.const 8))))
"""


def save_wat(source: str, name: str = "script") -> Path:
    path = Path(f"{name}.wasm")
    path.write_bytes(wasmtime.wat2wasm(source))
    return path


def test_exec_json_tells_outcome_state_budgets_and_calls() -> None:
    document = shardlab("exec", save_wat(KEEPS), "--pre-state", STATE, "--trace", "--json").document
    assert document["outcome"] == "returned"
    assert document["post_state"] == STATE
    assert document["deposits"] == []
    assert document["ticks"] == 5
    assert document["fuel"] > 4_000
    assert [(call["name"], call["arguments"]) for call in document["calls"]] == [
        ("eth2.loadPreStateRoot", [8]),
        ("eth2.useTicks", [5]),
        ("debug.print32", [7]),
        ("eth2.savePostStateRoot", [8]),
    ]


def test_exec_trace_shows_every_host_call_and_debug_output() -> None:
    outcome = shardlab("exec", save_wat(KEEPS), "--pre-state", STATE, "--trace")
    assert outcome.status == 0
    assert "eth2.useTicks(5)" in outcome.stdout
    assert "debug: print32: 7" in outcome.stdout
    assert STATE in outcome.stdout


def test_exec_trap_exits_with_1_and_says_why() -> None:
    outcome = shardlab("exec", HELLO, "--data", "00")
    assert outcome.status == 1
    assert "trapped:unreachable" in outcome.stdout


def test_exec_data_from_a_file() -> None:
    Path("data.hex").write_text("00 11\n22", encoding="ascii")
    size = """
    (module (import "eth2" "blockDataSize" (func $size (result i32)))
      (import "eth2" "savePostStateRoot" (func $save (param i32)))
      (memory (export "memory") 1)
      (func (export "main") (i32.store (i32.const 0) (call $size)) (call $save (i32.const 0))))
    """
    document = shardlab("exec", save_wat(size), "--data", "@data.hex", "--json").document
    assert document["post_state"] == "03" + "00" * 31


def test_exec_fuel_limit_can_be_set() -> None:
    loop = '(module (memory (export "memory") 1) (func (export "main") (loop (br 0))))'
    document = shardlab("exec", save_wat(loop), "--fuel", 500, "--json").document
    assert (document["outcome"], document["fuel"]) == ("out_of_fuel", 500)


LOOPS = """
(module
  (import "eth2" "savePostStateRoot" (func $save (param i32)))
  (memory (export "memory") 1)
  (func (export "main") (local i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                             (i32.const 100))))
    (call $save (i32.const 8))))
"""


def test_exec_injected_metering_counts_ticks_and_says_how_much_code_it_adds() -> None:
    script = save_wat(LOOPS)

    plain = shardlab("exec", script, "--json").document
    document = shardlab("exec", script, "--metering", "injected", "--json").document
    outcome = shardlab("exec", script, "--metering", "injected")

    before, after = document["code_bytes"], document["metered_code_bytes"]
    growth = round((after / before - 1) * 100)
    assert (plain["metering"], plain["ticks"]) == ("fuel", 0)
    assert "code_bytes" not in plain
    assert document["metering"] == "injected"
    assert document["ticks"] > 100
    assert document["post_state"] == plain["post_state"]
    assert before == script.stat().st_size < after
    said = f"metering:   injected, {before:,} to {after:,} bytes of code, +{growth}%\n"
    assert said in outcome.stdout


@pytest.mark.parametrize("trace", [[], ["--trace"]])
def test_exec_fuel_is_the_budget_of_injected_ticks(trace: list[str]) -> None:
    outcome = shardlab("exec", save_wat(LOOPS), "--metering", "injected", "--fuel", 50, *trace)

    assert outcome.status == 1
    assert "out_of_ticks" in outcome.stdout


@pytest.mark.parametrize("metering", ["none", "ticks"])
def test_exec_without_a_budget_runs_and_refuses_one(metering: str) -> None:
    script = save_wat(LOOPS)

    document = shardlab("exec", script, "--metering", metering, "--json").document
    refused = shardlab("exec", script, "--metering", metering, "--fuel", 50)

    assert (document["outcome"], document["metering"]) == ("returned", metering)
    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"error: --fuel: no budget ends a script under --metering {metering}\n"
    )


def test_exec_injected_metering_of_what_is_no_module_has_no_sizes() -> None:
    Path("script.wasm").write_bytes(b"no module")

    document = shardlab("exec", "script.wasm", "--metering", "injected", "--json").document

    assert document["outcome"] == "trapped:invalid_module"
    assert "code_bytes" not in document


def test_exec_unsaved_state_follows_the_option() -> None:
    script = save_wat('(module (memory (export "memory") 1) (func (export "main")))')
    outcomes = [
        shardlab("exec", script, "--pre-state", STATE, "--unsaved", unsaved, "--json").document
        for unsaved in ("zero", "keep", "trap")
    ]
    assert [outcome["outcome"] for outcome in outcomes] == [
        "returned",
        "returned",
        "trapped:unsaved_post_state",
    ]
    assert [outcome["post_state"] for outcome in outcomes[:2]] == ["00" * 32, STATE]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.wasm"], "none.wasm"),
        (["."], "."),
        (["/dev/zero"], "larger than"),
        ([HELLO, "--pre-state", "00"], "32 bytes"),
        ([HELLO, "--pre-state", "zz" * 32], "--pre-state: not hex"),
        ([HELLO, "--data", "abc"], "--data: not hex"),
        ([HELLO, "--data", "@none.hex"], "none.hex"),
        ([HELLO, "--unsaved", "maybe"], "zero, keep, trap"),
        ([HELLO, "--field", "p256"], "bls12-381, bn128, secp256k1"),
        ([HELLO, "--fuel", "0"], "fuel"),
        ([HELLO, "--metering", "gas"], "--metering gas: choose one of none, fuel, ticks, injected"),
    ],
)
def test_exec_unusable_arguments_exit_with_2(arguments: list[str], said: str) -> None:
    outcome = shardlab("exec", *arguments)
    assert outcome.status == 2
    assert said in outcome.stderr


def test_exec_noise_is_an_outcome() -> None:
    Path("noise.wasm").write_bytes(b"\x00asm\x01\x00\x00\x00\xff\xff")
    document = shardlab("exec", "noise.wasm", "--json").document
    assert document["outcome"] == "trapped:invalid_module"


def test_validate_json_of_a_valid_script() -> None:
    assert shardlab("validate", HELLO, "--json").document == {
        "valid": True,
        "rule": None,
        "offset": None,
        "message": "no rule is broken",
    }


def test_validate_float_breaks_strict_and_not_scout() -> None:
    strict = shardlab("validate", FLOAT, "--json")
    assert strict.status == 1
    assert strict.document["rule"] == "float_type"
    code = Path(FLOAT).read_bytes()
    assert code[strict.document["offset"]] in (0x7C, 0x7D)  # f64, f32
    assert shardlab("validate", FLOAT, "--profile", "scout").status == 0


def test_validate_type_error_is_found_by_the_engine() -> None:
    body = bytes.fromhex("0061736d01000000 010401600000 03020100 0503010001")
    exports = bytes.fromhex("0711 02 04 6d61696e 00 00 06 6d656d6f7279 02 00")
    Path("bad.wasm").write_bytes(body + exports + bytes.fromhex("0a 06 01 04 00 41 00 0b"))
    document = shardlab("validate", "bad.wasm", "--json").document
    assert (document["valid"], document["rule"]) == (False, "type_check")
    assert document["offset"] > 0


@pytest.mark.parametrize("arguments", [["none.wasm"], [HELLO, "--profile", "lax"]])
def test_validate_unusable_arguments_exit_with_2(arguments: list[str]) -> None:
    outcome = shardlab("validate", *arguments)
    assert outcome.status == 2
    assert outcome.stdout == ""


def test_scout_runs_many_files_and_prints_a_line_each() -> None:
    files = sorted((SCRIPTS.parent / "scout").glob("*.yaml"))
    outcome = shardlab("scout", *files)
    assert outcome.status == 0
    assert outcome.stdout.splitlines() == [f"pass  {file}" for file in files]


def write_scout_file(post_state: str, name: str = "case.yaml") -> str:
    Path(name).write_text(
        f"""
beacon_state: {{execution_scripts: [{HELLO}]}}
shard_pre_state: {{exec_env_states: ["{STATE}"]}}
shard_blocks: [{{env: 0, data: ""}}]
shard_post_state: {{exec_env_states: ["{post_state}"]}}
""",
        encoding="utf-8",
    )
    return name


def test_scout_json_has_path_passed_and_differences() -> None:
    write_scout_file("00" * 32, "differs.yaml")
    write_scout_file(STATE, "passes.yaml")
    outcome = shardlab("scout", "differs.yaml", "passes.yaml", "--json")
    first, second = outcome.document["files"]
    assert outcome.status == 1
    assert (first["path"], first["passed"]) == ("differs.yaml", False)
    assert any(STATE in difference for difference in first["differences"])
    assert (second["passed"], second["differences"]) == (True, [])


def test_scout_unusable_file_exits_with_2_and_the_others_still_run() -> None:
    write_scout_file(STATE, "passes.yaml")
    outcome = shardlab("scout", "none.yaml", "passes.yaml")
    assert outcome.status == 2
    assert "none.yaml" in outcome.stderr
    assert "pass  passes.yaml" in outcome.stdout
