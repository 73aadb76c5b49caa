from dataclasses import replace

import pytest

from chain.config import Backend
from chain.eei.debug import escape_text
from tests.helpers.wat import KEEP, build_script, declare_names, run, run_body, store_bytes


@pytest.mark.parametrize(
    ("body", "signature", "line"),
    [
        ("(call $print32 (i32.const 7))", "debug.print32 i32", "print32: 7 (0x00000007)"),
        ("(call $print32 (i32.const -1))", "debug.print32 i32", "print32: 4294967295 (0xffffffff)"),
        (
            "(call $print64 (i64.const -2))",
            "debug.print64 i64",
            "print64: 18446744073709551614 (0xfffffffffffffffe)",
        ),
        ("(call $printMem (i32.const 0) (i32.const 3))", "debug.printMem i32 i32", "printMem: aé"),
        ("(call $log (i32.const 0) (i32.const 3))", "debug.log i32 i32", "log: aé"),
        (
            "(call $printMemHex (i32.const 0) (i32.const 3))",
            "debug.printMemHex i32 i32",
            "printMemHex: 61c3a9",
        ),
        ("(call $mem (i32.const 0) (i32.const 3))", "debug.mem i32 i32", "mem: 61c3a9"),
        (
            "(call $eth2_debugPrintMem (i32.const 0) (i32.const 3))",
            "env.eth2_debugPrintMem i32 i32",
            "eth2_debugPrintMem: 61c3a9",
        ),
        ("(call $debug_log (i32.const 0) (i32.const 0))", "env.debug_log i32 i32", "log: "),
    ],
)
def test_debug_function_prints_one_line(body: str, signature: str, line: str) -> None:
    assert run_body(body, signature, extra=store_bytes("aé".encode())).debug == (line,)


def test_debug_lines_keep_their_order_and_survive_a_trap() -> None:
    body = "(call $print32 (i32.const 1)) (call $print32 (i32.const 2)) unreachable"

    result = run_body(body, "debug.print32 i32")

    assert result.outcome == "trapped:unreachable"
    assert result.debug == ("print32: 1 (0x00000001)", "print32: 2 (0x00000002)")


def test_end_timer_prints_the_fuel_since_start_timer() -> None:
    body = "(call $startTimer) (call $print32 (i32.const 1)) (call $endTimer)"

    result = run_body(body, "debug.startTimer", "debug.print32 i32", "debug.endTimer")

    # Two host calls at 1,000, two call instructions and a constant.
    assert (result.debug[0], result.debug[2]) == ("startTimer", "endTimer: 2003 fuel")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain text", "plain text"),
        (b"\x1b[2Jgone", "\\x1b[2Jgone"),
        (b"a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}right-to-left".encode(), "\\u202eright-to-left"),
        ("grüße".encode(), "grüße"),
    ],
)
def test_escape_text_lets_only_printable_characters_through(data: bytes, text: str) -> None:
    assert escape_text(data) == text


def run_loop(limit: int, body: str, signature: str) -> tuple[str, ...]:
    loop = f"""(local i32) (loop $again {body}
        (br_if $again (i32.lt_u
          (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000))))"""
    script = build_script(loop, imports=declare_names(signature))
    return run(script, limits=replace(KEEP, max_debug_bytes=limit)).debug


def test_debug_output_stops_at_the_limit() -> None:
    lines = run_loop(50, "(call $print32 (i32.const 7))", "debug.print32 i32")

    assert lines == ("print32: 7 (0x00000007)", "print32: 7 (0x00000007)", "pr")


def test_debug_output_of_empty_lines_is_limited_too() -> None:
    lines = run_loop(100, "(call $log (i32.const 0) (i32.const 0))", "debug.log i32 i32")

    assert lines == ("log: ",) * 16 + ("log:",)


def test_debug_output_of_a_whole_memory_is_cut() -> None:
    (line,) = run_loop(40, "(call $mem (i32.const 0) (i32.const 65536))", "debug.mem i32 i32")

    assert line == "mem: " + "0" * 35


@pytest.mark.parametrize(
    ("signature", "arguments", "detail"),
    [
        ("", "", "none"),
        ("i32", "(i32.const -1)", "-1"),
        ("i64 f32 f64", "(i64.const 5) (f32.const 1.5) (f64.const -2)", "5, 1.5, -2.0"),
        (
            "i32 i32 i32 i32",
            "(i32.const 16) (i32.const 32) (i32.const 3) (i32.const 9)",
            "16, 32, 3, 9",
        ),
        ("i32 -> i64", "(i32.const 1)", "1"),
    ],
)
def test_abort_with_any_signature_ends_the_script(
    signature: str, arguments: str, detail: str
) -> None:
    call = f"(call $abort {arguments})"

    result = run_body(f"(drop {call})" if "->" in signature else call, f"env.abort {signature}")

    assert (result.outcome, result.detail) == (
        "trapped:abort",
        f"The script called `abort`: arguments {detail}.",
    )


def test_abort_that_is_never_called_does_nothing() -> None:
    assert run_body("", "env.abort i32 i32 i32 i32").outcome == "returned"


@pytest.mark.parametrize("backend", Backend)
def test_abort_imported_twice_with_two_signatures_is_refused(backend: Backend) -> None:
    imports = """(import "env" "abort" (func (param i32)))
        (import "env" "abort" (func (param i64)))"""

    result = run(build_script("", imports=imports), limits=replace(KEEP, backend=backend))

    assert result.outcome == "trapped:link_error"
    assert result.detail.endswith("function env.abort; imported (i64) -> (); before (i32) -> ().")
