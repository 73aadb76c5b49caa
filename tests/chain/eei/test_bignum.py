"""256-bit big-endian numbers against Python's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.eei import ScriptResult
from tests.helpers.wat import build_script, declare_names, run

LIMIT = 2**256
NUMBERS = st.one_of(
    st.integers(0, LIMIT - 1), st.integers(0, 300), st.integers(LIMIT - 300, LIMIT - 1)
)


def calculate(name: str, *operands: int) -> ScriptResult:
    """Call with operands from block data; the answer becomes the state."""
    count = len(operands)
    pointers = " ".join(f"(i32.const {32 * index})" for index in range(count + 1))
    kinds = " ".join(["i32"] * (count + 1))
    script = build_script(
        f"""(call $blockDataCopy (i32.const 0) (i32.const 0) (i32.const {32 * count}))
        (call ${name} {pointers})
        (call $savePostStateRoot (i32.const {32 * count}))""",
        imports=declare_names(
            "eth2.blockDataCopy i32 i32 i32", "eth2.savePostStateRoot i32", f"bignum.{name} {kinds}"
        ),
    )
    return run(script, data=b"".join(each.to_bytes(32, "big") for each in operands))


def expect(result: ScriptResult, value: int | None, fault: str) -> None:
    if value is None:
        assert result.outcome == f"trapped:{fault}"
    else:
        assert result.outcome == "returned"
        assert int.from_bytes(result.post_state_root, "big") == value


@given(NUMBERS, NUMBERS)
def test_add256_adds_or_overflows(a: int, b: int) -> None:
    expect(calculate("add256", a, b), a + b if a + b < LIMIT else None, "bignum_overflow")


@given(NUMBERS, NUMBERS)
def test_sub256_subtracts_or_overflows(a: int, b: int) -> None:
    expect(calculate("sub256", a, b), a - b if a >= b else None, "bignum_overflow")


@given(NUMBERS, NUMBERS)
def test_mul256_wraps(a: int, b: int) -> None:
    expect(calculate("mul256", a, b), a * b % LIMIT, "")


@given(NUMBERS, NUMBERS)
def test_div256_divides_or_traps(a: int, b: int) -> None:
    expect(calculate("div256", a, b), a // b if b else None, "division_by_zero")


@given(NUMBERS, NUMBERS, NUMBERS)
@settings(max_examples=60)
def test_mul_mod_reduces_the_whole_product_or_traps(a: int, b: int, m: int) -> None:
    expect(calculate("mulMod", a, b, m), a * b % m if m else None, "division_by_zero")


@pytest.mark.parametrize(
    ("name", "operands", "value", "fault"),
    [
        ("add256", (LIMIT - 1, 0), LIMIT - 1, ""),
        ("add256", (LIMIT - 1, 1), None, "bignum_overflow"),
        ("sub256", (5, 5), 0, ""),
        ("sub256", (5, 6), None, "bignum_overflow"),
        ("mul256", (2**128, 2**128), 0, ""),
        ("mul256", (LIMIT - 1, LIMIT - 1), 1, ""),
        ("div256", (7, 2), 3, ""),
        ("div256", (7, 0), None, "division_by_zero"),
        ("mulMod", (LIMIT - 1, LIMIT - 1, LIMIT - 1), 0, ""),
        ("mulMod", (LIMIT - 1, LIMIT - 1, LIMIT - 2), 1, ""),
        ("mulMod", (1, 1, 1), 0, ""),
        ("mulMod", (1, 1, 0), None, "division_by_zero"),
    ],
)
def test_bignum_edge_is_as_calculated_by_hand(
    name: str, operands: tuple[int, ...], value: int | None, fault: str
) -> None:
    expect(calculate(name, *operands), value, fault)


def test_bignum_output_over_an_operand_is_computed_from_the_old_operand() -> None:
    script = build_script(
        """(i32.store8 (i32.const 31) (i32.const 21))
        (call $add256 (i32.const 0) (i32.const 0) (i32.const 0))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names("bignum.add256 i32 i32 i32", "eth2.savePostStateRoot i32"),
    )

    assert int.from_bytes(run(script).post_state_root, "big") == 42
