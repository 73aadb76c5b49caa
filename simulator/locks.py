"""Locks between programs, which end with the program that holds them, however it ends.

Source:
    Ours.
"""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_REFUSALS: Final = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})


def lock_file(descriptor: int) -> bool:
    """Take the lock of an open file or folder for this process.

    Where a system or a file system knows no such locks, everybody gets it.

    Returns:
        False if another one has it.
    """
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _REFUSALS
    return True


class FolderLock:
    """The lock of a folder: no file is left behind, and no file's closing lets go of it."""

    def __init__(self, folder: Path) -> None:
        """Try to take it.

        Args:
            folder: Exists.

        Raises:
            OSError: It cannot be opened.
        """
        self._descriptor = None if os.name != "posix" else os.open(folder, os.O_RDONLY)
        self.is_held = self._descriptor is None or lock_file(self._descriptor)
        if not self.is_held:
            self.release()

    def release(self) -> None:
        """Let others have it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)
