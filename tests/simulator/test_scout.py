"""Running Scout files: order, states, deposits, failures, many files in one call."""

import struct
from pathlib import Path

import pytest

from chain.config import PrimeField, UnsavedPostState
from chain.types import Fuel
from simulator.scout import ScoutOptions, run_scout_files
from tests.helpers.scout import (
    ADD_SIZE,
    KEEP,
    PUSH,
    ZERO,
    build_main,
    build_text,
    run_text,
    write_scripts,
)
from tests.helpers.scripts import SCENARIOS
from tests.helpers.wasm_modules import build_wat

ONE = b"\x01".ljust(32, b"\0")
STRICT = ScoutOptions(strict=True)
SHIPPED = sorted((SCENARIOS / "scout").glob("*.yaml"))


def build_deposit(seed: int, amount: int = 32) -> bytes:
    fields = (bytes([seed]) * 48, bytes([seed + 1]) * 32, amount, bytes([seed + 2]) * 96)
    return struct.pack("<48s32sQ96s", *fields)


FIRST, SECOND, THIRD = build_deposit(0x10), build_deposit(0x20), build_deposit(0x30)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_scout_shipped_files_pass_without_warnings(path: Path) -> None:
    (result,) = run_scout_files([path], ScoutOptions(strict=True))
    assert result.passed, result
    assert (result.differences, result.warnings, result.error) == ((), (), "")
    assert result.blocks > 0


def test_scout_blocks_run_in_file_order_across_scripts(tmp_path: Path) -> None:
    # KEEP leaves script 1 as it is; script 0 and 2 have states of their own.
    text = build_text(
        scripts=("add.wasm", "keep.wasm", "add.wasm"),
        pre=(ZERO, b"\xab" * 32, ONE),
        blocks=((0, b"12"), (2, b"123"), (1, b"1234"), (0, b"12345")),
        post=(b"\x07".ljust(32, b"\0"), b"\xab" * 32, b"\x04".ljust(32, b"\0")),
    )
    result = run_text(tmp_path, text, add=ADD_SIZE, keep=KEEP)
    assert (result.passed, result.blocks, result.differences) == (True, 4, ())


def test_scout_every_block_runs_in_a_fresh_instance(tmp_path: Path) -> None:
    # A global that survived would be 2 after the second block.
    body = """
      (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
      (i32.store (i32.const 0) (global.get $runs)) (call $save (i32.const 0))
    """
    script = build_main(body, "(global $runs (mut i32) (i32.const 0))")
    text = build_text(blocks=((0, b""), (0, b"")), post=(ONE,))
    assert run_text(tmp_path, text, script=script).passed


def test_scout_no_blocks_compares_pre_with_post(tmp_path: Path) -> None:
    result = run_text(tmp_path, build_text(post=(ONE,)), script=KEEP)
    assert result.blocks == 0
    assert result.differences == (f"exec_env_states[0]: expected {ONE.hex()}, got {ZERO.hex()}",)


def test_scout_wrong_post_states_are_listed_one_by_one(tmp_path: Path) -> None:
    text = build_text(pre=(ZERO, ZERO, ONE), blocks=((0, b"1"),), post=(ZERO, ZERO, ZERO))
    result = run_text(tmp_path, text, script=ADD_SIZE)
    assert not result.passed
    assert result.differences == (
        f"exec_env_states[0]: expected {ZERO.hex()}, got {ONE.hex()}",
        f"exec_env_states[2]: expected {ZERO.hex()}, got {ONE.hex()}",
    )


@pytest.mark.parametrize("count", [1, 3])
def test_scout_other_number_of_post_states_is_a_difference(tmp_path: Path, count: int) -> None:
    text = build_text(pre=(ZERO, ZERO), blocks=((0, b""),), post=(ZERO,) * count)
    result = run_text(tmp_path, text, script=KEEP)
    assert result.differences == (f"exec_env_states: expected {count} states, got 2",)


def test_scout_more_than_a_hundred_differences_are_cut(tmp_path: Path) -> None:
    result = run_text(tmp_path, build_text(pre=(ZERO,) * 300, post=(ONE,) * 300), script=KEEP)
    assert len(result.differences) == 101
    assert result.differences[-1] == "there are more differences"


@pytest.mark.parametrize(
    ("unsaved", "post"),
    [(UnsavedPostState.ZERO, ZERO), (UnsavedPostState.KEEP, ONE)],
)
def test_scout_unsaved_post_state_follows_the_option(
    tmp_path: Path, unsaved: UnsavedPostState, post: bytes
) -> None:
    text = build_text(pre=(ONE,), blocks=((0, b""),), post=(post,))
    result = run_text(tmp_path, text, ScoutOptions(unsaved=unsaved), script=build_main(""))
    assert result.passed, result


def test_scout_unsaved_post_state_as_trap_fails(tmp_path: Path) -> None:
    options = ScoutOptions(unsaved=UnsavedPostState.TRAP)
    text = build_text(blocks=((0, b""),))
    (line,) = run_text(tmp_path, text, options, script=build_main("")).differences
    assert line.startswith("shard_blocks[0] (env 0, script.wasm): trapped:unsaved_post_state: ")


