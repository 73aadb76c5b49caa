import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.eei import ScriptCall
from chain.eei.frame import Frame, FrameSlot, checked_range
from chain.eei.machine import PlainTicks, Span
from chain.eei.metering import compute_budgets
from chain.errors import ScriptFault
from tests.helpers.wat import KEEP, PRE_STATE

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


def build_frame(memory: Span | None) -> Frame:
    machine = FixedMachine(memory)
    call = ScriptCall(b"", PRE_STATE, b"")
    return Frame(call, KEEP, compute_budgets(KEEP), machine, PlainTicks(0))


class FixedMachine:
    """A machine with a memory of the host's own."""

    def __init__(self, memory: Span | None) -> None:
        self._memory = memory
        self.fuel = 0

    def get_fuel(self) -> int:
        return self.fuel

    def set_fuel(self, fuel: int) -> None:
        self.fuel = fuel

    def get_memory(self) -> Span | None:
        return self._memory


@pytest.mark.parametrize("size", [0, 3, 5])
def test_write_another_size_than_the_range_writes_nothing(size: int) -> None:
    memory = ctypes.create_string_buffer(b"untouched", 9)
    frame = build_frame(Span(ctypes.addressof(memory), 9))

    with pytest.raises(ValueError, match=f"{size} bytes for a range of 4"):
        frame.write(slice(2, 6), bytes(size))

    assert memory.raw == b"untouched"


def test_write_and_read_the_same_range_of_memory() -> None:
    memory = ctypes.create_string_buffer(b"untouched", 9)
    frame = build_frame(Span(ctypes.addressof(memory), 9))

    frame.write(slice(2, 6), b"XYZ!")

    assert memory.raw == b"unXYZ!hed"
    assert frame.read(slice(1, 7)) == b"nXYZ!h"


def test_frame_slot_holds_one_frame_at_a_time() -> None:
    slot, first, second = FrameSlot(), build_frame(None), build_frame(None)
    slot.enter(first)

    with pytest.raises(RuntimeError, match="an execution is under way"):
        slot.enter(second)

    assert slot.get() is first
    slot.leave()
    slot.enter(second)
    assert slot.get() is second


def test_frame_slot_without_an_execution_has_no_frame() -> None:
    slot = FrameSlot()
    with pytest.raises(RuntimeError, match="called outside an execution"):
        slot.get()

    slot.enter(build_frame(None))
    slot.leave()

    with pytest.raises(RuntimeError, match="called outside an execution"):
        slot.get()
