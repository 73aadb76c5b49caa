"""Scout's libraries: wasm modules linked under a module name, beside the host functions."""

from chain.eei import ScriptLibrary, ScriptResult
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat, declare_names, run

SAVE = "eth2.savePostStateRoot i32"


def build_library(name: str, text: str) -> ScriptLibrary:
    return ScriptLibrary(name, compile_wat(f"(module {text})"))


def run_with(
    body: str, *libraries: ScriptLibrary, imports: str = "", trace: bool = False
) -> ScriptResult:
    script = build_script(body, imports=declare_names(SAVE) + imports)
    return run(script, libraries=libraries, trace=trace)


ADD = build_library(
    "math",
    '(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))',
)
SAVE_SUM = """(i32.store (i32.const 0) (call $add (i32.const 2) (i32.const 3)))
    (call $savePostStateRoot (i32.const 0))"""


def test_script_calls_a_library() -> None:
    result = run_with(SAVE_SUM, ADD, imports=declare_names("math.add i32 i32 -> i32"))

    assert (result.outcome, result.post_state_root) == ("returned", (5).to_bytes(32, "little"))


def test_library_calls_an_earlier_library() -> None:
    double = build_library(
        "more",
        """(import "math" "add" (func $add (param i32 i32) (result i32)))
        (func (export "add") (param i32 i32) (result i32)
          (call $add (call $add (local.get 0) (local.get 1)) (i32.const 100)))""",
    )

    result = run_with(SAVE_SUM, ADD, double, imports=declare_names("more.add i32 i32 -> i32"))

    assert result.post_state_root == (105).to_bytes(32, "little")


def test_library_cannot_call_a_later_library() -> None:
    early = build_library("early", '(import "math" "add" (func (param i32 i32) (result i32)))')

    result = run_with("", early, ADD)

    assert result.outcome == "trapped:link_error"
    assert "unknown math.add" in result.detail


def test_library_replaces_a_native_function_of_its_name() -> None:
    native = build_library(
        "bignum",
        """(import "eth2" "savePostStateRoot" (func $save (param i32)))
        (memory (export "memory") 1) (data (i32.const 0) "wasm")
        (func (export "add256") (param i32 i32 i32) (call $save (i32.const 0)))""",
    )
    body = "(call $add256 (i32.const 0) (i32.const 0) (i32.const 0))"
    imports = declare_names("bignum.add256 i32 i32 i32", "bignum.sub256 i32 i32 i32")

    result = run_with(body, native, imports=imports)

    assert result.post_state_root == b"wasm" + bytes(28)


def test_later_library_replaces_an_earlier_one_of_the_same_name() -> None:
    nothing = build_library(
        "math", '(func (export "add") (param i32 i32) (result i32) (i32.const 77))'
    )

    result = run_with(SAVE_SUM, ADD, nothing, imports=declare_names("math.add i32 i32 -> i32"))

    assert result.post_state_root == (77).to_bytes(32, "little")


def test_pointers_refer_to_the_memory_of_the_module_that_calls() -> None:
    saver = build_library(
        "saver",
        """(import "eth2" "savePostStateRoot" (func $save (param i32)))
        (memory (export "memory") 1) (data (i32.const 0) "library")
        (func (export "save") (call $save (i32.const 0)))""",
    )
    push = """(i32.store8 (i32.const 0) (i32.const 88))
        (call $pushNewDeposit (i32.const 0) (i32.const 184)) (call $save)"""
    imports = declare_names("saver.save", "eth2.pushNewDeposit i32 i32")

    result = run_with(push, saver, imports=imports)

    assert result.post_state_root == b"library".ljust(32, b"\0")
    assert result.deposits == (b"\x58" + bytes(183),)