def test_scout_field_option_chooses_the_prime(tmp_path: Path) -> None:
    # 1 in Montgomery form is 2**256 modulo the prime; for secp256k1 that is 2**32 + 977.
    script = build_wat(
        """(module (import "bignum" "f1m_toMontgomery" (func $to (param i32 i32)))
          (import "eth2" "savePostStateRoot" (func $save (param i32)))
          (memory (export "memory") 1) (data (i32.const 0) "\\01")
          (func (export "main")
            (call $to (i32.const 0) (i32.const 64)) (call $save (i32.const 64))))"""
    )
    expected = (2**32 + 977).to_bytes(32, "little")
    text = build_text(blocks=((0, b""),), post=(expected,))
    options = ScoutOptions(prime_field=PrimeField.SECP256K1)
    assert run_text(tmp_path, text, options, script=script).passed
    assert not run_text(tmp_path, text, script=script).passed


def test_scout_trap_stops_the_file_and_names_the_block(tmp_path: Path) -> None:
    # The third block traps; nothing is said about states that no block led to.
    script = build_main("(if (call $size) (then unreachable)) (call $save (i32.const 0))")
    blocks = ((0, b""), (1, b""), (1, b"x"), (0, b""), (0, b""))
    text = build_text(("keep.wasm", "trap.wasm"), (ONE, ZERO), blocks, (ZERO, ZERO))
    result = run_text(tmp_path, text, keep=KEEP, trap=script)
    (line,) = result.differences
    assert line.startswith("shard_blocks[2] (env 1, trap.wasm): trapped:unreachable: ")
    assert line.endswith("(2 more not run)")
    assert result.blocks == 3


def test_scout_endless_loop_ends_by_fuel(tmp_path: Path) -> None:
    options = ScoutOptions(max_fuel=Fuel(1_000_000))
    text = build_text(blocks=((0, b""),))
    (line,) = run_text(tmp_path, text, options, script=build_main("(loop br 0)")).differences
    assert line.startswith("shard_blocks[0] (env 0, script.wasm): out_of_fuel: ")


def test_scout_more_ticks_than_the_protocol_gives_trap(tmp_path: Path) -> None:
    ticks = '(import "eth2" "useTicks" (func $use (param i32)))'
    body = "(call $use (i32.const {})) (call $save (i32.const 0))"
    text = build_text(blocks=((0, b""),))
    enough, too_many = (
        build_wat(
            f"""(module {ticks} (import "eth2" "savePostStateRoot" (func $save (param i32)))
              (memory (export "memory") 1) (func (export "main") {body.format(amount)}))"""
        )
        for amount in (10_000_000, 10_000_001)
    )
    assert run_text(tmp_path, text, script=enough).passed
    (line,) = run_text(tmp_path, text, script=too_many).differences
    assert ": out_of_ticks: " in line


def test_scout_listed_deposits_in_any_order_among_others_pass(tmp_path: Path) -> None:
    blocks = ((0, FIRST + SECOND), (0, b""), (0, THIRD))
    text = build_text(blocks=blocks, deposits=(THIRD, FIRST))
    assert run_text(tmp_path, text, script=PUSH).passed


def test_scout_deposit_listed_twice_and_pushed_once_passes(tmp_path: Path) -> None:
    text = build_text(blocks=((0, FIRST),), deposits=(FIRST, FIRST))
    assert run_text(tmp_path, text, script=PUSH).passed
    assert not run_text(tmp_path, text, STRICT, script=PUSH).passed


@pytest.mark.parametrize("deposits", [None, ()])
def test_scout_no_listed_deposits_accept_any_unless_strict(
    tmp_path: Path, deposits: tuple[bytes, ...] | None
) -> None:
    text = build_text(blocks=((0, FIRST),), deposits=deposits)
    assert run_text(tmp_path, text, script=PUSH).passed
    (line,) = run_text(tmp_path, text, STRICT, script=PUSH).differences
    assert line.startswith(f"deposit_receipts[0]: pushed but not listed: pubkey {'10' * 48}, ")


def test_scout_missing_deposit_is_compared_with_the_nearest(tmp_path: Path) -> None:
    other_amount = build_deposit(0x20, amount=2**63)
    text = build_text(blocks=((0, FIRST + other_amount),), deposits=(FIRST, SECOND))
    assert run_text(tmp_path, text, script=PUSH).differences == (
        (
            "deposit_receipts[1]: not among the 2 that were pushed; nearest is number 1: "
            f"amount: expected 32, got {2**63}"
        ),
    )


def test_scout_missing_deposit_unlike_any_is_shown_whole(tmp_path: Path) -> None:
    text = build_text(blocks=((0, build_deposit(0x40, amount=1)),), deposits=(SECOND,))
    assert run_text(tmp_path, text, script=PUSH).differences == (
        (
            "deposit_receipts[0]: not among the 1 that were pushed: "
            f"pubkey {'20' * 48}, withdrawal_credentials {'21' * 32}, amount 32, "
            f"signature {'22' * 96}"
        ),
    )


