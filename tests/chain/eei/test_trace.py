"""What a trace records of host calls."""

from dataclasses import replace

from chain.eei.frame import MAX_TRACED_CALLS
from tests.helpers.wat import PRE_STATE, build_script, declare_names, run

SAVE = "eth2.savePostStateRoot i32"


def test_trace_records_what_calls_took_and_gave() -> None:
    body = """(call $loadPreStateRoot (i32.const 0))
        (call $sha256 (i32.const 0) (i32.const 100) (i32.const 200))
        (drop (call $blockDataSize))
        (call $savePostStateRoot (i32.const -32))"""
    signatures = (
        "env.eth2_loadPreStateRoot i32",
        "hash.sha256 i32 i32 i32",
        "eth2.blockDataSize -> i32",
        SAVE,
    )
    # The import is called by its spelling; the trace shows the table's name.
    body = body.replace("$loadPreStateRoot", "$eth2_loadPreStateRoot")
    script = build_script(body, imports=declare_names(*signatures))

    result = run(script, data=b"abc", trace=True)

    load, digest, size, save = result.calls
    assert load == ("eth2.loadPreStateRoot", (0,), (), (PRE_STATE.hex(),), None, "")
    assert digest.read == (f"{(PRE_STATE + bytes(32)).hex()}... (100 bytes)",)
    assert size == ("eth2.blockDataSize", (), (), (), 3, "")
    assert save == (
        "eth2.savePostStateRoot",
        (2**32 - 32,),
        (),
        (),
        None,
        "memory_out_of_bounds",
    )
    assert result.host_call_count == 4


def test_trace_of_abort_shows_its_arguments() -> None:
    script = build_script("(call $abort (i32.const 5))", imports=declare_names("env.abort i32"))

    (call,) = run(script, trace=True).calls

    assert (call.function, call.arguments, call.fault) == ("env.abort", (5,), "abort")


def test_trace_is_bounded_and_the_count_is_not() -> None:
    body = """(local i32) (loop $again (call $useTicks (i32.const 0))
        (br_if $again (i32.lt_u
          (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10003))))"""
    script = build_script(body, imports=declare_names("eth2.useTicks i32"))

    result = run(script, trace=True)

    assert (len(result.calls), result.host_call_count) == (MAX_TRACED_CALLS, 10_003)


def test_trace_changes_nothing_else() -> None:
    script = build_script(
        "(call $useTicks (i32.const 3)) (call $savePostStateRoot (i32.const 0))",
        imports=declare_names("eth2.useTicks i32", SAVE),
    )

    plain, traced = run(script), run(script, trace=True)

    assert plain.calls == ()
    assert replace(traced, calls=()) == plain
