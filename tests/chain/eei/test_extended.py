import pytest

from chain.constants import ZERO_ROOT
from chain.eei import ScriptCall, ScriptResult
from chain.types import Root, ScriptIndex, ShardIndex, Slot
from tests.helpers.wat import KEEP, PRE_STATE, build_script, declare_names, get_runtime, run_body

BEACON_ROOT = Root(b"B" * 32)
SHARD_ROOTS = {ShardIndex(0): Root(b"0" * 32), ShardIndex(7): Root(b"7" * 32)}
SAVE = "eth2.savePostStateRoot i32"


def run_placed(body: str, *signatures: str) -> ScriptResult:
    """Run as script 2**40 on shard 3 in slot 2**63."""
    return get_runtime(KEEP).execute(
        ScriptCall(
            code=build_script(
                body + "(call $savePostStateRoot (i32.const 0))",
                imports=declare_names(SAVE, *signatures),
            ),
            pre_state_root=PRE_STATE,
            data=b"",
            env=ScriptIndex(2**40),
            shard=ShardIndex(3),
            slot=Slot(2**63),
            beacon_state_root=BEACON_ROOT,
            shard_state_roots=SHARD_ROOTS,
        )
    )


def test_get_shard_id_returns_the_shard() -> None:
    result = run_placed("(i32.store (i32.const 0) (call $getShardId))", "eth2.getShardId -> i32")

    assert result.post_state_root == (3).to_bytes(32, "little")


@pytest.mark.parametrize(("name", "value"), [("getSlot", 2**63), ("getEnv", 2**40)])
def test_wide_number_arrives_whole(name: str, value: int) -> None:
    result = run_placed(f"(i64.store (i32.const 0) (call ${name}))", f"eth2.{name} -> i64")

    assert result.post_state_root == value.to_bytes(32, "little")


def test_load_beacon_state_root_writes_the_root() -> None:
    result = run_placed("(call $loadBeaconStateRoot (i32.const 0))", "eth2.loadBeaconStateRoot i32")

    assert result.post_state_root == BEACON_ROOT


@pytest.mark.parametrize("shard", [0, 7])
def test_get_shard_state_root_of_a_known_shard_writes_it_and_returns_0(shard: int) -> None:
    body = f"""(if (call $getShardStateRoot (i32.const {shard}) (i32.const 0))
        (then unreachable))"""

    result = run_placed(body, "eth2.getShardStateRoot i32 i32 -> i32")

    assert result.post_state_root == SHARD_ROOTS[ShardIndex(shard)]


@pytest.mark.parametrize("shard", [1, -1, 2**31 - 1])
def test_get_shard_state_root_of_an_unknown_shard_writes_nothing_and_returns_1(shard: int) -> None:
    body = f"""(i32.store (i32.const 64)
          (call $getShardStateRoot (i32.const {shard}) (i32.const 0)))
        (if (i32.ne (i32.load (i32.const 64)) (i32.const 1)) (then unreachable))"""

    result = run_placed(body, "eth2.getShardStateRoot i32 i32 -> i32")

    assert (result.outcome, result.post_state_root) == ("returned", ZERO_ROOT)


def test_get_shard_state_root_of_an_unknown_shard_still_checks_the_pointer() -> None:
    body = "(drop (call $getShardStateRoot (i32.const 5) (i32.const 65505)))"

    result = run_placed(body, "eth2.getShardStateRoot i32 i32 -> i32")

    assert result.outcome == "trapped:memory_out_of_bounds"


EXPOSE = "eth2.exposeModifiedState i32 i32"


def test_expose_modified_state_hands_out_the_last_range() -> None:
    body = """(i32.store (i32.const 0) (i32.const 0x64636261))
        (call $exposeModifiedState (i32.const 0) (i32.const 2))
        (call $exposeModifiedState (i32.const 1) (i32.const 3))"""

    result = run_body(body, EXPOSE)

    assert (result.modified_state, result.post_state_root) == (b"bcd", PRE_STATE)


def test_expose_modified_state_of_a_trapped_script_hands_out_nothing() -> None:
    result = run_body("(call $exposeModifiedState (i32.const 0) (i32.const 9)) unreachable", EXPOSE)

    assert (result.outcome, result.modified_state) == ("trapped:unreachable", b"")


def test_expose_modified_state_of_a_whole_memory_is_its_size() -> None:
    result = run_body("(call $exposeModifiedState (i32.const 0) (i32.const 65536))", EXPOSE)

    assert result.modified_state == bytes(65_536)
