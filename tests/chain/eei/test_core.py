from dataclasses import replace

import pytest

from chain.config import UnsavedPostState
from chain.eei import ScriptCall
from chain.types import Root, Ticks
from tests.helpers.wat import (
    KEEP,
    PRE_STATE,
    build_script,
    declare_names,
    get_runtime,
    run,
    run_body,
    store_bytes,
)

SAVE = "eth2.savePostStateRoot i32"
LOAD = "eth2.loadPreStateRoot i32"
COPY = "eth2.blockDataCopy i32 i32 i32"
SIZE = "eth2.blockDataSize -> i32"
PUSH = "eth2.pushNewDeposit i32 i32"
TICKS = "eth2.useTicks i32"


def test_load_pre_state_root_writes_the_pre_state() -> None:
    result = run_body(
        "(call $loadPreStateRoot (i32.const 7)) (call $savePostStateRoot (i32.const 7))", LOAD, SAVE
    )

    assert (result.outcome, result.post_state_root) == ("returned", PRE_STATE)


def test_save_post_state_root_last_call_wins() -> None:
    data = store_bytes(b"a" * 32 + b"b" * 32)
    body = "(call $savePostStateRoot (i32.const 0)) (call $savePostStateRoot (i32.const 32))"

    assert run_body(body, SAVE, extra=data).post_state_root == b"b" * 32


def test_save_post_state_root_reads_memory_at_the_time_of_the_call() -> None:
    body = "(call $savePostStateRoot (i32.const 0)) (i32.store (i32.const 0) (i32.const 99))"

    assert run_body(body, SAVE).post_state_root == bytes(32)


@pytest.mark.parametrize(
    ("unsaved", "outcome", "root"),
    [
        (UnsavedPostState.ZERO, "returned", bytes(32)),
        (UnsavedPostState.KEEP, "returned", PRE_STATE),
        (UnsavedPostState.TRAP, "trapped:unsaved_post_state", PRE_STATE),
    ],
)
def test_script_that_saves_nothing_ends_as_the_config_says(
    unsaved: UnsavedPostState, outcome: str, root: bytes
) -> None:
    result = run(build_script(""), limits=replace(KEEP, unsaved_post_state=unsaved))

    assert (result.outcome, result.post_state_root) == (outcome, root)


def test_unsaved_post_state_traps_by_default_and_drops_the_deposits() -> None:
    script = build_script(
        "(call $pushNewDeposit (i32.const 0) (i32.const 184))", imports=declare_names(PUSH)
    )
    limits = replace(KEEP, unsaved_post_state=UnsavedPostState.TRAP)

    result = run(script, limits=limits)

    assert (result.outcome, result.deposits) == ("trapped:unsaved_post_state", ())


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_block_data_size_counts_bytes(size: int) -> None:
    body = "(i32.store (i32.const 0) (call $blockDataSize)) (call $savePostStateRoot (i32.const 0))"

    result = run_body(body, SIZE, SAVE, data=bytes(size))

    assert result.post_state_root == size.to_bytes(4, "little") + bytes(28)


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 4, b"abcd"), (2, 2, b"cd"), (1, 2, b"bc"), (4, 0, b""), (0, 0, b"")],
)
def test_block_data_copy_counts_length_from_the_offset(
    offset: int, length: int, expected: bytes
) -> None:
    body = f"""(call $blockDataCopy (i32.const 3) (i32.const {offset}) (i32.const {length}))
        (call $savePostStateRoot (i32.const 0))"""

    result = run_body(body, COPY, SAVE, data=b"abcd")

    assert result.post_state_root == (bytes(3) + expected).ljust(32, b"\0")


@pytest.mark.parametrize(("offset", "length"), [(0, 5), (4, 1), (5, 0), (-1, 1), (0, -1), (-1, -1)])
def test_block_data_copy_past_the_end_traps(offset: int, length: int) -> None:
    body = f"(call $blockDataCopy (i32.const 0) (i32.const {offset}) (i32.const {length}))"

    result = run_body(body, COPY, data=b"abcd")

    assert result.outcome == "trapped:block_data_out_of_bounds"


def test_block_data_copy_wrong_in_both_ranges_names_the_block_data() -> None:
    body = "(call $blockDataCopy (i32.const -1) (i32.const 4) (i32.const 1))"

    assert run_body(body, COPY, data=b"abcd").outcome == "trapped:block_data_out_of_bounds"


