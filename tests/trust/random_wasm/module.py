"""Random modules: sections in order, entries that fit each other, but for slips."""

from random import Random
from typing import Final

from tests.trust.random_wasm.body import Body
from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.layout import Global, Import, Layout, Table
from tests.trust.random_wasm.plan import (
    FUNCTION,
    GLOBAL,
    MEMORY,
    TABLE,
    choose_taste,
    plan_module,
)
from tests.trust.random_wasm.spec import FD

_PREAMBLE: Final = b"\0asm\1\0\0\0"
_SLIP_SHARES: Final = (0, 0, 0, 0.001, 0.002, 0.005, 0.01, 0.03)
_BUDGET: Final = 60
_END: Final = b"\x0b"
_NAMES: Final = ("main", "memory", "also", "main2", "", "größe")
_CUSTOM: Final = ("note", "", "name", "wasm-interface-types", "webidl-bindings")
_CONSTANTS: Final = {
    "i": b"\x41\x05",
    "I": b"\x42\x7f",
    "f": b"\x43\0\0\0\0",
    "d": b"\x44" + bytes(8),
}
_ARITHMETIC: Final = {"i": (0x6A, 0x6B, 0x6C), "I": (0x7C, 0x7D, 0x7E)}


def write_module(rng: Random) -> bytes:
    """Write a module: about a third of them are meant to be right in every byte."""
    encoder = Encoder(rng, rng.choice(_SLIP_SHARES))
    code = ModuleWriter(encoder, plan_module(encoder, choose_taste(rng))).write()
    return code if encoder.chance(0.9) else _damage(rng, code)


def _damage(rng: Random, code: bytes) -> bytes:
    """Change, take away or put in some bytes behind the preamble."""
    place = rng.randrange(len(_PREAMBLE), len(code) + 1)
    added = rng.randbytes(rng.randrange(4))
    return code[:place] + added + code[place + rng.randrange(4) :]


