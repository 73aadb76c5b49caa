"""Files that a file names: how far it can reach.

A scenario, sweep, lesson or Scout file may come from a stranger, and names scripts, cost profiles
and other files. It reaches those in its own folder and those that come with shardlab; whatever
lies elsewhere, by whichever way a path leads there, needs the word of whoever runs it.

Source:
    Ours. Whoever can write to a folder while it is read from is trusted with it: a link that is
    put in a file's place between the look at it and its opening is followed.
"""

import os
import stat
from dataclasses import dataclass
from errno import EISDIR
from pathlib import Path

from simulator.shipped import get_scenarios_folder


class FileRefused(Exception):
    """A file that cannot be read, or must not be; its text is the reason."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where files may be that a file names.

    Attributes:
        folders: There, at any depth, once every link is followed; None for anywhere.
    """

    folders: tuple[Path, ...] | None

    def read(self, path: Path, max_bytes: int) -> bytes:
        """Return the bytes of a file.

        Args:
            path: The file; a relative one starts from the working directory.
            max_bytes: Size of the largest that is read.

        Raises:
            FileRefused: It is out of reach, no regular file, too long, or cannot be read.
        """
        try:
            with self.find(path).open("rb") as file:
                data = file.read(max_bytes + 1)
        except OSError as error:
            raise FileRefused(error.strerror or str(error)) from error
        if len(data) > max_bytes:
            raise FileRefused(f"longer than {max_bytes} bytes")
        return data

    def find(self, path: Path) -> Path:
        """Return the regular file that a path leads to, without links.

        Raises:
            FileRefused: There is none, or it is out of reach.
        """
        try:
            found = path.resolve()
            if not self._includes(found):
                raise FileRefused(
                    "it is outside the folder of the file that names it; "
                    "--allow-outside allows that"
                )
            mode = found.stat().st_mode
        except OSError as error:
            raise FileRefused(error.strerror or str(error)) from error
        except (ValueError, RuntimeError) as error:  # a zero byte; links that lead to themselves
            raise FileRefused(str(error)) from error
        if stat.S_ISDIR(mode):
            raise FileRefused(os.strerror(EISDIR))
        if not stat.S_ISREG(mode):
            raise FileRefused("not a regular file")
        return found

    def _includes(self, found: Path) -> bool:
        return self.folders is None or any(
            found.is_relative_to(folder.resolve()) for folder in self.folders
        )


ANYWHERE = Reach(None)
"""Of those whose word it needs."""


def build_reach(*folders: Path, allow_outside: bool = False) -> Reach:
    """Return the reach of a file: some folders and what comes with shardlab, or anywhere."""
    return ANYWHERE if allow_outside else Reach((*folders, get_scenarios_folder()))