def test_library_without_memory_may_call_but_not_give_pointers() -> None:
    library = build_library(
        "lib",
        """(import "eth2" "useTicks" (func $ticks (param i32)))
        (import "eth2" "savePostStateRoot" (func $save (param i32)))
        (func (export "count") (call $ticks (i32.const 5)))
        (func (export "save") (call $save (i32.const 0)))""",
    )

    counted = run_with("(call $count)", library, imports=declare_names("lib.count"))
    saved = run_with("(call $save)", library, imports=declare_names("lib.save"))

    assert (counted.outcome, counted.ticks_used) == ("returned", 5)
    assert saved.outcome == "trapped:missing_memory"


def test_library_export_that_is_called_memory_but_is_none_is_a_missing_memory() -> None:
    library = build_library(
        "lib",
        """(import "eth2" "savePostStateRoot" (func $save (param i32)))
        (func (export "memory") (call $save (i32.const 0)))""",
    )

    result = run_with("(call $memory)", library, imports=declare_names("lib.memory"))

    assert result.outcome == "trapped:missing_memory"


def test_script_may_use_and_export_the_memory_of_a_library() -> None:
    owner = build_library("owner", '(memory (export "memory") 1) (data (i32.const 0) "shared")')
    script = compile_wat("""(module
        (import "eth2" "savePostStateRoot" (func $save (param i32)))
        (import "owner" "memory" (memory 1)) (export "memory" (memory 0))
        (func (export "main") (call $save (i32.const 0))))""")

    assert run(script, libraries=(owner,)).post_state_root == b"shared".ljust(32, b"\0")


def test_export_of_a_library_with_another_type_is_a_link_error() -> None:
    result = run_with("", ADD, imports='(import "math" "add" (func))')

    assert result.outcome == "trapped:link_error"
    assert "math::add" in result.detail


def test_library_that_is_no_module_refuses_the_execution() -> None:
    result = run_with("", ScriptLibrary("broken", b"nothing"))

    assert result.outcome == "trapped:invalid_module"


def test_start_function_of_a_library_runs_but_must_not_call_the_host() -> None:
    quiet = build_library(
        "lib",
        """(global $g (mut i32) (i32.const 1))
        (start $init) (func $init (global.set $g (i32.const 9)))
        (func (export "add") (param i32 i32) (result i32) (global.get $g))""",
    )
    loud = build_library("loud", '(import "debug" "startTimer" (func $timer)) (start $timer)')

    result = run_with(SAVE_SUM, quiet, imports=declare_names("lib.add i32 i32 -> i32"))

    assert result.post_state_root == (9).to_bytes(32, "little")
    assert run_with("", loud).outcome == "trapped:host_call_in_start"


def test_libraries_share_fuel_and_table_limits_with_the_script() -> None:
    greedy = build_library("lib", '(func $f (export "spin") (loop $again (br $again)))')
    tables = build_library("lib", "(table 32769 funcref)")
    script = build_script("", extra="(table 1 funcref)")

    spun = run_with("(call $spin)", greedy, imports=declare_names("lib.spin"))

    assert (spun.outcome, spun.fuel_used) == ("out_of_fuel", KEEP.max_fuel)
    assert run(script, libraries=(tables,)).outcome == "memory_limit"


def test_library_that_aborts_ends_the_script() -> None:
    library = build_library(
        "lib",
        """(import "env" "abort" (func $abort (param i64)))
        (func (export "stop") (call $abort (i64.const 3)))""",
    )
    imports = declare_names("lib.stop", "env.abort i32")

    result = run_with("(call $stop)", library, imports=imports, trace=True)

    assert (result.outcome, result.post_state_root) == ("trapped:abort", PRE_STATE)
    assert result.calls[0].arguments == (3,)


def test_execution_with_libraries_leaves_later_ones_without_alone() -> None:
    script = build_script(SAVE_SUM, imports=declare_names(SAVE, "math.add i32 i32 -> i32"))

    first, second = run(script, libraries=(ADD,)), run(script)

    assert (first.outcome, second.outcome) == ("returned", "trapped:link_error")
