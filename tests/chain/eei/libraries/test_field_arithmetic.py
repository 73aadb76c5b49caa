"""Montgomery arithmetic: native and wasm agree, and both with the curves' own numbers."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc import bls12_381, bn128
from py_ecc.secp256k1 import secp256k1

from chain.config import PrimeField
from tests.helpers.native_libraries import BothInstances

BOTH: Final = BothInstances()
PRIMES: Final = {
    (PrimeField.BLS12_381, "f1m"): (bls12_381.field_modulus, 48),
    (PrimeField.BLS12_381, "frm"): (bls12_381.curve_order, 32),
    (PrimeField.BN128, "f1m"): (bn128.field_modulus, 32),
    (PrimeField.BN128, "frm"): (bn128.curve_order, 32),
    (PrimeField.SECP256K1, "f1m"): (secp256k1.P, 32),
    (PrimeField.SECP256K1, "frm"): (secp256k1.N, 32),
}
FIELDS: Final = pytest.mark.parametrize(("prime_field", "kind"), PRIMES)
OPERANDS: Final = {
    "mul": 2,
    "add": 2,
    "sub": 2,
    "square": 1,
    "toMontgomery": 1,
    "fromMontgomery": 1,
}


def calculate(prime_field: PrimeField, kind: str, name: str, *operands: int) -> int:
    _, size = PRIMES[prime_field, kind]
    data = b"".join(each.to_bytes(size, "little") for each in operands)
    pointers = [size * index for index in range(len(operands) + 1)]
    outcome = BOTH.agree(f"bignum.{kind}_{name}", pointers, data, prime_field)
    assert not outcome.fault
    return int.from_bytes(outcome.memory[pointers[-1] :][:size], "little")


def compute_expected(prime: int, size: int, name: str, *operands: int) -> int:
    radix = 1 << 8 * size
    a, b = operands[0], operands[-1]
    result = {
        "mul": a * b * pow(radix, -1, prime),
        "add": a + b,
        "sub": a - b,
        "square": a * a * pow(radix, -1, prime),
        "toMontgomery": a * radix,
        "fromMontgomery": a * pow(radix, -1, prime),
    }
    return result[name] % prime


def build_edges(prime: int, size: int) -> list[int]:
    """Operands need not be reduced, so anything up to all ones is one."""
    top = (1 << 8 * size) - 1
    multiples = [k * prime + d for k in (1, 2, top // prime) for d in (-2, -1, 0, 1, 2)]
    limbs = [1 << at for at in range(0, 8 * size, 30)] + [1 << at for at in range(0, 8 * size, 32)]
    patterns = [top, top - 1, top >> 1, top // 3, (prime - 1) // 2, (1 << 8 * size) % prime]
    every = {0, 1, 2, *multiples, *limbs, *patterns}
    return sorted(each for each in every if each <= top)


@FIELDS
@pytest.mark.parametrize(("name", "count"), OPERANDS.items())
@given(data=st.data())
def test_operation_is_the_fields_for_any_operands(
    prime_field: PrimeField, kind: str, name: str, count: int, data: st.DataObject
) -> None:
    prime, size = PRIMES[prime_field, kind]
    numbers = st.one_of(
        st.integers(0, prime - 1),
        st.integers(0, (1 << 8 * size) - 1),
        st.sampled_from(build_edges(prime, size)),
    )
    operands = [data.draw(numbers) for _ in range(count)]

    result = calculate(prime_field, kind, name, *operands)

    assert result == compute_expected(prime, size, name, *operands)


@FIELDS
@pytest.mark.parametrize("name", ["mul", "add", "sub"])
def test_operation_on_two_edge_values_is_the_fields(
    prime_field: PrimeField, kind: str, name: str
) -> None:
    prime, size = PRIMES[prime_field, kind]
    edges = build_edges(prime, size)

    for a in edges:
        for b in edges[::3]:
            expected = compute_expected(prime, size, name, a, b)
            assert calculate(prime_field, kind, name, a, b) == expected


@FIELDS
@pytest.mark.parametrize("name", ["square", "toMontgomery", "fromMontgomery"])
def test_operation_on_one_edge_value_is_the_fields(
    prime_field: PrimeField, kind: str, name: str
) -> None:
    prime, size = PRIMES[prime_field, kind]

    for a in build_edges(prime, size):
        expected = compute_expected(prime, size, name, a)
        assert calculate(prime_field, kind, name, a) == expected


def test_one_in_montgomery_form_is_the_radix() -> None:
    # R mod p and R*R mod p as curve libraries print them, 64-bit words from the lowest.
    radix_words = (
        0x760900000002FFFD,
        0xEBF4000BC40C0002,
        0x5F48985753C758BA,
        0x77CE585370525745,
        0x5C071A97A256EC6D,
        0x15F65EC3FA80E493,
    )
    radix = sum(word << 64 * at for at, word in enumerate(radix_words))

    assert calculate(PrimeField.BLS12_381, "f1m", "toMontgomery", 1) == radix
    assert calculate(PrimeField.BLS12_381, "f1m", "fromMontgomery", radix) == 1
    assert calculate(PrimeField.BLS12_381, "f1m", "square", radix) == radix


def test_generator_of_bls12_381_is_on_the_curve() -> None:
    x, y = (each.n for each in bls12_381.G1[:2])

    def compute(name: str, *operands: int) -> int:
        return calculate(PrimeField.BLS12_381, "f1m", name, *operands)

    left = compute("square", compute("toMontgomery", y))
    stored = compute("toMontgomery", x)
    cube = compute("mul", compute("square", stored), stored)
    right = compute("add", cube, compute("toMontgomery", 4))

    assert compute("sub", left, right) == 0
