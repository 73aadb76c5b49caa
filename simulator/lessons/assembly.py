"""Scripts written in WebAssembly's text format.

Source:
    Ours: a first script fits on a slide, and needs no compiler but the engine's own.
"""

from pathlib import Path

from chain.eei.text import assemble_text
from chain.errors import MalformedEncoding
from simulator.errors import UserError


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
        path = error.filename or source
        raise UserError(f"{path}: cannot be used: {error.strerror}") from error
    except MalformedEncoding as error:
        raise UserError(f"{source}: {error.values['reason']}") from error
    return chosen, len(code)
