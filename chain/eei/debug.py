"""Handlers of the debug functions: lines of text that consensus ignores.

Whatever a script prints ends up on somebody's terminal, so nothing unprintable gets through.

Source:
    PROTOCOL 5; the lines are ours.
"""

from collections.abc import Callable
from typing import NoReturn

from chain.eei.frame import Frame
from chain.eei.interface import NO_REPLY, Handler, Reply
from chain.errors import ScriptFault


def print_number(name: str, bits: int) -> Handler:
    """Make a handler that prints a number, unsigned and in hex.

    Args:
        name: First word of the line.
        bits: Width of the number.

    Source:
        Ours.
    """

    def handle(frame: Frame, number: int) -> Reply:
        frame.emit_debug(f"{name}: {number} (0x{number:0{bits // 4}x})")
        return NO_REPLY

    return handle


def print_memory(name: str, show: Callable[[bytes], str]) -> Handler:
    """Make a handler that prints memory, as much of it as the debug output has room for.

    Args:
        name: First word of the line.
        show: Turns bytes into printable text.

    Source:
        Ours.
    """

    def handle(frame: Frame, data: bytes) -> Reply:
        kept = data[: max(frame.debug_bytes_left, 0)]
        frame.emit_debug(f"{name}: {show(kept)}")
        return NO_REPLY

    return handle


def start_timer(frame: Frame) -> Reply:
    """Note the fuel; two runs agree about it, as they would not about seconds."""
    frame.timer_fuel = frame.machine.get_fuel()
    frame.emit_debug("startTimer")
    return NO_REPLY


def end_timer(frame: Frame) -> Reply:
    """Print the fuel used since ``startTimer``, or since the beginning."""
    frame.emit_debug(f"endTimer: {frame.timer_fuel - frame.machine.get_fuel()} fuel")
    return NO_REPLY


def abort(_frame: Frame, *arguments: float) -> NoReturn:
    """End the script.

    Raises:
        ScriptFault: ``abort``, with the arguments: AssemblyScript passes pointers to
            message and file, line and column.
    """
    raise ScriptFault("abort", arguments=", ".join(map(str, arguments)) or "none")


def escape_text(data: bytes) -> str:
    """Return UTF-8 text with everything unprintable escaped.

    Args:
        data: Any bytes.

    Source:
        Ours: terminal control sequences must not leave a script.
    """
    text = data.decode(errors="backslashreplace")
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
