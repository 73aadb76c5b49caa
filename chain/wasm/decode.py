"""From bytes to a module: the preamble, the sections in order, and the rules between them.

Source:
    PROTOCOL 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from chain.errors import InvalidScript
from chain.wasm.body import read_code, validate_body_count
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.interface import (
    validate_exports,
    validate_imports,
    validate_required_exports,
    validate_start_calls,
)
from chain.wasm.model import HostImports, Module, Section, SectionId, Span
from chain.wasm.reader import Reader
from chain.wasm.rules import SCOUT_RULES, ScriptLimits, ScriptRules
from chain.wasm.sections import (
    read_exports,
    read_functions,
    read_globals,
    read_imports,
    read_memories,
    read_start,
    read_tables,
    read_types,
)
from chain.wasm.segments import read_data, read_data_count, read_elements, validate_data_count

_MAGIC: Final = b"\0asm"
_VERSION: Final = b"\1\0\0\0"
_COMPONENT_VERSION: Final = b"\x0d\0\1\0"
