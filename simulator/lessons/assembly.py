"""Scripts written in WebAssembly's text format.

Source:
    Ours: a first script fits on a slide, and needs no compiler but the engine's own.
"""

import re
from pathlib import Path
from typing import Final

from chain.eei.text import assemble_text
from chain.errors import MalformedEncoding
from simulator.errors import UserError

_PLACE: Final = re.compile(r"<anon>:(\d+):(\d+)")
"""Where the engine, which knows no file, says that something is wrong."""


def assemble_file(source: Path, target: Path | None = None) -> tuple[Path, int]:
    """Write the script that a text file describes.

    Args:
        source: The text.
        target: Where to put the script; by default beside the text, as ``.wasm``.

    Returns:
        Where it is, and its size in bytes.

    Raises:
        UserError: The file cannot be read or written, or is not such text.
    """
    chosen = source.with_suffix(".wasm") if target is None else target
    if chosen.resolve() == source.resolve():
        raise UserError(f"{chosen}: is the text itself; name another file for the script")
    try:
        code = assemble_text(source.read_text(encoding="utf-8"))
        chosen.write_bytes(code)
    except UnicodeDecodeError:
        raise UserError(f"{source}: not UTF-8 text") from None
    except OSError as error:
        done = "written" if error.filename == str(chosen) else "read"
        raise UserError(
            f"{error.filename or source}: cannot be {done}: {error.strerror}"
        ) from error
    except MalformedEncoding as error:
        raise UserError(_place(source, str(error.values["reason"]))) from error
    return chosen, len(code)


def _place(source: Path, reason: str) -> str:
    """Return the engine's reason as ``file:line:column: what is wrong``, and the line itself."""
    first, *rest = reason.splitlines()
    found = _PLACE.search(reason)
    if found is None:
        return f"{source}: {first}"
    drawn = [line for line in rest if not _PLACE.search(line) and line.strip(" |")]
    return "\n".join([f"{source}:{found[1]}:{found[2]}: {first}", *drawn])
