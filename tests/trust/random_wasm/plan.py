"""What a random module consists of: index spaces whose entries fit each other."""

from random import Random
from typing import Final

from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.layout import Global, Import, Layout, Table, Taste

FUNCTION, TABLE, MEMORY, GLOBAL = range(4)
"""Kinds of imports and exports."""

HOST: Final = (
    ("eth2", "useTicks", ("i", "")),
    ("env", "eth2_blockDataSize", ("", "i")),
    ("eth2", "getSlot", ("", "I")),
    ("bignum", "add256", ("iii", "")),
    ("debug", "print64", ("I", "")),
    ("env", "abort", ("iIfd", "")),
    ("env", "abort", ("", "")),
)
_TYPES: Final = ("i", "iI", "iIfd", "iIfdv", "iIfdvrx", "iIfdvrx", "iIrx")


def choose_taste(rng: Random) -> Taste:
    """Choose what a module may have."""
    types = rng.choice(_TYPES)
    return Taste(
        types=types,
        several_values=rng.random() < 0.6,
        references="r" in types,
        bulk="r" in types or rng.random() < 0.5,
        any_imports=rng.random() < 0.4,
    )


def plan_module(encoder: Encoder, taste: Taste) -> Layout:
    """Choose what a module consists of."""
    layout = Layout(taste)
    _Planner(encoder, layout).plan()
    return layout


def plan_spaces(encoder: Encoder, layout: Layout) -> None:
    """Choose the rest of a tame module whose imports and functions are there."""
    _Planner(encoder, layout).plan_rest()


class _Planner:
    """Fills the index spaces."""

    def __init__(self, encoder: Encoder, layout: Layout) -> None:
        self._encoder = encoder
        self._rng = encoder.rng
        self._layout = layout

    def _chance(self, share: float) -> bool:
        return self._encoder.chance(share)

    def plan(self) -> None:
        """Fill them all."""
        layout, rng = self._layout, self._rng
        for _ in range(rng.randrange(1, 6)):
            layout.types.append(self._choose_signature())
        layout.types.append(("", ""))
        for _ in range(rng.choice([0, 0, 1, 2, 3])):
            self._plan_import()
        layout.imported_functions = len(layout.functions)
        for _ in range(rng.randrange(1, 5)):
            layout.functions.append(rng.randrange(len(layout.types)))
        layout.functions.append(layout.types.index(("", "")))
        self.plan_rest()

    def plan_rest(self) -> None:
        """Fill everything but types, imports and functions."""
        layout, rng = self._layout, self._rng
        self._plan_spaces()
        functions = len(layout.functions)
        is_old = not (layout.taste.bulk and layout.taste.references)
        for _ in range(rng.choice([0, 0, 1, 2, 3]) if layout.tables or not is_old else 0):
            element = "r" if not layout.taste.references else rng.choice("rrrx")
            members = [rng.randrange(functions) for _ in range(rng.randrange(3))]
            layout.elements.append((element, members))
        layout.data_count = rng.choice([0, 0, 1, 2]) if layout.memories else 0

    def _choose_signature(self) -> tuple[str, str]:
        rng, taste = self._rng, self._layout.taste
        most = rng.choice([1, 1, 2, 3]) if taste.several_values else 1
        params = "".join(rng.choice(taste.types) for _ in range(rng.randrange(4)))
        return params, "".join(rng.choice(taste.types) for _ in range(rng.randint(0, most)))

    def _plan_import(self) -> None:
        layout, rng = self._layout, self._rng
        if not layout.taste.any_imports:
            module, name, signature = rng.choice(HOST)
            if not {*signature[0], *signature[1]} <= {*layout.taste.types, "I"}:
                return
            if signature not in layout.types:
                layout.types.append(signature)
            self._import_function(module, name, layout.types.index(signature))
            return
        module, name = rng.choice([("eth2", "useTicks"), ("", ""), ("env", "memory"), ("a", "é")])
        kind = rng.choice([FUNCTION, FUNCTION, TABLE, MEMORY, GLOBAL])
        if kind == FUNCTION:
            self._import_function(module, name, rng.randrange(len(layout.types)))
        elif kind == TABLE and self._may_have_table():
            layout.tables.append(self._choose_table())
            layout.imported_tables += 1
            layout.imports.append(Import(module, name, kind, layout.tables[-1]))
        elif kind == MEMORY and not layout.memories:
            layout.memories.append(self._choose_limits(4))
            layout.imported_memories = 1
            layout.imports.append(Import(module, name, kind, layout.memories[-1]))
        elif kind == GLOBAL:
            chosen = rng.choice(layout.taste.types)
            layout.globals.append(Global(chosen, self._chance(0.3), is_imported=True))
            layout.imports.append(Import(module, name, kind, layout.globals[-1]))

    def _import_function(self, module: str, name: str, index: int) -> None:
        self._layout.functions.append(index)
        self._layout.imports.append(Import(module, name, FUNCTION, index))

    def _plan_spaces(self) -> None:
        layout, rng = self._layout, self._rng
        if layout.taste.is_tame:
            minimum = rng.choice([1, 1, 2])
            layout.memories.append((minimum, rng.choice([None, minimum, minimum + 2])))
        elif self._chance(0.8) and not layout.memories:
            layout.memories.append(self._choose_limits(4))
        elif self._encoder.slip():
            layout.memories.append((1, None))
        for _ in range(rng.randrange(3)):
            if self._may_have_table():
                layout.tables.append(self._choose_table())
        for _ in range(rng.randrange(4)):
            chosen = rng.choice(layout.taste.types)
            layout.globals.append(Global(chosen, self._chance(0.5), is_imported=False))

    def _may_have_table(self) -> bool:
        return not self._layout.tables or self._layout.taste.references

    def _choose_table(self) -> Table:
        element = "x" if self._layout.taste.references and self._chance(0.3) else "r"
        minimum, maximum = self._choose_limits(9)
        if self._layout.taste.is_tame:
            # Room for every segment; and pywasm takes a maximum of zero for none.
            minimum, maximum = minimum + 3, None if maximum is None else maximum + 3
        return Table(element, minimum, maximum)

    def _choose_limits(self, most: int) -> tuple[int, int | None]:
        minimum = self._rng.randrange(most)
        return minimum, minimum + self._rng.randrange(3) if self._chance(0.4) else None
