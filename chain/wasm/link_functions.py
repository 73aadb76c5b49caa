"""The functions of linked code that are new: definitions, and whatever they reach.

Source:
    Ours: see ``chain.wasm.link``.
"""

from collections import deque
from collections.abc import Callable

from chain.wasm.encoding import encode_body, encode_unsigned
from chain.wasm.link_library import rewrite_library_body
from chain.wasm.link_plan import Library, LinkPlan, NewFunction
from chain.wasm.model import ExternalKind, FunctionType, Module
from chain.wasm.rewrite import TypeTable


class FunctionTable:
    """Gives out indices, and encodes the functions behind them: they are ``Symbols``.

    Indices are given out in the order in which functions are first asked for, definitions
    asking first, in import order: so the same script and plan make the same bytes.

    Attributes:
        first_global: Index of the first global of the library.
        has_library: Whether a function of the library is reached.
    """

    def __init__(self, module: Module, plan: LinkPlan, types: TypeTable) -> None:
        """Begin behind the functions of a script."""
        self.first_global = len(module.globals)
        self.has_library = False
        self._module = module
        self._plan = plan
        self._types = types
        self._indices: dict[str | int, int] = {}
        """By the name of a helper, or the function's index in the library."""
        self._type_indices: list[int] = []
        self._pending: deque[Callable[[], bytes]] = deque()
        library = plan.library
        self._exports = {} if library is None else _list_exports(library)
        if both := sorted(self._exports.keys() & plan.helpers.keys()):
            raise ValueError(f"both helpers and of the library: {', '.join(both)}")

    @property
    def bridge_table(self) -> int:
        """Table index of the bridge.

        Raises:
            ValueError: There is none.
        """
        if not self._plan.bridge_size:
            raise ValueError("the plan has no bridge")
        return len(self._module.tables)

    def signature(self, kind: FunctionType) -> int:
        """Return the index of a type."""
        return self._types.get_index(kind)

    def function(self, name: str) -> int:
        """Return the index of a helper, or of a function that the library exports.

        Raises:
            ValueError: There is no such function.
        """
        if name in self._exports:
            return self.library_function(self._exports[name])
        if name not in self._plan.helpers:
            raise ValueError(f"no function is called {name!r}")
        helper = self._plan.helpers[name]
        return self._reach(name, helper.type, lambda: self._encode_new(helper))

    def library_function(self, index: int) -> int:
        """Return the index of a function of the library, by its index there.

        Raises:
            ValueError: It is an import, and no helper is like it.
        """
        library = self._plan.library
        if library is None:
            raise ValueError("the plan has no library")
        kind = library.module.get_function_type(index)
        imports = library.module.imported_functions
        if index < len(imports):
            name = imports[index].field
            if name not in self._plan.helpers or self._plan.helpers[name].type != kind:
                raise ValueError(f"the library imports {name} {kind}, no helper is like that")
            return self.function(name)
        self.has_library = True
        body = library.module.bodies[index - len(imports)]
        return self._reach(index, kind, lambda: rewrite_library_body(library, body, self))

    def encode_definitions(self) -> list[bytes]:
        """Encode what takes the place of imports, as entries of the code section."""
        return [self._encode_new(each) for each in self._plan.definitions]

    def encode_reached(self) -> list[bytes]:
        """Encode all functions reached so far, and those that they reach."""
        entries = []
        while self._pending:
            entries.append(self._pending.popleft()())
        return entries

    def encode_type_indices(self) -> list[bytes]:
        """Encode the entries of the function section for all functions reached so far."""
        return list(map(encode_unsigned, self._type_indices))

    def _reach(self, key: str | int, kind: FunctionType, encode: Callable[[], bytes]) -> int:
        if key not in self._indices:
            self._indices[key] = len(self._module.functions) + len(self._type_indices)
            self._type_indices.append(self._types.get_index(kind))
            self._pending.append(encode)
        return self._indices[key]

    def _encode_new(self, function: NewFunction) -> bytes:
        return encode_body(function.locals, function.code(self))


def _list_exports(library: Library) -> dict[str, int]:
    return {
        export.name: export.index
        for export in library.module.exports
        if export.kind is ExternalKind.FUNCTION
    }
