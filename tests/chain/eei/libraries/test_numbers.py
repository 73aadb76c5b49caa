"""256-bit numbers and integers: native and wasm agree, on every byte of memory."""

from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chain.config import PrimeField
from tests.helpers.native_libraries import BothInstances

BOTH: Final = BothInstances()
LIMIT: Final = 2**256


def build_edges(bits: int) -> list[int]:
    """Numbers at which carries, borrows and estimates of quotient digits go wrong."""
    top = (1 << bits) - 1
    powers = [1 << at for at in range(0, bits, 8)] + [1 << at for at in range(31, bits, 32)]
    ones = [(1 << at) - 1 for at in range(32, bits, 32)]
    patterns = [top // 3, 2 * top // 3, top - (top >> 32), top ^ (1 << (bits - 33)), top >> 1]
    return sorted({0, 1, 2, 3, top, top - 1, *powers, *ones, *patterns})


def build_numbers(bits: int) -> st.SearchStrategy[int]:
    """Also numbers whose words are all zeros or ones."""
    words = st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1])
    joined = st.lists(words, max_size=bits // 32).map(
        lambda chosen: sum(word << 32 * at for at, word in enumerate(chosen))
    )
    lengths = st.integers(1, bits).flatmap(lambda size: st.integers(0, (1 << size) - 1))
    return st.one_of(joined, lengths, st.sampled_from(build_edges(bits)))


WORDS: Final = build_numbers(256)
BIG_ENDIAN: Final = {"add256": 2, "sub256": 2, "mul256": 2, "div256": 2, "mulMod": 3}
WIDTHS: Final = {PrimeField.BLS12_381: 48, PrimeField.BN128: 32, PrimeField.SECP256K1: 32}


def calculate(name: str, *operands: int) -> int | str:
    """Return the number at the end of memory, or the fault."""
    data = b"".join(each.to_bytes(32, "big") for each in operands)
    pointers = [32 * index for index in range(len(operands) + 1)]
    outcome = BOTH.agree(f"bignum.{name}", pointers, data)
    at = pointers[-1]
    return outcome.fault or int.from_bytes(outcome.memory[at : at + 32], "big")


def calculate_integers(name: str, prime_field: PrimeField, a: int, b: int) -> tuple[int, ...] | str:
    """Return the numbers behind the operands, then what was returned; or the fault."""
    size = WIDTHS[prime_field]
    data = a.to_bytes(size, "little") + b.to_bytes(size, "little")
    pointers = [size * index for index in range(4 if name == "int_div" else 3)]
    outcome = BOTH.agree(f"bignum.{name}", pointers, data, prime_field)
    if outcome.fault:
        return outcome.fault
    numbers = [int.from_bytes(outcome.memory[at : at + size], "little") for at in pointers[2:]]
    return (*numbers, *(() if outcome.result is None else (outcome.result,)))


@pytest.mark.parametrize(("name", "count"), BIG_ENDIAN.items())
@given(data=st.data())
def test_big_endian_function_equals_the_native_one(
    name: str, count: int, data: st.DataObject
) -> None:
    calculate(name, *(data.draw(WORDS) for _ in range(count)))


@pytest.mark.parametrize("name", ["add256", "sub256", "mul256", "div256"])
def test_big_endian_function_of_edge_values_equals_the_native_one(name: str) -> None:
    edges = build_edges(256)

    for a in edges:
        for b in edges:
            calculate(name, a, b)


def test_mul_mod_of_edge_values_equals_the_native_one() -> None:
    edges = build_edges(256)[::4]

    for a in edges:
        for b in edges:
            for modulus in build_edges(256)[::3]:
                calculate("mulMod", a, b, modulus)


@given(WORDS, WORDS)
@example(LIMIT - 1, 1)
def test_add256_adds_or_overflows(a: int, b: int) -> None:
    assert calculate("add256", a, b) == (a + b if a + b < LIMIT else "bignum_overflow")


@given(WORDS, WORDS)
@example(0, 1)
def test_sub256_subtracts_or_overflows(a: int, b: int) -> None:
    assert calculate("sub256", a, b) == (a - b if a >= b else "bignum_overflow")


@given(WORDS, WORDS)
@example(LIMIT - 1, LIMIT - 1)
def test_mul256_wraps(a: int, b: int) -> None:
    assert calculate("mul256", a, b) == a * b % LIMIT


@given(WORDS, WORDS)
@example(LIMIT - 1, 0)
def test_div256_divides_or_traps(a: int, b: int) -> None:
    assert calculate("div256", a, b) == (a // b if b else "division_by_zero")


@given(WORDS, WORDS, WORDS)
@example(LIMIT - 1, LIMIT - 1, 0)
@example(LIMIT - 1, LIMIT - 1, LIMIT - 1)
@example(LIMIT - 1, LIMIT - 1, LIMIT - 2)
def test_mul_mod_multiplies_without_truncating(a: int, b: int, modulus: int) -> None:
    expected = a * b % modulus if modulus else "division_by_zero"

    assert calculate("mulMod", a, b, modulus) == expected


@given(st.integers(1, LIMIT - 1), st.integers(0, LIMIT - 1), st.integers(-2, 2))
def test_div256_near_a_multiple_finds_the_right_side(
    divisor: int, quotient: int, offset: int
) -> None:
    number = min(max(divisor * (quotient % (LIMIT // divisor + 1)) + offset, 0), LIMIT - 1)

    assert calculate("div256", number, divisor) == number // divisor


def test_div256_adds_the_divisor_back_where_the_estimate_is_too_large() -> None:
    # Knuth's own case for step D6, in words of 32 bits: the estimate is one too large.
    number = 0x7FFFFFFF_80000000_00000000_00000000
    divisor = 0x80000000_00000000_00000001

    assert calculate("div256", number, divisor) == 0xFFFFFFFE


@pytest.mark.parametrize("prime_field", PrimeField)
@pytest.mark.parametrize("name", ["int_add", "int_sub", "int_mul", "int_div"])
@given(data=st.data())
def test_integer_function_equals_the_native_one(
    name: str, prime_field: PrimeField, data: st.DataObject
) -> None:
    numbers = build_numbers(8 * WIDTHS[prime_field])

    calculate_integers(name, prime_field, data.draw(numbers), data.draw(numbers))


@pytest.mark.parametrize("prime_field", [PrimeField.BLS12_381, PrimeField.BN128])
def test_integer_functions_of_edge_values_are_pythons(prime_field: PrimeField) -> None:
    modulus = 1 << 8 * WIDTHS[prime_field]
    edges = build_edges(8 * WIDTHS[prime_field])[::2]

    for a in edges:
        for b in edges:
            carry, total = divmod(a + b, modulus)
            assert calculate_integers("int_add", prime_field, a, b) == (total, carry)
            difference = ((a - b) % modulus, int(a < b))
            assert calculate_integers("int_sub", prime_field, a, b) == difference
            assert calculate_integers("int_mul", prime_field, a, b) == (a * b % modulus,)
            quotient = divmod(a, b) if b else "division_by_zero"
            assert calculate_integers("int_div", prime_field, a, b) == quotient


def test_int_div_writes_the_remainder_last() -> None:
    data = (47).to_bytes(48, "little") + (5).to_bytes(48, "little")

    memory = BOTH.agree("bignum.int_div", [0, 48, 96, 96], data).memory

    assert int.from_bytes(memory[96:144], "little") == 2
