"""The fields that several sections share: indices, types, limits, constant expressions.

Source:
    The WebAssembly binary format, under the rules of PROTOCOL 6.
"""

from typing import Final

from chain.errors import InvalidScript
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.model import (
    FLOAT_TYPES,
    NUMBER_TYPES,
    REFERENCE_TYPES,
    GlobalType,
    Limits,
    TableType,
    ValueType,
)
from chain.wasm.reader import Reader
from chain.wasm.rules import ScriptRules

MAX_MEMORY_PAGES: Final = 65_536
"""4 GiB: what 32-bit addresses reach."""

_FOREIGN_TYPES: Final = {
    **dict.fromkeys((0x63, 0x64), Feature.FUNCTION_REFERENCES),
    **dict.fromkeys((0x69, 0x74), Feature.EXCEPTIONS),
    **dict.fromkeys((0x68, 0x75), Feature.STACK_SWITCHING),
    **dict.fromkeys((0x6A, 0x6B, 0x6C, 0x6D, 0x6E), Feature.GARBAGE_COLLECTION),
    **dict.fromkeys((0x71, 0x72, 0x73), Feature.GARBAGE_COLLECTION),
}

# Bits of the byte in front of limits.
_HAS_MAXIMUM: Final = 0b0001
_FOREIGN_LIMITS: Final = (
    (0b0010, Feature.THREADS),
    (0b0100, Feature.MEMORY64),
    (0b1000, Feature.CUSTOM_PAGE_SIZES),
)
_LIMITS_FLAGS: Final = 0b1111

_IMMUTABLE, _MUTABLE, _SHARED_MASK = 0, 1, 2


def validate_limit(code: str, offset: int, value: int, limit: int) -> None:
    """Refuse more than the profile allows.

    Args:
        code: The rule.
        offset: Byte offset to report.
        value: How many there are.
        limit: How many there may be.

    Raises:
        InvalidScript: ``code``.

    Source:
        PROTOCOL 6.
    """
    if value > limit:
        raise InvalidScript(code, offset, f"{value}, and {limit} are allowed")


def validate_index(space: str, offset: int, index: int, count: int) -> None:
    """Refuse an index of something that is not there.

    Args:
        space: What is counted; the rule is ``unknown_<space>``.
        offset: Byte offset of the index.
        index: The index.
        count: How many there are.

    Raises:
        InvalidScript: ``unknown_<space>``.

    Source:
        Ours: WebAssembly 1.0 validation.
    """
    if index >= count:
        subject = space.replace("_", " ")
        raise InvalidScript(f"unknown_{space}", offset, f"{subject} {index}, there are {count}")


def read_index(reader: Reader, space: str, count: int) -> int:
    """Read an index and make sure that it names something.

    Raises:
        InvalidScript: ``unknown_<space>``, and those of ``Reader.read_u32``.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    offset = reader.position
    index = reader.read_u32()
    validate_index(space, offset, index, count)
    return index


def read_limited_count(reader: Reader, code: str, limit: int, already: int = 0) -> int:
    """Read the length of a vector that the profile limits.

    Args:
        reader: At the length.
        code: The rule that limits it.
        limit: How many there may be.
        already: How many there are, for instance imported ones.

    Raises:
        InvalidScript: ``code``, and those of ``Reader.read_count``.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    count = reader.read_count()
    validate_limit(code, offset, already + count, limit)
    return count


def read_value_type(reader: Reader, rules: ScriptRules) -> ValueType:
    """Read a value type that the rules allow.

    Raises:
        InvalidScript: ``unexpected_end``, ``value_type``, ``float_type`` or
            ``feature_<name>``.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    byte = reader.read_byte()
    value_type = NUMBER_TYPES.get(byte)
    if value_type is None:
        value_type = _decode_reference_type(byte, offset, rules)
        rules.validate_feature(Feature.REFERENCE_TYPES, offset, value_type)
    elif value_type is ValueType.V128:
        rules.validate_feature(Feature.SIMD, offset, value_type)
    elif value_type in FLOAT_TYPES and not rules.allow_floats:
        raise InvalidScript("float_type", offset, f"{value_type} is a float type")
    return value_type


def read_reference_type(reader: Reader, rules: ScriptRules) -> ValueType:
    """Read what a table or an element segment holds.

    Tables of functions belong to WebAssembly 1.0; ``externref`` needs a feature.

    Raises:
        InvalidScript: ``unexpected_end``, ``value_type`` or ``feature_<name>``.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    reference = _decode_reference_type(reader.read_byte(), offset, rules)
    if reference is not ValueType.FUNCREF:
        rules.validate_feature(Feature.REFERENCE_TYPES, offset, reference)
    return reference


