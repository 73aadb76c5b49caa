"""The allocator: zeroed pieces, none inside another, as far as memory goes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.config import ExecutionLimits
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.sdk import run_check

STACK_BYTES = 32_768
USED_BY_HEAP_AT_LEAST = 400
PAGE_BYTES = 65_536


def encode_sizes(*sizes: int) -> bytes:
    return b"".join(size.to_bytes(4, "little") for size in sizes)


@HEAVY_PROPERTY
@given(sizes=st.lists(st.integers(0, 40) | st.integers(0, 30_000), max_size=16))
def test_zeroed_any_sizes_are_zero_aligned_and_apart(sizes: list[int]) -> None:
    result = run_check("heap", encode_sizes(*sizes))
    assert result.outcome == "returned"
    end = int.from_bytes(result.post_state_root[:8], "little")
    assert end >= STACK_BYTES + 8 * sum(sizes) + 3 * len(sizes) + USED_BY_HEAP_AT_LEAST


def test_zeroed_memory_that_just_suffices_is_given() -> None:
    limits = replace(ExecutionLimits(), max_memory_pages=4)
    free = 4 * PAGE_BYTES - STACK_BYTES - 2_000
    assert run_check("heap", encode_sizes(free // 8), limits=limits).outcome == "returned"


@pytest.mark.parametrize("size", [4 * PAGE_BYTES // 8, 2**28, 2**29 - 1, 2**29, 2**32 - 1])
def test_zeroed_more_than_there_is_traps(size: int) -> None:
    """Also where the number of bytes, or the end of the range, is no 32-bit number."""
    limits = replace(ExecutionLimits(), max_memory_pages=4)
    assert run_check("heap", encode_sizes(size), limits=limits).outcome == "trapped:unreachable"
