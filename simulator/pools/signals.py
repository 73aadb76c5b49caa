"""What a process does on faults, kept while a library has its own way with it.

The WebAssembly engine notices traps by signals: whoever sets these back to their defaults makes the
next trap of a script the end of the process. Ray does, when it is shut down.

Source:
    Ours.
"""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

FAULTS: Final = ("SIGILL", "SIGTRAP", "SIGFPE", "SIGBUS", "SIGSEGV")

_ACTION_BYTES: Final = 1024
"""More than any system's ``struct sigaction``, which Python cannot read."""


@contextmanager
def keep_signal_actions() -> Iterator[None]:
    """Put back, at the end, what the process did on faults before."""
    if os.name != "posix":
        yield
        return
    library = ctypes.CDLL(None)
    numbers = [int(getattr(signal, name)) for name in FAULTS if hasattr(signal, name)]
    actions = {number: ctypes.create_string_buffer(_ACTION_BYTES) for number in numbers}
    for number, action in actions.items():
        library.sigaction(number, None, action)
    try:
        yield
    finally:
        for number, action in actions.items():
            library.sigaction(number, action, None)
