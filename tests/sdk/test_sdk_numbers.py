"""256-bit arithmetic in wasm against Python's own numbers."""

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.helpers.properties import PROPERTY
from tests.helpers.sdk import run_check

LIMIT: Final = 2**256
Results = tuple[int, int] | None
"""Up to two numbers, or none where the wasm has an option without a value."""


def below_limit(number: int) -> Results:
    return (number, 0) if 0 <= number < LIMIT else None


def swap_bytes(number: int) -> int:
    return int.from_bytes(number.to_bytes(32, "little"), "big")


OPERATIONS: Final[list[Callable[[int, int, int], Results]]] = [
    lambda a, b, _: below_limit(a + b),
    lambda a, b, _: below_limit(a - b),
    lambda a, b, _: below_limit(a * b),
    lambda a, b, _: (a * b % LIMIT, a * b // LIMIT),
    lambda a, b, _: divmod(a, b) if b else None,
    lambda a, b, m: (a * b % m, 0) if m else None,
    lambda a, b, m: (pow(a, b, m), 0) if m else None,
    lambda a, b, _: ((a + b) % LIMIT, (a - b) % LIMIT),
    lambda a, b, _: (a * b % LIMIT, int(a < b)),
    lambda a, _b, _m: (a.bit_length(), a >> 7 & 1),
    lambda a, _b, _m: (a, swap_bytes(a)),
    lambda _a, _b, _m: (2**64 - 1, LIMIT - 1),
]
"""What ``checks/numbers.rs`` computes, by its first byte of data."""

FREQUENT = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**128, 2**255, LIMIT - 2**32, LIMIT - 1]

limbs = st.sampled_from([0, 1, 2, 2**31, 2**32 - 2, 2**32 - 1]) | st.integers(0, 2**32 - 1)
numbers = st.one_of(
    st.sampled_from(FREQUENT),
    st.integers(0, LIMIT - 1),
    st.integers(0, 255).flatmap(lambda bits: st.integers(0, 2**bits)),
    st.lists(limbs, min_size=8, max_size=8).map(
        lambda parts: sum(part << 32 * at for at, part in enumerate(parts))
    ),
)
"""Of every size; often such that a limb of a quotient is first guessed too high."""


def compute(operation: int, *operands: int) -> Results:
    data = b"".join(number.to_bytes(32, "little") for number in operands)
    result = run_check("numbers", bytes([operation]) + data)
    assert result.outcome == "returned"
    if not result.modified_state:
        return None
    low, high = result.modified_state[:32], result.modified_state[32:]
    return int.from_bytes(low, "little"), int.from_bytes(high, "little")


@pytest.mark.parametrize("operation", range(len(OPERATIONS)))
@PROPERTY
@given(a=numbers, b=numbers, c=numbers)
@example(a=0, b=0, c=0)
@example(a=LIMIT - 1, b=LIMIT - 1, c=LIMIT - 1)
@example(a=LIMIT - 1, b=1, c=1)
@example(a=LIMIT >> 1, b=(LIMIT >> 1) - 1, c=2**128 + 1)
def test_operation_any_numbers_matches_python(operation: int, a: int, b: int, c: int) -> None:
    assert compute(operation, a, b, c) == OPERATIONS[operation](a, b, c)


@pytest.mark.slow
@pytest.mark.parametrize("divisor_limbs", range(1, 9))
def test_division_limbs_at_their_edges_match_python(divisor_limbs: int) -> None:
    """Quotients whose first guess is too high are rare: these are made of nothing else."""
    edges = [0, 1, 2**31, 2**32 - 1]
    for case in range(4**3):
        top, middle, low = edges[case % 4], edges[case // 4 % 4], edges[case // 16]
        divisor = (2**31 + top) << 32 * (divisor_limbs - 1) | low
        divisor %= LIMIT
        dividend = (middle << 224 | top << 192 | low << 96 | middle) % LIMIT
        assert compute(4, dividend, divisor) == OPERATIONS[4](dividend, divisor, 0)