class ModuleWriter:
    """Writes the sections of one module."""

    def __init__(self, encoder: Encoder, layout: Layout) -> None:
        self._encoder = encoder
        self._rng = encoder.rng
        self._layout = layout
        self._exported: set[int] = set()

    def write(self) -> bytes:
        """Write the module."""
        layout, encoder = self._layout, self._encoder
        exports = self._list_exports()
        sections: list[tuple[int, list[bytes] | bytes]] = [
            (1, [self._write_type(*each) for each in layout.types]),
            (2, [self._write_import(each) for each in layout.imports]),
            (3, self._list_functions()),
            (4, [self._write_table(each) for each in layout.tables[layout.imported_tables :]]),
            (5, [encoder.limits(*each) for each in layout.memories[layout.imported_memories :]]),
            (6, [self._write_global(each) for each in layout.globals if not each.is_imported]),
            (7, exports),
            (8, self._write_start()),
            (9, [self._write_element(*each) for each in layout.elements]),
            (12, self._write_data_count()),
            (10, self._list_bodies()),
            (11, [self._write_data() for _ in range(layout.data_count)]),
        ]
        written = [self._write_section(number, content) for number, content in sections]
        preamble = self._rng.randbytes(8) if encoder.slip() else _PREAMBLE
        return preamble + b"".join(self._disturb(written))

    def _disturb(self, sections: list[bytes]) -> list[bytes]:
        """Put sections in another order, twice, or a custom one between them."""
        encoder, rng = self._encoder, self._rng
        if encoder.slip():
            rng.shuffle(sections)
        if encoder.slip():
            sections.append(rng.choice(sections))
        if encoder.slip():
            del sections[rng.randrange(len(sections))]
        if encoder.chance(0.1):
            name = rng.choice(_CUSTOM[: 3 if self._layout.taste.is_tame else len(_CUSTOM)])
            custom = encoder.byte(0) + encoder.sized(encoder.name(name) + rng.randbytes(3))
            sections.insert(rng.randrange(len(sections) + 1), custom)
        return sections

    def _write_section(self, number: int, content: list[bytes] | bytes) -> bytes:
        """Write a section; one without entries may be left out."""
        encoder = self._encoder
        if not content and (isinstance(content, bytes) or encoder.chance(0.95)):
            return b""
        payload = content if isinstance(content, bytes) else encoder.vector(content)
        if encoder.slip():
            payload += self._rng.randbytes(1)
        return encoder.byte(number) + encoder.sized(payload)

    def _write_type(self, params: str, results: str) -> bytes:
        return self._encoder.byte(0x60) + self._write_types(params) + self._write_types(results)

    def _write_types(self, letters: str) -> bytes:
        return self._encoder.vector([self._encoder.type(letter) for letter in letters])

    def _write_import(self, entry: Import) -> bytes:
        encoder = self._encoder
        head = encoder.name(entry.module) + encoder.name(entry.field) + encoder.byte(entry.kind)
        match entry.shape:
            case int() as index:
                return head + encoder.index(index, len(self._layout.types))
            case Table() as table:
                return head + self._write_table(table)
            case Global() as kind:
                return head + self._write_global_type(kind)
        minimum, maximum = entry.shape
        return head + encoder.limits(minimum, maximum)

    def _list_functions(self) -> list[bytes]:
        layout = self._layout
        own = layout.functions[layout.imported_functions :]
        if self._encoder.slip():
            own = own[1:]
        return [self._encoder.index(each, len(layout.types)) for each in own]

    def _write_table(self, table: Table) -> bytes:
        return self._encoder.type(table.element) + self._encoder.limits(
            table.minimum, table.maximum
        )

    def _write_global_type(self, entry: Global) -> bytes:
        return self._encoder.type(entry.type) + self._encoder.byte(int(entry.is_mutable))

    def _write_global(self, entry: Global) -> bytes:
        return self._write_global_type(entry) + self._write_constant(entry.type)

    def _write_constant(self, letter: str) -> bytes:
        """Write a constant expression."""
        encoder, rng, layout = self._encoder, self._rng, self._layout
        if encoder.slip():
            letter = rng.choice("iIfdvrx")
        readable = [
            place
            for place, each in enumerate(layout.globals)
            if each.type == letter and each.is_imported and not each.is_mutable
        ]
        if encoder.slip():
            readable = list(range(len(layout.globals) + 1))
        if readable and encoder.chance(0.5):
            return b"\x23" + encoder.index(rng.choice(readable), len(layout.globals)) + _END
        code = _CONSTANTS.get(letter) or self._write_other_constant(letter)
        if letter in _ARITHMETIC and encoder.chance(0.2):
            code += code + bytes([rng.choice(_ARITHMETIC[letter])])
        if encoder.slip():
            code += rng.choice([b"\x1a", b"\x01", b"\x41\x00", b"\x6a", b"\x10\x00", b"\xfc\x00"])
        return code + encoder.byte(_END[0])

    def _write_other_constant(self, letter: str) -> bytes:
        encoder, functions = self._encoder, len(self._layout.functions)
        if letter == "v":
            return bytes([FD]) + encoder.u32(12) + self._rng.randbytes(16)
        if letter == "r" and encoder.chance(0.5):
            chosen = self._rng.randrange(functions)
            self._layout.declared.add(chosen)
            return b"\xd2" + encoder.index(chosen, functions)
        return b"\xd0" + encoder.type(letter)

    def _list_exports(self) -> list[bytes]:
        layout, rng, encoder = self._layout, self._rng, self._encoder
        spaces = (layout.functions, layout.tables, layout.memories, layout.globals)
        share = 1 if layout.taste.is_tame else 0.8
        chosen = [("main", FUNCTION, len(layout.functions) - 1)] * encoder.chance(share)
        if layout.memories and encoder.chance(share):
            chosen.append(("memory", MEMORY, 0))
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            kind = rng.choice([FUNCTION, TABLE, MEMORY, GLOBAL])
            name = rng.choice(_NAMES)
            if spaces[kind] and (name not in {each[0] for each in chosen} or encoder.slip()):
                chosen.append((name, kind, rng.randrange(len(spaces[kind]))))
        layout.declared.update(index for _, kind, index in chosen if kind == FUNCTION)
        return [
            encoder.name(name) + encoder.byte(kind) + encoder.index(index, len(spaces[kind]))
            for name, kind, index in chosen
        ]

    def _write_start(self) -> bytes:
        layout, encoder = self._layout, self._encoder
        functions = range(len(layout.functions))
        fitting = [each for each in functions if layout.get_signature(each) == ("", "")]
        if encoder.slip():
            fitting = list(functions)
        if not encoder.chance(0.15):
            return b""
        return encoder.index(self._rng.choice(fitting), len(functions))

    def _write_element(self, element: str, members: list[int]) -> bytes:
        """Write a segment in one of the eight forms that fit what it holds."""
        layout, encoder, rng = self._layout, self._encoder, self._rng
        fitting = [place for place, each in enumerate(layout.tables) if each.element == element]
        is_old = not (layout.taste.bulk and layout.taste.references)
        flags = 0 if is_old else rng.randrange(8)
        if element == "x" and not is_old:
            flags |= 4
        if not is_old and (
            not fitting or (flags in (0, 4) and (0 not in fitting or element == "x"))
        ):
            flags |= 1
        if flags & 3 == 2 and not fitting:
            flags ^= 3
        head = encoder.u32(flags)
        if not flags & 1:
            place = rng.choice(fitting or [0])
            head += encoder.index(place, len(layout.tables)) if flags & 2 else b""
            head += b"\x41\x00" + _END if layout.taste.is_tame else self._write_constant("i")
        if flags & 3:
            head += encoder.type(element) if flags & 4 else encoder.byte(0)
        count = len(layout.functions)
        if flags & 4:
            return head + encoder.vector([self._write_constant(element) for _ in members])
        layout.declared.update(members)
        return head + encoder.vector([encoder.index(each, count) for each in members])

    def _write_data_count(self) -> bytes:
        if not self._layout.taste.bulk or not self._layout.data_count or self._encoder.slip():
            return b""
        return self._encoder.u32(self._layout.data_count)

    def _list_bodies(self) -> list[bytes]:
        layout, encoder = self._layout, self._encoder
        own = range(layout.imported_functions, len(layout.functions))
        budget = _BUDGET // len(own)
        return [encoder.sized(self.write_body(each, budget)) for each in own]

    def write_body(self, function: int, budget: int) -> bytes:
        """Write one function."""
        return Body(self._encoder, self._layout, function, budget).write_function()

    def _write_data(self) -> bytes:
        encoder = self._encoder
        flags = self._rng.choice([0, 0, 1, 2]) if self._layout.taste.bulk else 0
        head = encoder.u32(flags)
        if flags == 2:
            head += encoder.index(0, len(self._layout.memories))
        if flags != 1:
            head += self._write_constant("i")
        return head + encoder.sized(self._rng.randbytes(self._rng.randrange(6)))
