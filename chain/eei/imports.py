"""What a script may import: what the table of host functions offers.

Source:
    PROTOCOL 5.
"""

from collections.abc import Iterable

from chain.eei.facts import ImportFact
from chain.eei.table import HOST_IMPORTS
from chain.errors import ScriptFault
from chain.wasm import ANY_SIGNATURE, FunctionType
from chain.wasm.model import ANY_SIGNATURE_TYPES


def validate_imports(entries: Iterable[ImportFact]) -> None:
    """Refuse imports that the table does not offer, and one function with two signatures.

    Args:
        entries: What a script imports.

    Raises:
        ScriptFault: ``link_error``.

    Source:
        PROTOCOL 5; an import has one meaning, so ``abort`` has one signature in a script.
    """
    known: dict[tuple[str, str], FunctionType] = {}
    for entry in entries:
        signature = validate_import(entry)
        first = known.setdefault((entry.module, entry.field), signature)
        if first != signature:
            label = f"{entry.module}.{entry.field}"
            raise ScriptFault("link_error", function=label, imported=signature, before=first)


def validate_import(entry: ImportFact) -> FunctionType:
    """Refuse an import that the table does not offer.

    Args:
        entry: What a module imports.

    Returns:
        Its signature.

    Raises:
        ScriptFault: ``link_error``.

    Source:
        PROTOCOL 5.
    """
    label = f"{entry.module}.{entry.field}"
    offered = HOST_IMPORTS.get((entry.module, entry.field))
    if offered is None:
        raise ScriptFault("link_error", unknown=label)
    signature = entry.signature
    if signature is None:
        raise ScriptFault("link_error", imported=f"{entry.kind} {label}", offered="function")
    is_numeric = ANY_SIGNATURE_TYPES.issuperset((*signature.params, *signature.results))
    if offered not in (ANY_SIGNATURE, signature) or not is_numeric:
        shown = "any numbers" if offered is ANY_SIGNATURE else offered
        raise ScriptFault("link_error", function=label, imported=signature, offered=shown)
    return signature
