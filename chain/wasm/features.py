"""Additions to WebAssembly 1.0, one by one: those we decode and those we only recognize.

Source:
    PROTOCOL 6 (only wasm 1.0 unless the config says so); the names are ours.
"""

from enum import StrEnum
from typing import Final


class Feature(StrEnum):
    """One addition to WebAssembly 1.0; breaking its ban is the rule ``feature_<value>``."""

    SIGN_EXTENSION = "sign_extension"
    SATURATING_FLOAT = "saturating_float"
    BULK_MEMORY = "bulk_memory"
    REFERENCE_TYPES = "reference_types"
    MULTI_VALUE = "multi_value"
    MUTABLE_GLOBALS = "mutable_globals"
    EXTENDED_CONSTANTS = "extended_constants"
    SIMD = "simd"

    COMPONENT_MODEL = "component_model"
    CUSTOM_PAGE_SIZES = "custom_page_sizes"
    EXCEPTIONS = "exceptions"
    FUNCTION_REFERENCES = "function_references"
    GARBAGE_COLLECTION = "gc"
    INTERFACE_TYPES = "interface_types"
    MEMORY64 = "memory64"
    MULTI_MEMORY = "multi_memory"
    RELAXED_SIMD = "relaxed_simd"
    STACK_SWITCHING = "stack_switching"
    TAIL_CALLS = "tail_calls"
    THREADS = "threads"
    WIDE_ARITHMETIC = "wide_arithmetic"


DECODABLE_FEATURES: Final = frozenset(
    {
        Feature.SIGN_EXTENSION,
        Feature.SATURATING_FLOAT,
        Feature.BULK_MEMORY,
        Feature.REFERENCE_TYPES,
        Feature.MULTI_VALUE,
        Feature.MUTABLE_GLOBALS,
        Feature.EXTENDED_CONSTANTS,
        Feature.SIMD,
    }
)
"""What rules may allow: the additions that toolchains for Phase 2 scripts may emit.

The rest is recognized only to be refused by name: threads and relaxed SIMD are not
deterministic, and the others came after the scripts.
"""

LINKED_FEATURES: Final = DECODABLE_FEATURES | {Feature.MULTI_MEMORY}
"""What linked code may use: no script may, whatever the rules are."""
