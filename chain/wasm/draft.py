"""What is known about a module while it is being decoded.

Sections come in a fixed order, so whatever an entry may refer to is complete before it.

Source:
    Ours: private working state of one decoding.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from chain.wasm.model import (
    DataSegment,
    ElementSegment,
    Export,
    FunctionBody,
    FunctionType,
    Global,
    Import,
    Limits,
    Module,
    Section,
    TableType,
)
from chain.wasm.rules import ScriptRules


class Call(NamedTuple):
    """A call in a body: of function ``target``, or of any function of type ``target``."""

    offset: int
    target: int
    indirect: bool


@dataclass(slots=True)
class Draft:
    """The parts of a module so far; see ``Module`` for most of them.

    Attributes:
        rules: What is allowed.
        custom_count: Custom sections.
        imported_functions: The imports that are functions, by function index.
        start_offset: Where the start section names its function.
        referenced: Functions that became values: what an indirect call may call.
        declared: Functions that ``ref.func`` may name: the referenced and the exported.
        calls: Calls by function index, collected when there is a start function.
    """

    rules: ScriptRules
    sections: list[Section] = field(default_factory=list)
    custom_count: int = 0
    types: list[FunctionType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    imported_functions: list[Import] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[Limits] = field(default_factory=list)
    globals: list[Global] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None
    start_offset: int = 0
    elements: list[ElementSegment] = field(default_factory=list)
    data_count: int | None = None
    data: list[DataSegment] = field(default_factory=list)
    bodies: list[FunctionBody] = field(default_factory=list)
    referenced: set[int] = field(default_factory=set)
    declared: set[int] = field(default_factory=set)
    calls: dict[int, list[Call]] = field(default_factory=dict)

    def build_module(self, size_bytes: int) -> Module:
        """Freeze the parts.

        Source:
            Ours: the end of decoding.
        """
        return Module(
            size_bytes=size_bytes,
            sections=tuple(self.sections),
            types=tuple(self.types),
            imports=tuple(self.imports),
            functions=tuple(self.functions),
            tables=tuple(self.tables),
            memories=tuple(self.memories),
            globals=tuple(self.globals),
            exports=tuple(self.exports),
            start=self.start,
            elements=tuple(self.elements),
            data_count=self.data_count,
            data=tuple(self.data),
            bodies=tuple(self.bodies),
        )
