"""Field arithmetic against Python's own numbers and py-ecc's curve constants."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc import bls12_381, bn128
from py_ecc.secp256k1 import secp256k1

from chain.config import PrimeField
from chain.eei import ScriptResult
from chain.eei.fields import BASE_FIELDS, SCALAR_FIELDS
from tests.helpers.wat import KEEP, build_script, declare_names, run

PRIMES = {
    (PrimeField.BLS12_381, "f1m"): (bls12_381.field_modulus, 48),
    (PrimeField.BLS12_381, "frm"): (bls12_381.curve_order, 32),
    (PrimeField.BN128, "f1m"): (bn128.field_modulus, 32),
    (PrimeField.BN128, "frm"): (bn128.curve_order, 32),
    (PrimeField.SECP256K1, "f1m"): (secp256k1.P, 32),
    (PrimeField.SECP256K1, "frm"): (secp256k1.N, 32),
}
FIELDS = st.sampled_from(sorted(PRIMES))


def calculate(prime: PrimeField, name: str, size: int, *operands: int) -> ScriptResult:
    """Call with little-endian operands from block data; outputs and result are exposed."""
    outputs = 2 if name == "int_div" else 1
    returns = name in {"int_add", "int_sub"}
    count = len(operands)
    pointers = " ".join(f"(i32.const {size * index})" for index in range(count + outputs))
    call = f"(call ${name} {pointers})"
    signature = f"bignum.{name}{' i32' * (count + outputs)}{' -> i32' if returns else ''}"
    script = build_script(
        f"""(call $blockDataCopy (i32.const 0) (i32.const 0) (call $blockDataSize))
        {f"(i32.store (i32.const 512) {call})" if returns else call}
        (call $exposeModifiedState (i32.const 0) (i32.const 516))""",
        imports=declare_names(
            "eth2.blockDataCopy i32 i32 i32",
            "eth2.blockDataSize -> i32",
            "eth2.exposeModifiedState i32 i32",
            signature,
        ),
    )
    data = b"".join(each.to_bytes(size, "little") for each in operands)
    return run(script, limits=replace(KEEP, prime_field=prime), data=data)


def read_number(result: ScriptResult, size: int, index: int) -> int:
    assert result.outcome == "returned", result.detail
    return int.from_bytes(result.modified_state[size * index : size * (index + 1)], "little")


def read_flag(result: ScriptResult) -> int:
    return int.from_bytes(result.modified_state[512:], "little")


@pytest.mark.parametrize(("prime", "kind"), sorted(PRIMES))
def test_field_has_the_prime_and_size_of_the_curve(prime: PrimeField, kind: str) -> None:
    field = (BASE_FIELDS if kind == "f1m" else SCALAR_FIELDS)[prime]

    assert (field.modulus, field.size_bytes) == PRIMES[(prime, kind)]


OPERATIONS: dict[str, Callable[[int, int, int, int], int]] = {
    "add": lambda a, b, _r, _i: a + b,
    "sub": lambda a, b, _r, _i: a - b,
    "mul": lambda a, b, _r, inverse: a * b * inverse,
    "square": lambda a, _b, _r, inverse: a * a * inverse,
    "toMontgomery": lambda a, _b, radix, _i: a * radix,
    "fromMontgomery": lambda a, _b, _r, inverse: a * inverse,
}


@given(FIELDS, st.sampled_from(sorted(OPERATIONS)), st.data())
def test_field_operation_equals_pythons(
    field: tuple[PrimeField, str], name: str, data: st.DataObject
) -> None:
    modulus, size = PRIMES[field]
    # Unreduced operands too: everything that fits an element.
    elements = st.one_of(
        st.integers(0, modulus - 1),
        st.integers(0, 2 ** (8 * size) - 1),
        st.sampled_from([0, 1, modulus - 1, modulus, modulus + 1, 2 ** (8 * size) - 1]),
    )
    a, b = data.draw(elements), data.draw(elements)
    radix = 2 ** (8 * size)
    operands = (a, b) if name in {"add", "sub", "mul"} else (a,)

    result = calculate(field[0], f"{field[1]}_{name}", size, *operands)

    expected = OPERATIONS[name](a, b, radix, pow(radix, -1, modulus)) % modulus
    assert read_number(result, size, len(operands)) == expected


@pytest.mark.parametrize(("prime", "kind"), sorted(PRIMES))
def test_montgomery_forms_multiply_like_the_numbers_they_stand_for(
    prime: PrimeField, kind: str
) -> None:
    modulus, size = PRIMES[(prime, kind)]
    a, b = 3**100 % modulus, modulus - 7

    def apply(name: str, *operands: int) -> int:
        result = calculate(prime, f"{kind}_{name}", size, *operands)
        return read_number(result, size, len(operands))

    product = apply("mul", apply("toMontgomery", a), apply("toMontgomery", b))

    assert apply("fromMontgomery", product) == a * b % modulus
    assert apply("square", apply("toMontgomery", a)) == apply("toMontgomery", a * a % modulus)


@given(st.sampled_from(sorted(PrimeField)), st.data())
def test_integer_operation_equals_pythons(prime: PrimeField, data: st.DataObject) -> None:
    size = PRIMES[(prime, "f1m")][1]
    limit = 2 ** (8 * size)
    numbers = st.one_of(st.integers(0, limit - 1), st.sampled_from([0, 1, limit - 1]))
    a, b = data.draw(numbers), data.draw(numbers)

    added = calculate(prime, "int_add", size, a, b)
    subtracted = calculate(prime, "int_sub", size, a, b)
    multiplied = calculate(prime, "int_mul", size, a, b)
    divided = calculate(prime, "int_div", size, a, b)

    assert (read_number(added, size, 2), read_flag(added)) == ((a + b) % limit, int(a + b >= limit))
    assert (read_number(subtracted, size, 2), read_flag(subtracted)) == (
        (a - b) % limit,
        int(a < b),
    )
    assert read_number(multiplied, size, 2) == a * b % limit
    if b:
        quotients = (read_number(divided, size, 2), read_number(divided, size, 3))
        assert quotients == divmod(a, b)
    else:
        assert divided.outcome == "trapped:division_by_zero"


def test_int_div_into_one_place_leaves_the_remainder() -> None:
    script = build_script(
        """(i32.store8 (i32.const 0) (i32.const 17)) (i32.store8 (i32.const 48) (i32.const 5))
        (call $int_div (i32.const 0) (i32.const 48) (i32.const 96) (i32.const 96))
        (call $savePostStateRoot (i32.const 96))""",
        imports=declare_names("bignum.int_div i32 i32 i32 i32", "eth2.savePostStateRoot i32"),
    )

    assert run(script).post_state_root == (2).to_bytes(32, "little")


@pytest.mark.parametrize(
    ("prime", "pointer", "outcome"),
    [
        (PrimeField.BLS12_381, 65_536 - 48, "returned"),
        (PrimeField.BLS12_381, 65_536 - 47, "trapped:memory_out_of_bounds"),
        (PrimeField.BN128, 65_536 - 32, "returned"),
        (PrimeField.BN128, 65_536 - 31, "trapped:memory_out_of_bounds"),
    ],
)
def test_element_size_follows_the_field(prime: PrimeField, pointer: int, outcome: str) -> None:
    script = build_script(
        f"(call $f1m_square (i32.const {pointer}) (i32.const 0))",
        imports=declare_names("bignum.f1m_square i32 i32"),
    )

    assert run(script, limits=replace(KEEP, prime_field=prime)).outcome == outcome
