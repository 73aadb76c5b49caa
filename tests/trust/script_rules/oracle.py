"""What wasmtime says of a module, with just the additions to WebAssembly that ours may use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from wasmtime import Config, Engine, Module, WasmtimeError
from wasmtime import _ffi as ffi  # the public face lacks a setting

from chain.wasm import DECODABLE_FEATURES, Feature

MAGIC: Final = b"\0asm"
_OPERAND_TYPES: Final = "type mismatch"
_OFFSET: Final = re.compile(r" \(at offset 0x[0-9a-f]+\)")

_SWITCHES: Final[Mapping[str, Feature]] = {
    "wasm_bulk_memory": Feature.BULK_MEMORY,
    "wasm_multi_value": Feature.MULTI_VALUE,
    "wasm_reference_types": Feature.REFERENCE_TYPES,
    "wasm_simd": Feature.SIMD,
}
"""What both sides can do with and without; wasmtime always has the other additions of ours."""

_OFF: Final = (
    *("component_model", "custom_page_sizes", "exceptions", "function_references", "gc"),
    *("memory64", "multi_memory", "relaxed_simd", "stack_switching", "tail_call", "threads"),
    "wide_arithmetic",
)


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Additions that both sides allow.

    Attributes:
        name: For people.
        features: What ours calls them.
    """

    name: str
    features: frozenset[Feature]


ALL: Final = FeatureSet("with all additions", DECODABLE_FEATURES)
FEW: Final = FeatureSet("with few additions", DECODABLE_FEATURES - frozenset(_SWITCHES.values()))


@cache
def get_engine(allowed: FeatureSet) -> Engine:
    """Return wasmtime restricted to these features; it compiles without optimising."""
    config = Config()
    config.cranelift_opt_level = "none"
    config.parallel_compilation = False
    # It wants references, which some of these engines are without.
    ffi.wasmtime_config_wasm_component_model_async_set(config.ptr(), False)  # noqa: FBT003 - C
    for name in _OFF:
        setattr(config, f"wasm_{name}", False)
    for name, feature in _SWITCHES.items():
        setattr(config, name, feature in allowed.features)
    return Engine(config)


def find_rejection(code: bytes, allowed: FeatureSet) -> str | None:
    """Return why wasmtime rejects a module, None if it does not."""
    try:
        Module.validate(get_engine(allowed), code)
    except WasmtimeError as error:
        return str(error)
    return None


def is_about_operand_types(rejection: str) -> bool:
    """Tell whether wasmtime rejects a module for the types of operands."""
    return rejection.startswith(_OPERAND_TYPES)


def compile_module(code: bytes, allowed: FeatureSet) -> Module | str:
    """Compile a module, or return why that fails."""
    if not code.startswith(MAGIC):
        return "not in the binary format"
    try:
        return Module(get_engine(allowed), code)
    except WasmtimeError as error:
        return str(error)


def describe(rejection: str) -> str:
    """Return a message without the place that it is about."""
    return _OFFSET.sub("", " ".join(rejection.split()))