def _decode_reference_type(byte: int, offset: int, rules: ScriptRules) -> ValueType:
    reference = REFERENCE_TYPES.get(byte)
    if reference is None:
        if byte in _FOREIGN_TYPES:
            rules.validate_feature(_FOREIGN_TYPES[byte], offset, f"type {byte:#04x}")
        raise InvalidScript("value_type", offset, f"{byte:#04x} is not a type that fits here")
    return reference


def read_limits(reader: Reader, rules: ScriptRules) -> Limits:
    """Read a minimum and an optional maximum.

    Raises:
        InvalidScript: ``limits_flags``, ``limits_order`` or ``feature_<name>`` at the flags
            byte, and those of ``Reader.read_u32``.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    offset = reader.position
    flags = reader.read_byte()
    if flags > _LIMITS_FLAGS:
        raise InvalidScript("limits_flags", offset, f"{flags:#04x} is no combination of flags")
    for bit, feature in _FOREIGN_LIMITS:
        if flags & bit:
            rules.validate_feature(feature, offset, f"limits with flags {flags:#04x}")
    minimum = reader.read_u32()
    if not flags & _HAS_MAXIMUM:
        return Limits(minimum, None)
    maximum = reader.read_u32()
    if maximum < minimum:
        raise InvalidScript("limits_order", offset, f"from {minimum} to {maximum}")
    return Limits(minimum, maximum)


def read_memory(reader: Reader, draft: Draft) -> Limits:
    """Read the type of a memory and add it.

    Raises:
        InvalidScript: ``memory_size``, ``feature_multi_memory``,
            ``too_many_memory_pages``, and those of ``read_limits``.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    limits = read_limits(reader, draft.rules)
    largest = limits.minimum if limits.maximum is None else limits.maximum
    if largest > MAX_MEMORY_PAGES:
        raise InvalidScript("memory_size", offset, f"{largest} pages are more than 4 GiB")
    if draft.memories:
        draft.rules.validate_feature(Feature.MULTI_MEMORY, offset, "a second memory")
    max_pages = draft.rules.limits.max_memory_pages
    validate_limit("too_many_memory_pages", offset, limits.minimum, max_pages)
    draft.memories.append(limits)
    return limits


def read_table(reader: Reader, draft: Draft) -> TableType:
    """Read the type of a table and add it.

    Raises:
        InvalidScript: ``feature_reference_types`` for a second table, ``too_many_tables``,
            ``table_too_large``, and those of ``read_reference_type`` and ``read_limits``.

    Source:
        PROTOCOL 6.
    """
    start = reader.position
    if draft.tables:
        draft.rules.validate_feature(Feature.REFERENCE_TYPES, start, "a second table")
    validate_limit("too_many_tables", start, len(draft.tables) + 1, draft.rules.limits.max_tables)
    element = read_reference_type(reader, draft.rules)
    offset = reader.position
    limits = read_limits(reader, draft.rules)
    elements = limits.minimum + sum(table.limits.minimum for table in draft.tables)
    max_elements = draft.rules.limits.max_table_elements
    validate_limit("table_too_large", offset, elements, max_elements)
    table = TableType(element, limits)
    draft.tables.append(table)
    return table


def read_global_type(reader: Reader, rules: ScriptRules) -> GlobalType:
    """Read the type of a global and whether it may change.

    Raises:
        InvalidScript: ``mutability``, ``feature_threads`` for a shared global, and those of
            ``read_value_type``.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    value = read_value_type(reader, rules)
    offset = reader.position
    mutability = reader.read_byte()
    if mutability in (_SHARED_MASK | _IMMUTABLE, _SHARED_MASK | _MUTABLE):
        rules.validate_feature(Feature.THREADS, offset, "a shared global")
    if mutability not in (_IMMUTABLE, _MUTABLE):
        raise InvalidScript("mutability", offset, f"{mutability:#04x} is neither 0 nor 1")
    return GlobalType(value, mutability == _MUTABLE)
