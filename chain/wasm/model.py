"""What a decoded module is: values with byte offsets, for rules, linking and metering.

All offsets count bytes from the start of the module.

Source:
    PROTOCOL 6 needs the offsets; the shape is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Final, NamedTuple


class ValueType(StrEnum):
    """Type of one value; references can only be functions or host objects."""

    I32 = "i32"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    V128 = "v128"
    FUNCREF = "funcref"
    EXTERNREF = "externref"


NUMBER_TYPES: Final[Mapping[int, ValueType]] = {
    0x7F: ValueType.I32,
    0x7E: ValueType.I64,
    0x7D: ValueType.F32,
    0x7C: ValueType.F64,
    0x7B: ValueType.V128,
}
"""Binary codes of the types that are not references."""

REFERENCE_TYPES: Final[Mapping[int, ValueType]] = {
    0x70: ValueType.FUNCREF,
    0x6F: ValueType.EXTERNREF,
}
"""Binary codes of the reference types."""

FLOAT_TYPES: Final = frozenset({ValueType.F32, ValueType.F64})


@dataclass(frozen=True, slots=True)
class FunctionType:
    """Parameters and results of a function, compared by structure."""

    params: tuple[ValueType, ...]
    results: tuple[ValueType, ...]

    def __str__(self) -> str:
        """Show ``(i32, i32) -> (i64)``."""
        return f"({', '.join(self.params)}) -> ({', '.join(self.results)})"


class AnySignature(Enum):
    """Type of ``ANY_SIGNATURE``: a host function that may be imported with any signature."""

    ANY = "any signature"


ANY_SIGNATURE: Final = AnySignature.ANY

ANY_SIGNATURE_TYPES: Final = frozenset({ValueType.I32, ValueType.I64, ValueType.F32, ValueType.F64})
"""What such a function may take and give: whatever fits a Python number."""

HostImports = Mapping[tuple[str, str], FunctionType | AnySignature]
"""The functions a host offers, by (module, field)."""


class Span(NamedTuple):
    """A half-open range of bytes of the module."""

    start: int
    end: int


class Limits(NamedTuple):
    """Size of a memory in pages or of a table in elements; ``maximum`` may be absent."""

    minimum: int
    maximum: int | None


class TableType(NamedTuple):
    """What a table holds, and how many."""

    element: ValueType
    limits: Limits


class GlobalType(NamedTuple):
    """Type of a global, and whether it may change."""

    value: ValueType
    mutable: bool


class ExternalKind(StrEnum):
    """What an import or export is."""

    FUNCTION = "function"
    TABLE = "table"
    MEMORY = "memory"
    GLOBAL = "global"


EXTERNAL_KINDS: Final = (
    ExternalKind.FUNCTION,
    ExternalKind.TABLE,
    ExternalKind.MEMORY,
    ExternalKind.GLOBAL,
)
"""In the order of their binary codes."""


class Import(NamedTuple):
    """One import; ``type`` is Limits for a memory. ``offset`` is the first byte of the entry."""

    offset: int
    module: str
    field: str
    kind: ExternalKind
    type: FunctionType | TableType | Limits | GlobalType


@dataclass(frozen=True, slots=True)
class Export:
    """One export; ``index`` counts imports of the kind first. ``offset`` starts the entry."""

    offset: int
    name: str
    kind: ExternalKind
    index: int


class Constant(NamedTuple):
    """A constant expression with its ``end``, and the functions it refers to."""

    start: int
    end: int
    functions: tuple[int, ...]


class Global(NamedTuple):
    """A global; ``value`` is None when it is imported."""

    type: GlobalType
    value: Constant | None


class SegmentMode(StrEnum):
    """When a segment is copied: at instantiation, by an instruction, or never."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DECLARED = "declared"


class ElementSegment(NamedTuple):
    """Functions for a table; ``place`` is None unless active.

    ``functions`` lists what the entries refer to: null entries are not in it, so it may
    be shorter than ``length``.
    """

    offset: int
    mode: SegmentMode
    table: int
    element: ValueType
    place: Constant | None
    length: int
    functions: tuple[int, ...]


