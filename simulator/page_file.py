"""Files that pages are written to: theirs to replace, and nobody else's.

Source:
    Ours: a page is cheap to make again, whatever else has its name may not be.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from simulator.errors import UserError

PAGE_MARK: Final = b'<meta name="generator" content="shardlab">'
"""What every page that shardlab writes has near its beginning."""

_BEGINNING_BYTES: Final = 16_384


def validate_page_target(path: Path, *, force: bool) -> None:
    """Refuse to write a page over a file that is not such a page.

    Args:
        path: Where the page is wanted.
        force: Whether to replace whatever file is there.

    Raises:
        UserError: Something else is there.
    """
    if path.is_dir():
        raise UserError(f"{path}: cannot be written: is a folder")
    if force or not path.exists():
        return
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING_BYTES)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    if PAGE_MARK not in beginning:
        raise UserError(
            f"{path}: exists, and is not a page that shardlab wrote; use --force to replace it"
        )


def write_page_file(path: Path, text: str) -> None:
    """Write a page; whoever reads it meanwhile sees the old page or the new.

    Raises:
        UserError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        # Half of a surrogate pair, which names of files may hold, is written as its escape.
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
