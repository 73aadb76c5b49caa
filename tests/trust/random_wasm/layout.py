"""What a random module consists of, before any of it is written as bytes."""

from dataclasses import dataclass, field

Signature = tuple[str, str]
"""Parameters and results, a letter of ``spec.TYPE_CODES`` for each."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a module may have.

    Attributes:
        types: Letters of the types that values may have.
        several_values: Functions and blocks may give more than one, blocks take some.
        references: More than one table, and instructions for tables and references.
        bulk: Bulk memory instructions, passive segments and the data count.
        any_imports: Imports of every kind and name, not only the host's functions.
        is_tame: Made to be run: calls go to imports and functions further on only, so that none
            calls itself but through a table, and what is used as an address, a size or an
            argument of the host is mostly small; and no vector instruction makes a NaN.
    """

    types: str
    several_values: bool
    references: bool
    bulk: bool
    any_imports: bool
    is_tame: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table's type."""

    element: str
    minimum: int
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Global:
    """A global's type."""

    type: str
    is_mutable: bool
    is_imported: bool


@dataclass(frozen=True, slots=True)
class Import:
    """What is imported; ``shape`` is the index of a type, a table, a global, or limits."""

    module: str
    field: str
    kind: int
    shape: int | Table | Global | tuple[int, int | None]


@dataclass(slots=True)
class Layout:
    """The index spaces of one module."""

    taste: Taste
    types: list[Signature] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    imported_functions: int = 0
    tables: list[Table] = field(default_factory=list)
    memories: list[tuple[int, int | None]] = field(default_factory=list)
    imported_memories: int = 0
    imported_tables: int = 0
    globals: list[Global] = field(default_factory=list)
    elements: list[tuple[str, list[int]]] = field(default_factory=list)
    data_count: int = 0
    declared: set[int] = field(default_factory=set)

    def get_signature(self, function: int) -> Signature:
        """Return what a function takes and gives."""
        return self.types[self.functions[function]]
