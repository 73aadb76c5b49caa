"""What linking is asked for: new functions in place of imports, and what they work with.

A *script* is the module of a user. A *definition* is the function that takes the place of one
function import. *Host memory* is a second memory, through which the host hands things in and
takes them out. The *bridge* is a table behind the script's own ones, which the host fills with
functions of its own, for what is not defined inside the module.

Source:
    Ours: a call across the border of the module costs a thousand times as much as one inside.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from chain.wasm.decode import decode_module
from chain.wasm.model import ExternalKind, FunctionType, Module, SegmentMode, ValueType

SCRIPT_MEMORY: Final = 0
HOST_MEMORY: Final = 1
"""Memory indices in linked code."""

MAX_ELEMENTS: Final = 2**32 - 1
"""The largest table that the binary format can name."""

LIBRARY_IMPORTS: Final = "script"
"""The module from which a library imports its helpers."""


class Symbols(Protocol):
    """The indices that the body of a new function may need."""

    @property
    def bridge_table(self) -> int:
        """Table index of the bridge.

        Raises:
            ValueError: There is none: the plan's ``bridge_size`` is 0.
        """

    def function(self, name: str) -> int:
        """Return the index of a helper, or of a function that the library exports.

        Who asks makes the function part of the module.

        Raises:
            ValueError: There is no such function.
        """

    def signature(self, kind: FunctionType) -> int:
        """Return the index of a type, for ``call_indirect`` and blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFunction:
    """A function to add.

    Attributes:
        type: Its type.
        locals: Types of its locals, parameters not among them.
        code: Makes its instructions, without the last ``end``; ``chain.wasm.assembler`` helps.
    """

    type: FunctionType
    locals: tuple[ValueType, ...] = ()
    code: Callable[[Symbols], bytes]


@dataclass(frozen=True, slots=True)
class Library:
    """A module whose functions are linked in where something reaches them.

    Its memory becomes the start of host memory, at the same addresses. What it imports, from
    ``LIBRARY_IMPORTS``, are helpers of the plan.

    Attributes:
        code: The binary format.
        module: The same, decoded.
    """

    code: bytes
    module: Module

    def __post_init__(self) -> None:
        """Refuse what linking has no place for.

        Raises:
            ValueError: The library is built by us, so this is our bug.
        """
        module = self.module
        values = [each.value for each in module.globals if each.value is not None]
        refused = {
            "imports other than functions of the script": any(
                entry.kind is not ExternalKind.FUNCTION or entry.module != LIBRARY_IMPORTS
                for entry in module.imports
            ),
            "globals that hold functions": any(value.functions for value in values),
            "tables": bool(module.tables),
            "element segments": bool(module.elements),
            "a start function": module.start is not None,
            "a memory that is missing": len(module.memories) != 1,
            "passive data": any(each.mode is not SegmentMode.ACTIVE for each in module.data),
        }
        if found := [name for name, is_found in refused.items() if is_found]:
            raise ValueError(f"a library cannot have {', '.join(found)}")


def decode_library(code: bytes) -> Library:
    """Decode a library.

    Raises:
        InvalidScript: The code is not well-formed.
        ValueError: It is, and cannot be linked.

    Source:
        Ours.
    """
    return Library(code, decode_module(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlan:
    """What becomes of a script.

    Attributes:
        definitions: In place of the imported functions, in import order, one each.
        max_script_pages: The script's memory never grows beyond; its minimum is not above.
        host_pages: Size of host memory, in pages of 64 KiB, the library's page included.
        host_max_pages: How far the host may grow it.
        helpers: Functions for definitions, for each other and for the library, by name; those
            that nobody reaches are left out.
        library: More functions, of which those are taken along that somebody reaches.
        bridge_size: Elements of the bridge; without any there is no such table.
        memory_export: Name under which host memory is exported. To a name that the script
            has taken ``'`` is appended until it is free.
        bridge_export: The same for the bridge.
        start_export: The same for the script's start function. The host calls it: inside
            instantiation it could not be told what happened.
        max_table_elements: None of the script's tables grows beyond; no minimum is above.
    """

    definitions: Sequence[NewFunction]
    max_script_pages: int
    host_pages: int
    host_max_pages: int
    helpers: Mapping[str, NewFunction] = field(default_factory=dict)
    library: Library | None = None
    bridge_size: int = 0
    memory_export: str = "host_memory"
    bridge_export: str = "bridge"
    start_export: str = "start"
    max_table_elements: int = MAX_ELEMENTS


@dataclass(frozen=True, slots=True)
class LinkedCode:
    """A module without imports.

    Attributes:
        code: The binary format: the same bytes for the same script and plan.
        memory_export: Name of host memory.
        bridge_export: Name of the bridge; None without one.
        start_export: Name of the start function; None without one.
    """

    code: bytes
    memory_export: str
    bridge_export: str | None
    start_export: str | None
