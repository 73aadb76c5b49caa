"""What the small scripts do; deposit_relay has a file of its own."""

import pytest
import wasmtime
from Crypto.Hash import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import InvalidScript
from chain.validation import validate_script
from chain.wasm import SCOUT_RULES, STRICT_RULES
from tests.helpers.scripts import SCRIPTS, get_runtime, read_script, run_script

STATE = bytes(range(32))
VARIANTS = {
    "deposit_manager_nonce": "deposit_manager",
    "deposit_manager_none": "deposit_manager",
}
SOURCES = sorted(path.stem for path in SCRIPTS.glob("*.rs"))
NAMES = sorted({*SOURCES, *VARIANTS})
USING_SDK = {"deposit_manager", *VARIANTS}
ONE_PAGE = 1

words = st.binary(min_size=32, max_size=32)


def uint64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def uint256(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.mark.parametrize("name", NAMES)
def test_script_any_exports_only_main_and_memory(name: str) -> None:
    module = wasmtime.Module(wasmtime.Engine(), read_script(name))
    exports = {export.name: export.type for export in module.exports}
    main, memory = exports["main"], exports["memory"]
    assert sorted(exports) == ["main", "memory"]
    assert isinstance(main, wasmtime.FuncType)
    assert isinstance(memory, wasmtime.MemoryType)
    assert (main.params, main.results) == ([], [])
    # The SDK's allocator lets memory grow.
    assert memory.limits.min == ONE_PAGE
    assert memory.limits.max == (None if name in USING_SDK else ONE_PAGE)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"bad_float"}))
def test_script_any_but_bad_float_satisfies_the_strict_profile(name: str) -> None:
    validate_script(read_script(name), STRICT_RULES, get_runtime())


def test_bad_float_satisfies_only_the_scout_profile() -> None:
    code = read_script("bad_float")
    validate_script(code, SCOUT_RULES, get_runtime())
    with pytest.raises(InvalidScript) as refused:
        validate_script(code, STRICT_RULES, get_runtime())
    assert refused.value.code.startswith("float_")


def test_scripts_folder_every_source_has_its_wasm_and_every_wasm_its_source() -> None:
    assert sorted(path.stem for path in SCRIPTS.glob("*.wasm")) == NAMES
    assert {*VARIANTS.values()} <= {*SOURCES}


@pytest.mark.parametrize("name", NAMES)
def test_readme_any_script_is_listed_with_its_size(name: str) -> None:
    row = f"| `{name}` | {len(read_script(name))} |"
    assert row in (SCRIPTS / "README.md").read_text()


@pytest.mark.parametrize(("name", "limit_bytes"), [("helloworld", 300), ("deposit_relay", 4000)])
def test_script_seed_and_relay_are_small(name: str, limit_bytes: int) -> None:
    assert len(read_script(name)) < limit_bytes


def test_helloworld_empty_data_keeps_state() -> None:
    result = run_script("helloworld", pre_state=STATE)
    assert (result.outcome, result.post_state_root, result.deposits) == ("returned", STATE, ())


def test_helloworld_any_data_traps() -> None:
    assert run_script("helloworld", pre_state=STATE, data=b"\x00").outcome == "trapped:unreachable"


def test_counter_numbers_are_added_and_block_is_counted() -> None:
    before = uint64(100) + uint64(6) + STATE[16:]
    result = run_script("counter", pre_state=before, data=uint64(7) + uint64(2**40))
    assert result.outcome == "returned"
    assert result.post_state_root == uint64(107 + 2**40) + uint64(7) + STATE[16:]


def test_counter_empty_data_counts_only_the_block() -> None:
    assert run_script("counter").post_state_root == uint64(0) + uint64(1) + bytes(16)


def test_counter_half_a_number_traps() -> None:
    outcome = run_script("counter", data=bytes(12)).outcome
    assert outcome == "trapped:block_data_out_of_bounds"


@pytest.mark.parametrize(("total", "blocks"), [(2**64 - 1, 0), (0, 2**64 - 1)])
def test_counter_overflow_traps(total: int, blocks: int) -> None:
    before = uint64(total) + uint64(blocks) + bytes(16)
    assert run_script("counter", pre_state=before, data=uint64(1)).outcome == "trapped:unreachable"


@pytest.mark.parametrize("size", [0, 1, 103, 104, 105, 239, 240, 241, 70_000])
def test_hash_chain_any_size_is_keccak_of_state_and_data(size: int) -> None:
    data = bytes(at * 7 % 256 for at in range(size))
    result = run_script("hash_chain", pre_state=STATE, data=data)
    assert result.outcome == "returned"
    assert result.post_state_root == keccak.new(digest_bits=256, data=STATE + data).digest()


@given(base=words, exponent=words, modulus=words.filter(any))
@settings(max_examples=60, deadline=None)
def test_bignum_exp_any_numbers_matches_pow(base: bytes, exponent: bytes, modulus: bytes) -> None:
    result = run_script("bignum_exp", pre_state=base, data=exponent + modulus)
    numbers = (int.from_bytes(number, "big") for number in (base, exponent, modulus))
    assert result.outcome == "returned"
    assert result.post_state_root == uint256(pow(*numbers))


@pytest.mark.parametrize("exponent", [0, 1, 5])
def test_bignum_exp_modulus_one_is_zero(exponent: int) -> None:
    result = run_script("bignum_exp", pre_state=STATE, data=uint256(exponent) + uint256(1))
    assert result.post_state_root == bytes(32)


@pytest.mark.parametrize("data", [b"", bytes(63), bytes(65), bytes(64)])
def test_bignum_exp_other_sizes_and_modulus_zero_trap(data: bytes) -> None:
    assert run_script("bignum_exp", pre_state=STATE, data=data).outcome.startswith("trapped:")


def test_traps_any_call_traps() -> None:
    assert run_script("traps", pre_state=STATE).outcome == "trapped:unreachable"


def test_bad_float_where_floats_are_let_through_halves_the_size() -> None:
    result = run_script("bad_float", data=bytes(21))
    assert result.post_state_root == b"\x0a" + bytes(31)
