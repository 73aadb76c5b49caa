import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.eei.frame import checked_range
from chain.errors import ScriptFault

PAGE = 65_536


@pytest.mark.parametrize(
    ("pointer", "length", "start", "stop"),
    [
        (0, 0, 0, 0),
        (0, PAGE, 0, PAGE),
        (PAGE - 32, 32, PAGE - 32, PAGE),
        (PAGE, 0, PAGE, PAGE),
        (5, 7, 5, 12),
    ],
)
def test_checked_range_inside_memory_is_returned(
    pointer: int, length: int, start: int, stop: int
) -> None:
    assert checked_range(pointer, length, PAGE) == slice(start, stop)


@pytest.mark.parametrize(
    ("pointer", "length"),
    [
        (PAGE + 1, 0),
        (PAGE, 1),
        (PAGE - 31, 32),
        (0, PAGE + 1),
        (-1, 0),
        (-1, 1),
        (-32, 32),
        (0, -1),
        (PAGE - 1, -1),
        (-1, -1),
        (-(2**31), -(2**31)),
        (0, 2**32),
        (0, 2**32 * 32),
    ],
)
def test_checked_range_outside_memory_is_refused(pointer: int, length: int) -> None:
    with pytest.raises(ScriptFault) as caught:
        checked_range(pointer, length, PAGE)

    assert caught.value.code == "memory_out_of_bounds"


def test_checked_range_fault_carries_unsigned_values() -> None:
    with pytest.raises(ScriptFault) as caught:
        checked_range(-1, -1, PAGE)

    assert caught.value.values == {"pointer": 2**32 - 1, "length": 2**32 - 1, "memory": PAGE}


I32 = st.integers(-(2**31), 2**31 - 1)


@given(I32, I32, st.integers(0, 2**32))
def test_checked_range_never_leaves_memory(pointer: int, length: int, memory_size: int) -> None:
    start, size = pointer % 2**32, length % 2**32

    try:
        span = checked_range(pointer, length, memory_size)
    except ScriptFault:
        assert start + size > memory_size
    else:
        assert (span.start, span.stop) == (start, start + size)
        assert 0 <= span.start <= span.stop <= memory_size
