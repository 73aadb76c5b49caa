"""Every library function with every kind of pointer: native and wasm agree on faults and bytes."""

import hashlib
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.config import ExecutionLimits, PrimeField
from chain.eei.interface import Role
from chain.eei.libraries import LIBRARY_LABELS
from tests.helpers.native_libraries import ROWS, BothInstances, compute_size
from tests.helpers.wat import PAGE_BYTES

BOTH: Final = BothInstances()
LABELS: Final = sorted(LIBRARY_LABELS)
MEMORY: Final = hashlib.shake_128(b"memory").digest(PAGE_BYTES)
BEYOND: Final = [PAGE_BYTES - 31, PAGE_BYTES, PAGE_BYTES + 1, 2**31, 2**32 - 32, 2**32 - 1]
FIXED: Final = {"length": 40, "count": 2, "limit_log2": 3}


def list_pointers(label: str) -> list[int]:
    """Return the positions of the pointers among the parameters."""
    parameters = ROWS[label].parameters or ()
    return [at for at, each in enumerate(parameters) if each.role in (Role.INPUT, Role.OUTPUT)]


def build_arguments(label: str) -> list[int]:
    """Build a call whose ranges lie apart."""
    parameters = ROWS[label].parameters or ()
    return [FIXED.get(each.name, 128 * at) for at, each in enumerate(parameters)]


def get_size(label: str, position: int) -> int:
    size = (ROWS[label].parameters or ())[position].size
    return compute_size(size, ExecutionLimits(), FIXED)


@pytest.mark.parametrize("label", LABELS)
def test_one_pointer_beyond_memory_is_refused_before_a_byte_moves(label: str) -> None:
    for position, pointer in product(list_pointers(label), BEYOND):
        arguments = build_arguments(label)
        arguments[position] = pointer

        outcome = BOTH.agree(label, arguments, MEMORY)

        assert (outcome.fault, outcome.memory) == ("memory_out_of_bounds", MEMORY)


@pytest.mark.parametrize("label", LABELS)
def test_last_bytes_of_memory_are_inside(label: str) -> None:
    for position in list_pointers(label):
        arguments = build_arguments(label)
        arguments[position] = PAGE_BYTES - get_size(label, position)

        outcome = BOTH.agree(label, arguments, MEMORY)

        assert outcome.fault in ("", "bignum_overflow")


@pytest.mark.parametrize("label", LABELS)
def test_one_byte_further_is_not(label: str) -> None:
    for position in list_pointers(label):
        arguments = build_arguments(label)
        arguments[position] = PAGE_BYTES - get_size(label, position) + 1

        outcome = BOTH.agree(label, arguments, MEMORY)

        assert outcome.fault == "memory_out_of_bounds"


@pytest.mark.parametrize("prime_field", PrimeField)
@pytest.mark.parametrize("label", LABELS)
@given(data=st.data())
def test_ranges_that_overlap_give_what_the_native_function_gives(
    label: str, prime_field: PrimeField, data: st.DataObject
) -> None:
    arguments = build_arguments(label)
    for position in list_pointers(label):
        arguments[position] = data.draw(st.integers(0, 96))

    BOTH.agree(label, arguments, MEMORY, prime_field)


@pytest.mark.parametrize("label", ["hash.sha256", "hash.keccak256"])
@pytest.mark.parametrize(
    ("pointer", "length"),
    [
        (0, 2**32 - 1),
        (1, 2**32 - 1),
        (PAGE_BYTES, 1),
        (PAGE_BYTES + 1, 0),
        (2**32 - 1, 1),
        (2**31, 2**31),
    ],
)
def test_hash_of_a_range_beyond_memory_is_refused(label: str, pointer: int, length: int) -> None:
    assert BOTH.agree(label, [pointer, length, 0]).fault == "memory_out_of_bounds"


@pytest.mark.parametrize("label", ["hash.sha256", "hash.keccak256"])
def test_empty_range_at_the_end_of_memory_is_inside(label: str) -> None:
    assert BOTH.agree(label, [PAGE_BYTES, 0, 0]).fault == ""


@pytest.mark.parametrize(
    ("label", "arguments"),
    [
        ("bignum.div256", [0, 32, PAGE_BYTES]),
        ("bignum.mulMod", [0, 0, 0, PAGE_BYTES]),
        ("bignum.int_div", [0, 48, 96, PAGE_BYTES]),
        ("bignum.sub256", [0, 32, PAGE_BYTES]),
    ],
)
def test_ranges_are_judged_before_what_the_bytes_say(label: str, arguments: list[int]) -> None:
    zeros_and_one = bytes(63) + b"\x01" + bytes(100)
    memory = zeros_and_one if label == "bignum.sub256" else bytes(200)

    assert BOTH.agree(label, arguments, memory).fault == "memory_out_of_bounds"
    arguments[-1] = 200
    assert BOTH.agree(label, arguments, memory).fault in ("division_by_zero", "bignum_overflow")


@pytest.mark.parametrize("label", LABELS)
def test_script_without_a_page_of_memory_is_out_of_bounds(label: str) -> None:
    empty = BothInstances(0)

    assert empty.agree(label, build_arguments(label)).fault == "memory_out_of_bounds"
