"""WebAssembly's text format.

Source:
    Ours: the protocol knows only the binary format; people who write a script by hand do not.
"""

from wasmtime import WasmtimeError, wat2wasm

from chain.errors import MalformedEncoding


def assemble_text(text: str) -> bytes:
    """Return the module that a text describes.

    Raises:
        MalformedEncoding: ``not_wat``, with the engine's reason.
    """
    try:
        return bytes(wat2wasm(text))
    except WasmtimeError as error:
        raise MalformedEncoding("not_wat", reason=str(error).strip()) from error