def test_scout_strict_exact_deposits_pass(tmp_path: Path) -> None:
    blocks = ((0, FIRST), (0, SECOND + THIRD))
    text = build_text(blocks=blocks, deposits=(FIRST, SECOND, THIRD))
    assert run_text(tmp_path, text, STRICT, script=PUSH).passed


def test_scout_strict_other_order_lists_every_position(tmp_path: Path) -> None:
    text = build_text(blocks=((0, FIRST + SECOND),), deposits=(SECOND, FIRST))
    first, second = run_text(tmp_path, text, STRICT, script=PUSH).differences
    expected = f"deposit_receipts[0]: pubkey: expected {'20' * 48}, got {'10' * 48}; "
    assert first.startswith(expected)
    assert "amount" not in first
    assert second.startswith("deposit_receipts[1]: pubkey: ")


def test_scout_strict_missing_and_extra_deposits_are_differences(tmp_path: Path) -> None:
    text = build_text(blocks=((0, FIRST),), deposits=(FIRST, SECOND))
    (line,) = run_text(tmp_path, text, STRICT, script=PUSH).differences
    assert line.startswith("deposit_receipts[1]: not pushed: pubkey 2020")
    text = build_text(blocks=((0, FIRST + SECOND),), deposits=(FIRST,))
    (line,) = run_text(tmp_path, text, STRICT, script=PUSH).differences
    assert line.startswith("deposit_receipts[1]: pushed but not listed: pubkey 2020")


def test_scout_amount_is_read_little_endian(tmp_path: Path) -> None:
    # 0x0102 stands in the file as 258 and in memory as 02 01 00 ..: Scout expects the reverse.
    deposit = b"\x11" * 48 + b"\x12" * 32 + bytes([2, 1, 0, 0, 0, 0, 0, 0]) + b"\x13" * 96
    text = build_text(blocks=((0, deposit),), deposits=(deposit,))
    assert "amount: 258\n" in text
    assert run_text(tmp_path, text, STRICT, script=PUSH).passed


def test_scout_deposits_of_a_trapped_block_do_not_count(tmp_path: Path) -> None:
    script = build_main("(call $push (i32.const 0) (i32.const 184)) unreachable")
    text = build_text(blocks=((0, b""),), deposits=(bytes(184),))
    (line,) = run_text(tmp_path, text, script=script).differences
    assert ": trapped:unreachable: " in line


def test_scout_files_unusable_one_does_not_stop_the_rest(tmp_path: Path) -> None:
    write_scripts(tmp_path, {"script.wasm": KEEP})
    good, different, broken = (tmp_path / f"{name}.yaml" for name in ("good", "bad", "broken"))
    good.write_text(build_text(blocks=((0, b""),)))
    different.write_text(build_text(post=(ONE,)))
    broken.write_text("shard_blocks: [")
    paths = [broken, good, tmp_path / "absent.yaml", different, tmp_path, good]
    results = list(run_scout_files(paths, ScoutOptions()))
    assert [result.path for result in results] == list(map(str, paths))
    assert [result.passed for result in results] == [False, True, False, False, False, True]
    assert [bool(result.error) for result in results] == [True, False, True, False, True, False]
    assert [len(result.differences) for result in results] == [0, 0, 0, 1, 0, 0]
    assert all(result.error.startswith(result.path) for result in results if result.error)


def test_scout_files_share_compiled_modules(tmp_path: Path) -> None:
    class Store:
        def __init__(self) -> None:
            self.saved: dict[str, bytes] = {}
            self.loads = 0

        def load(self, key: str) -> bytes | None:
            self.loads += 1
            return self.saved.get(key)

        def save(self, key: str, compiled: bytes) -> None:
            self.saved[key] = compiled

    write_scripts(tmp_path, {"script.wasm": KEEP, "copy.wasm": KEEP})
    path = tmp_path / "case.yaml"
    scripts = ("script.wasm", "copy.wasm")
    blocks = ((0, b""), (1, b""), (0, b""))
    path.write_text(build_text(scripts, (ZERO, ZERO), blocks, (ZERO, ZERO)))
    store = Store()
    results = list(run_scout_files([path, path, path], ScoutOptions(), store))
    assert all(result.passed for result in results)
    assert (store.loads, len(store.saved)) == (1, 1)


def test_scout_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    text = build_text(['"\\e[31m.wasm"'], blocks=((0, b""),)) + '"\\e[2J": 1\n'
    write_scripts(tmp_path, {"\x1b[31m.wasm": build_main("unreachable")})
    result = run_text(tmp_path, text)
    shown = "".join((*result.differences, *result.warnings))
    assert "\\x1b[31m.wasm" in shown
    assert "\\x1b[2J" in shown
    assert shown.isprintable()