class DataSegment(NamedTuple):
    """Bytes for a memory; ``place`` is None unless active."""

    offset: int
    mode: SegmentMode
    memory: int
    place: Constant | None
    payload: Span


class LocalRun(NamedTuple):
    """``length`` consecutive locals of one type, as the body declares them."""

    length: int
    type: ValueType


class FunctionBody(NamedTuple):
    """The code of one defined function.

    Attributes:
        function: Function index, imports counted.
        offset: First byte of the entry, its size field.
        start: First byte after the size field: the declarations of locals.
        code: First instruction.
        end: First byte after the final ``end``.
        locals: Declared locals, parameters not among them.
        instructions: Instructions, every ``end`` counted.
    """

    function: int
    offset: int
    start: int
    code: int
    end: int
    locals: tuple[LocalRun, ...]
    instructions: int


class SectionId(IntEnum):
    """Binary codes of the sections."""

    CUSTOM = 0
    TYPE = 1
    IMPORT = 2
    FUNCTION = 3
    TABLE = 4
    MEMORY = 5
    GLOBAL = 6
    EXPORT = 7
    START = 8
    ELEMENT = 9
    CODE = 10
    DATA = 11
    DATA_COUNT = 12
    TAG = 13


class Section(NamedTuple):
    """One section: ``offset`` is its id byte, ``name`` empty unless it is custom."""

    id: SectionId
    offset: int
    payload: Span
    name: str


class Work(NamedTuple):
    """What decoding had to do, independent of the machine."""

    size_bytes: int
    functions: int
    instructions: int


@dataclass(frozen=True, slots=True)
class Module:
    """A decoded module.

    Attributes:
        size_bytes: Size of the whole module.
        sections: In file order, custom ones included.
        types: Function types by type index.
        imports: In file order.
        functions: Type index of every function, imported ones first.
        tables: Imported ones first.
        memories: At most one, except in linked code.
        globals: Imported ones first.
        exports: In file order.
        start: Function index of the start function.
        elements: Element segments.
        data_count: What the data count section announces.
        data: Data segments.
        bodies: One per defined function, in order.
    """

    size_bytes: int
    sections: tuple[Section, ...]
    types: tuple[FunctionType, ...]
    imports: tuple[Import, ...]
    functions: tuple[int, ...]
    tables: tuple[TableType, ...]
    memories: tuple[Limits, ...]
    globals: tuple[Global, ...]
    exports: tuple[Export, ...]
    start: int | None
    elements: tuple[ElementSegment, ...]
    data_count: int | None
    data: tuple[DataSegment, ...]
    bodies: tuple[FunctionBody, ...]

    @property
    def work(self) -> Work:
        """Count what decoding had to do."""
        instructions = sum(body.instructions for body in self.bodies)
        return Work(self.size_bytes, len(self.bodies), instructions)

    @property
    def imported_functions(self) -> tuple[Import, ...]:
        """List the imported functions, in function index order."""
        return tuple(entry for entry in self.imports if entry.kind is ExternalKind.FUNCTION)

    @property
    def custom_sections(self) -> tuple[Section, ...]:
        """List the custom sections, in file order."""
        return tuple(section for section in self.sections if section.id is SectionId.CUSTOM)

    def get_function_type(self, function: int) -> FunctionType:
        """Return the type of a function, by function index.

        Source:
            Ours: an accessor.
        """
        return self.types[self.functions[function]]

    def get_export(self, name: str) -> Export | None:
        """Return the export of that name, if there is one.

        Source:
            Ours: an accessor.
        """
        return next((entry for entry in self.exports if entry.name == name), None)

    def get_section(self, section_id: SectionId) -> Section | None:
        """Return the first section with that id, if there is one.

        Source:
            Ours: an accessor.
        """
        return next((entry for entry in self.sections if entry.id is section_id), None)
