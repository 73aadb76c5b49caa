"""Start functions, to be called by the host after instantiation.

Inside of it they could not be told from what the engine does to make an instance, and a script
that ends there leaves nothing behind to ask.

Source:
    Ours.
"""

from typing import Final

from chain.wasm.encoding import encode_export
from chain.wasm.model import ExternalKind, Module, SectionId
from chain.wasm.rewrite import append_entries, encode_module, get_payloads

_NAME: Final = "start"


def export_start(code: bytes, module: Module) -> tuple[bytes, str | None]:
    """Export the start function of a module instead of naming it as that.

    Args:
        code: The binary format, well-formed.
        module: The same, decoded.

    Returns:
        The module, without its custom sections if it changed; and the name of the export, to
        which ``'`` is appended until it is free, or None without a start function.

    Source:
        Ours.
    """
    if module.start is None:
        return code, None
    name = _NAME
    while module.get_export(name) is not None:
        name += "'"
    payloads = get_payloads(code, module)
    del payloads[SectionId.START]
    entry = encode_export(name, ExternalKind.FUNCTION, module.start)
    append_entries(payloads, SectionId.EXPORT, [entry])
    return encode_module(payloads), name
