"""Modules taken apart and put together again, with entries appended to their sections.

What is appended moves no index of what was there before.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chain.wasm.encoding import (
    encode_function_type,
    encode_section,
    encode_unsigned,
    encode_vector,
)
from chain.wasm.model import FunctionType, Module, SectionId
from chain.wasm.reader import Reader

_PREAMBLE: Final = b"\0asm\1\0\0\0"

_ORDER: Final = (
    SectionId.TYPE,
    SectionId.IMPORT,
    SectionId.FUNCTION,
    SectionId.TABLE,
    SectionId.MEMORY,
    SectionId.GLOBAL,
    SectionId.EXPORT,
    SectionId.START,
    SectionId.ELEMENT,
    SectionId.DATA_COUNT,
    SectionId.CODE,
    SectionId.DATA,
)


def get_payloads(code: bytes, module: Module) -> dict[SectionId, bytes]:
    """Return the contents of the sections; custom sections describe code that will change.

    Args:
        code: The module, decoded without an error.
        module: The same, decoded.

    Source:
        Ours: the WebAssembly binary format.
    """
    return {
        section.id: code[section.payload.start : section.payload.end]
        for section in module.sections
        if section.id is not SectionId.CUSTOM
    }


def encode_module(payloads: Mapping[SectionId, bytes]) -> bytes:
    """Put a module together, whatever the order of the sections given.

    Source:
        Ours: the WebAssembly binary format.
    """
    sections = [encode_section(each, payloads[each]) for each in _ORDER if each in payloads]
    return _PREAMBLE + b"".join(sections)


def append_entries(
    payloads: dict[SectionId, bytes], section_id: SectionId, entries: Sequence[bytes]
) -> None:
    """Append to a section that is a vector; no entries leave it as it is, or missing.

    Args:
        payloads: The contents of the sections, to be changed.
        section_id: The section.
        entries: Encoded entries.

    Source:
        Ours: the WebAssembly binary format.
    """
    if not entries:
        return
    payload = payloads.get(section_id, encode_vector([]))
    reader = Reader(payload, 0, len(payload))
    count = encode_unsigned(reader.read_u32() + len(entries))
    payloads[section_id] = count + payload[reader.position :] + b"".join(entries)


class TypeTable:
    """The types of a module, and those that are added to it."""

    def __init__(self, module: Module) -> None:
        """Begin with the types that a module has."""
        # Of equal types the first has the word.
        self._indices = {kind: index for index, kind in reversed([*enumerate(module.types)])}
        self._count = len(module.types)
        self._added: list[FunctionType] = []

    def get_index(self, wanted: FunctionType) -> int:
        """Find a type, or add it.

        Source:
            Ours.
        """
        if wanted not in self._indices:
            self._indices[wanted] = self._count + len(self._added)
            self._added.append(wanted)
        return self._indices[wanted]

    def encode_added(self) -> list[bytes]:
        """Encode the entries to append to the type section.

        Source:
            Ours: the WebAssembly binary format.
        """
        return [encode_function_type(kind) for kind in self._added]