def test_block_data_copy_to_outside_memory_writes_nothing_and_traps() -> None:
    body = "(call $blockDataCopy (i32.const 65535) (i32.const 0) (i32.const 2))"

    assert run_body(body, COPY, data=b"abcd").outcome == "trapped:memory_out_of_bounds"


def test_push_new_deposit_keeps_bytes_and_order() -> None:
    first, second = bytes(range(184)), b"z" * 184
    body = """(call $pushNewDeposit (i32.const 184) (i32.const 184))
        (call $pushNewDeposit (i32.const 0) (i32.const 184))"""

    result = run_body(body, PUSH, extra=store_bytes(second + first))

    assert result.deposits == (first, second)


@pytest.mark.parametrize("length", [0, 183, 185, 192, -1])
def test_push_new_deposit_of_another_size_traps(length: int) -> None:
    body = f"(call $pushNewDeposit (i32.const 0) (i32.const {length}))"

    assert run_body(body, PUSH).outcome == "trapped:malformed_deposit"


def test_push_new_deposit_wrong_in_size_and_range_names_the_size() -> None:
    body = "(call $pushNewDeposit (i32.const -1) (i32.const 5))"

    assert run_body(body, PUSH).outcome == "trapped:malformed_deposit"


@pytest.mark.parametrize(
    ("length", "outcome"), [(192, "returned"), (184, "trapped:malformed_deposit")]
)
def test_push_new_deposit_with_timestamp_takes_192_bytes(length: int, outcome: str) -> None:
    script = build_script(
        f"(call $pushNewDeposit (i32.const 0) (i32.const {length}))", imports=declare_names(PUSH)
    )

    assert run(script, limits=replace(KEEP, deposit_min_timestamp=True)).outcome == outcome


PUSH_MANY = """(local i32) (loop $again (call $pushNewDeposit (i32.const 0) (i32.const 184))
    (br_if $again (i32.lt_u
      (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {count}))))"""


@pytest.mark.parametrize(
    ("count", "outcome", "kept"), [(1024, "returned", 1024), (1025, "trapped:too_many_deposits", 0)]
)
def test_push_new_deposit_stops_at_the_limit_of_the_list(
    count: int, outcome: str, kept: int
) -> None:
    result = run_body(PUSH_MANY.format(count=count), PUSH)

    assert (result.outcome, len(result.deposits)) == (outcome, kept)


@pytest.mark.parametrize(
    ("body", "outcome", "used"),
    [
        ("(call $useTicks (i32.const 0))", "returned", 0),
        ("(call $useTicks (i32.const 100))", "returned", 100),
        ("(call $useTicks (i32.const 101))", "out_of_ticks", 100),
        ("(call $useTicks (i32.const 60)) (call $useTicks (i32.const 40))", "returned", 100),
        ("(call $useTicks (i32.const 60)) (call $useTicks (i32.const 41))", "out_of_ticks", 100),
        # -1 is 2**32 - 1 ticks, not one tick back.
        ("(call $useTicks (i32.const -1))", "out_of_ticks", 100),
    ],
)
def test_use_ticks_reaches_zero_and_no_further(body: str, outcome: str, used: int) -> None:
    script = build_script(body, imports=declare_names(TICKS))

    result = run(script, limits=replace(KEEP, max_ticks=Ticks(100)))

    assert (result.outcome, result.ticks_used) == (outcome, used)


def test_execute_every_block_runs_in_a_fresh_instance() -> None:
    script = build_script(
        """(global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (global.get $count)))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names(SAVE),
        extra="(global $count (mut i32) (i32.const 0))",
    )

    assert {run(script).post_state_root for _ in range(3)} == {b"\x01" + bytes(31)}


def test_execute_two_states_of_one_script_do_not_mix() -> None:
    script = build_script(
        "(call $loadPreStateRoot (i32.const 0)) (call $savePostStateRoot (i32.const 0))",
        imports=declare_names(LOAD, SAVE),
    )
    roots = [Root(bytes([number] * 32)) for number in range(3)]

    results = [get_runtime(KEEP).execute(ScriptCall(script, root, b"")) for root in roots]

    assert [result.post_state_root for result in results] == roots
