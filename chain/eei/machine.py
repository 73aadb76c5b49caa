"""What an execution needs of its engine: fuel, a memory, and a place for ticks.

Source:
    Ours: the two backends keep them in different places.
"""

from typing import Final, NamedTuple, Protocol

UNLIMITED: Final = 2**62
"""More than any execution can use; fuel and ticks are 64 bits wide."""


class Span(NamedTuple):
    """Where a memory is at the moment: it may move whenever the script runs."""

    address: int
    size_bytes: int


class Machine(Protocol):
    """The engine's side of one execution."""

    def get_fuel(self) -> int:
        """Return the fuel that is left."""

    def set_fuel(self, fuel: int) -> None:
        """Set the fuel that is left."""

    def get_memory(self) -> Span | None:
        """Return the memory that pointers refer to; None while there is none."""


class TickAccount(Protocol):
    """Where the ticks that are left are kept."""

    def get(self) -> int:
        """Return the ticks that are left."""

    def set(self, ticks: int) -> None:
        """Set the ticks that are left."""


class PlainTicks:
    """Ticks that only host functions take."""

    def __init__(self, ticks: int) -> None:
        """Start with a budget."""
        self._left = ticks

    def get(self) -> int:
        """Return the ticks that are left."""
        return self._left

    def set(self, ticks: int) -> None:
        """Set the ticks that are left."""
        self._left = ticks
