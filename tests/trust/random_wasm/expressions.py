"""Random expressions: instructions that leave one value of a type, but for slips."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.layout import Layout
from tests.trust.random_wasm.spec import FC, FD, FLOAT_LANES, PLAIN, Plain

_BY_RESULT: Final[Mapping[str, tuple[Plain, ...]]] = {
    letter: tuple(row for row in PLAIN if row.results == letter) for letter in "iIfdv"
}
_REFERENCES: Final = "rx"
_MAX_DEPTH: Final = 4
_OFFSETS: Final = (0, 0, 1, 300, 8, 70_000, 2**32 - 1)
_ADDRESSES: Final = 0xFFF
_FEW: Final = 3
_ARGUMENTS: Final = (0, 1, 8, 16, 32, 64, 100, 184, 512, 4_096)
_INTERESTING: Final = (0, 1, 2, 7, 8, 31, 64, 255, 256, 1_000, 65_535, 65_536, 2**31 - 1, -1, -2)


class Expressions:
    """Writes expressions inside one function.

    ``labels`` hold the types that a branch takes, the innermost last.
    """

    def __init__(
        self, encoder: Encoder, layout: Layout, locals_: str, callees: list[int], budget: int
    ) -> None:
        self.encoder = encoder
        self.rng = encoder.rng
        self.layout = layout
        self.locals = locals_
        self.labels: list[str] = []
        self.budget = budget
        self._callees = callees

    def write(self, letter: str, depth: int) -> bytes:
        """Write an expression of a type."""
        self.budget -= 1
        if self.encoder.slip():
            letter = self.rng.choice(self.layout.taste.types)
        options: list[Callable[[str, int], bytes]] = [self._write_leaf, self._write_local]
        options.append(self._write_global)
        if depth < _MAX_DEPTH and self.budget > 0:
            options += [self._write_operation] * 4
            options += [self._write_block, self._write_if, self._write_select, self._write_call]
            options += [self._write_indirect, self._write_about_memory, self._write_tee]
            options += [self._write_about_table, self._write_is_null, self._write_shuffle]
        return self.rng.choice(options)(letter, depth + 1) or self._write_leaf(letter, depth)

    def write_plain(self, row: Plain, depth: int) -> bytes:
        """Write an instruction with its operands."""
        code = b"".join(self.write(letter, depth) for letter in row.params)
        if row.align >= 0 and self.layout.taste.is_tame:
            code = self.write_small(_ADDRESSES, depth)
            code += b"".join(self.write(letter, depth) for letter in row.params[1:])
        code += self.encoder.byte(row.number) if not row.prefix else bytes([row.prefix])
        if row.prefix:
            code += self.encoder.u32(row.number)
        if row.align >= 0:
            align = row.align + 1 if self.encoder.slip() else self.rng.randint(0, row.align)
            most = 4 if self.layout.taste.is_tame else len(_OFFSETS)
            offset = self.rng.choice(_OFFSETS[:most])
            code += self.encoder.u32(align) + self.encoder.u32(offset)
        if row.lanes:
            code += self.encoder.byte(self.rng.randrange(row.lanes))
        return code

    def is_allowed(self, row: Plain) -> bool:
        """Tell whether the module may have an instruction."""
        if self.layout.taste.is_tame and row.prefix == FD and row.number in FLOAT_LANES:
            return False
        return {*row.params, *row.results} <= set(self.layout.taste.types)

    def write_call(self, function: int, depth: int) -> bytes:
        """Write a call with its operands."""
        params, _ = self.layout.get_signature(function)
        is_host = function < self.layout.imported_functions and self.layout.taste.is_tame
        write = self._write_argument if is_host else self.write
        code = b"".join(write(letter, depth) for letter in params)
        index = self.encoder.index(function, len(self.layout.functions))
        return code + self.encoder.byte(0x10) + index

    def write_small(self, mask: int, depth: int) -> bytes:
        """Write an i32 that is mostly below a power of two."""
        code = self.write("i", depth)
        if self.encoder.chance(0.03):
            return code
        return code + b"\x41" + self.encoder.signed(mask, 32) + b"\x71"

    def _write_argument(self, letter: str, depth: int) -> bytes:
        if letter != "i" or self.encoder.chance(0.1):
            return self.write(letter, depth)
        return b"\x41" + self.encoder.signed(self.rng.choice(_ARGUMENTS), 32)

    def write_few(self, depth: int) -> bytes:
        if self.layout.taste.is_tame:
            return self.write_small(_FEW, depth)
        return self.write("i", depth)

    def list_callees(self, results: str | None) -> list[int]:
        """List what may be called for these results, or for any."""
        get = self.layout.get_signature
        return [each for each in self._callees if results is None or get(each)[1] == results]

    def _write_leaf(self, letter: str, _depth: int) -> bytes:
        number = self._choose_number()
        match letter:
            case "i":
                return b"\x41" + self.encoder.signed(number, 32)
            case "I":
                return b"\x42" + self.encoder.signed(number * self.rng.choice([1, 2**30]), 64)
            case "f" | "d":
                size = 4 if letter == "f" else 8
                return bytes([0x43 + (letter == "d")]) + self.rng.randbytes(size)
            case "v":
                return bytes([FD]) + self.encoder.u32(12) + self.rng.randbytes(16)
        declared = sorted(self.layout.declared)
        if letter == "r" and declared and self.encoder.chance(0.6):
            chosen = self.rng.choice(declared)
            return b"\xd2" + self.encoder.index(chosen, len(self.layout.functions))
        return b"\xd0" + self.encoder.type(letter)

    def _choose_number(self) -> int:
        if self.encoder.chance(0.5):
            return self.rng.choice(_INTERESTING)
        return self.rng.randrange(-(2**31), 2**31) >> self.rng.randrange(32)

    def _write_local(self, letter: str, _depth: int) -> bytes:
        fitting = [place for place, each in enumerate(self.locals) if each == letter]
        if not fitting:
            return b""
        index = self.encoder.index(self.rng.choice(fitting), len(self.locals))
        return self.encoder.byte(0x20) + index

    def _write_global(self, letter: str, _depth: int) -> bytes:
        every = self.layout.globals
        fitting = [place for place, each in enumerate(every) if each.type == letter]
        if not fitting:
            return b""
        return b"\x23" + self.encoder.index(self.rng.choice(fitting), len(every))

    def _write_operation(self, letter: str, depth: int) -> bytes:
        rows = _BY_RESULT.get(letter, ())
        for _ in range(4):
            row = self.rng.choice(rows) if rows else None
            if row and self.is_allowed(row) and (row.align < 0 or self.layout.memories):
                return self.write_plain(row, depth)
        return b""

    def _write_block(self, letter: str, depth: int) -> bytes:
        taste = self.layout.taste
        taken = ""
        kind = self.encoder.type(letter)
        if taste.several_values and self.encoder.chance(0.3):
            fitting = [place for place, each in enumerate(self.layout.types) if each[1] == letter]
            if fitting:
                chosen = self.rng.choice(fitting)
                taken = self.layout.types[chosen][0]
                kind = self.encoder.signed(chosen, 33)
        is_loop = self.encoder.chance(0.3)
        before = b"".join(self.write(each, depth) for each in taken)
        self.labels.append(taken if is_loop else letter)
        inside = b"\x1a" * len(taken) + self.write(letter, depth)
        self.labels.pop()
        return before + bytes([0x03 if is_loop else 0x02]) + kind + inside + self.encoder.byte(0x0B)

    def _write_if(self, letter: str, depth: int) -> bytes:
        condition = self.write("i", depth)
        self.labels.append(letter)
        either, other = self.write(letter, depth), self.write(letter, depth)
        self.labels.pop()
        head = condition + b"\x04" + self.encoder.type(letter)
        return head + either + self.encoder.byte(0x05) + other + b"\x0b"

    def _write_select(self, letter: str, depth: int) -> bytes:
        operands = self.write(letter, depth) + self.write(letter, depth) + self.write("i", depth)
        if letter in _REFERENCES or (self.layout.taste.references and self.encoder.chance(0.3)):
            return operands + b"\x1c" + self.encoder.vector([self.encoder.type(letter)])
        return operands + self.encoder.byte(0x1B)

    def _write_call(self, letter: str, depth: int) -> bytes:
        callees = self.list_callees(letter)
        return self.write_call(self.rng.choice(callees), depth) if callees else b""

    def _write_indirect(self, letter: str, depth: int) -> bytes:
        tables = self.layout.tables
        fitting = [place for place, each in enumerate(self.layout.types) if each[1] == letter]
        callable_ = [place for place, each in enumerate(tables) if each.element == "r"]
        if not (fitting and callable_):
            return b""
        chosen = self.rng.choice(fitting)
        operands = b"".join(self.write(each, depth) for each in self.layout.types[chosen][0])
        table = self.rng.choice(callable_) if self.layout.taste.references else 0
        indices = self.encoder.index(chosen, len(self.layout.types))
        indices += bytes([0]) if table == 0 else self.encoder.index(table, len(tables))
        return operands + self.write_few(depth) + b"\x11" + indices

    def _write_about_memory(self, letter: str, depth: int) -> bytes:
        if letter != "i" or not self.layout.memories:
            return b""
        if self.encoder.chance(0.5):
            return b"\x3f" + self.encoder.byte(0)
        return self.write_few(depth) + b"\x40" + self.encoder.byte(0)

    def _write_about_table(self, letter: str, depth: int) -> bytes:
        tables = self.layout.tables
        fitting = [place for place, each in enumerate(tables) if letter in ("i", each.element)]
        if not fitting or not self.layout.taste.references:
            return b""
        place = self.rng.choice(fitting)
        index = self.encoder.index(place, len(tables))
        if letter != "i":
            return self.write_few(depth) + b"\x25" + index
        if self.encoder.chance(0.5):
            return bytes([FC, 16]) + index
        operands = self.write(tables[place].element, depth) + self.write_few(depth)
        return operands + bytes([FC, 15]) + index

    def _write_is_null(self, letter: str, depth: int) -> bytes:
        if letter != "i" or not self.layout.taste.references:
            return b""
        return self.write(self.rng.choice(_REFERENCES), depth) + b"\xd1"

    def _write_shuffle(self, letter: str, depth: int) -> bytes:
        if letter != "v":
            return b""
        lanes = bytes(self.rng.randrange(32) for _ in range(15)) + self.encoder.byte(31)
        return self.write("v", depth) + self.write("v", depth) + bytes([FD, 13]) + lanes

    def _write_tee(self, letter: str, depth: int) -> bytes:
        fitting = [place for place, each in enumerate(self.locals) if each == letter]
        if not fitting:
            return b""
        index = self.encoder.index(self.rng.choice(fitting), len(self.locals))
        return self.write(letter, depth) + b"\x22" + index
