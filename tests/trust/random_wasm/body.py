"""Random bodies whose operands have the right types, but for slips."""

from typing import Final

from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.expressions import Expressions
from tests.trust.random_wasm.layout import Layout
from tests.trust.random_wasm.spec import FC, PLAIN

_STORES: Final = tuple(row for row in PLAIN if not row.results)
_EMPTY: Final = b"\x40"
_END: Final = 0x0B
_FEW: Final = 3


class Body(Expressions):
    """Writes one function; its statements leave the stack as it was."""

    def __init__(self, encoder: Encoder, layout: Layout, function: int, budget: int) -> None:
        rng = encoder.rng
        self._runs = [
            (rng.choice([0, 1, 1, 2, 5]), rng.choice(layout.taste.types))
            for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))
        ]
        params, self._results = layout.get_signature(function)
        locals_ = params + "".join(letter * count for count, letter in self._runs)
        callees = list(range(len(layout.functions)))
        if layout.taste.is_tame:
            # The last one calls the first.
            del callees[-1], callees[layout.imported_functions : function + 1]
        super().__init__(encoder, layout, locals_, callees, budget)
        self.labels.append(self._results)

    def write_function(self) -> bytes:
        """Write locals and instructions."""
        encoder = self.encoder
        runs = [encoder.u32(count) + encoder.type(letter) for count, letter in self._runs]
        code = self.write_statements(self.rng.randrange(5))
        code += b"".join(self.write(letter, 0) for letter in self._results)
        if encoder.slip():
            code += self.rng.randbytes(self.rng.randrange(1, 4))
        return encoder.vector(runs) + code + encoder.byte(_END)

    def write_statements(self, count: int) -> bytes:
        """Write so many statements."""
        return b"".join(self._write_statement() for _ in range(count))

    def _write_statement(self) -> bytes:
        self.budget -= 1
        options = [self._drop, self._drop, self._store, self._store, self._set_local]
        options += [self._set_global, self._leave]
        if self.budget > 0:
            options += [self._block, self._if, self._branch_if, self._call_any, self._call_any]
            options += [self._branch_table, self._bulk, self._use_table]
        if self.encoder.slip():
            return self.rng.randbytes(self.rng.randrange(1, 3))
        return self.rng.choice(options)() or b"\x01"

    def _drop(self) -> bytes:
        return self.write(self.rng.choice(self.layout.taste.types), 1) + b"\x1a"

    def _store(self) -> bytes:
        if not self.layout.memories:
            return b""
        return self.write_plain(self.rng.choice([*filter(self.is_allowed, _STORES)]), 1)

    def _set_local(self) -> bytes:
        if not self.locals:
            return b""
        index = self.rng.randrange(len(self.locals))
        code = self.write(self.locals[index], 1)
        return code + self.encoder.byte(0x21) + self.encoder.index(index, len(self.locals))

    def _set_global(self) -> bytes:
        every = self.layout.globals
        fitting = [place for place, each in enumerate(every) if each.is_mutable]
        if self.encoder.slip():
            fitting = list(range(len(every)))
        if not fitting:
            return b""
        index = self.rng.choice(fitting)
        return self.write(every[index].type, 1) + b"\x24" + self.encoder.index(index, len(every))

    def _leave(self) -> bytes:
        """Leave a block of its own at once, with code behind that is never reached."""
        rest = self.rng.choice([b"", b"\x1a", b"\x6a\x1a", b"\x41\x00\x1a", b"\x1b\x1a"])
        if self.encoder.chance(0.9):
            return b"\x02" + _EMPTY + b"\x0c\x00" + rest + b"\x0b"
        code = b"".join(self.write(letter, 1) for letter in self._results)
        return b"\x02" + _EMPTY + self.rng.choice([code + b"\x0f", b"\x00"]) + rest + b"\x0b"

    def _nest(self, count: int) -> bytes:
        self.labels.append("")
        code = self.write_statements(count)
        self.labels.pop()
        return code

    def _block(self) -> bytes:
        inside = self._nest(self.rng.randrange(3))
        opcode = self.rng.choice([2, 2, 3])
        return self.encoder.byte(opcode) + _EMPTY + inside + self.encoder.byte(_END)

    def _if(self) -> bytes:
        code = self.write("i", 1) + b"\x04" + _EMPTY + self._nest(1)
        if self.encoder.chance(0.5):
            code += self.encoder.byte(0x05) + self._nest(1)
        return code + self.encoder.byte(_END)

    def _branch_if(self) -> bytes:
        label = self.rng.randrange(len(self.labels))
        wanted = self.labels[-1 - label]
        code = b"".join(self.write(letter, 1) for letter in wanted) + self.write("i", 1)
        code += b"\x0d" + self.encoder.index(label, len(self.labels))
        return code + b"\x1a" * len(wanted)

    def _branch_table(self) -> bytes:
        self.labels.append("")
        count = len(self.labels)
        wanted = self.rng.choice(self.labels)
        fitting = [place for place in range(count) if self.labels[-1 - place] == wanted]
        chosen = self.rng.choices(fitting, k=self.rng.randrange(1, 5))
        targets = [self.encoder.index(each, count) for each in chosen]
        code = b"".join(self.write(letter, 1) for letter in wanted) + self.write("i", 1)
        code += b"\x0e" + self.encoder.vector(targets[:-1]) + targets[-1]
        self.labels.pop()
        return b"\x02" + _EMPTY + code + b"\x0b"

    def _call_any(self) -> bytes:
        callees = self.list_callees(None)
        if not callees:
            return b""
        function = self.rng.choice(callees)
        drops = b"\x1a" * len(self.layout.get_signature(function)[1])
        return self.write_call(function, 1) + drops

    def _write_operands(self, letters: str) -> bytes:
        if self.layout.taste.is_tame:
            small = (
                self.write_small(_FEW, 2) if each == "i" else self.write(each, 2)
                for each in letters
            )
            return b"".join(small)
        return b"".join(self.write(letter, 2) for letter in letters)

    def _bulk(self) -> bytes:
        layout, encoder = self.layout, self.encoder
        if not layout.taste.bulk or not layout.memories:
            return b""
        kind = self.rng.choice([8, 9, 10, 11])
        opcode = bytes([FC]) + encoder.u32(kind)
        if kind == 11:
            return self._write_operands("iii") + opcode + encoder.index(0, 1)
        if kind == 10:
            return self._write_operands("iii") + opcode + encoder.index(0, 1) + encoder.byte(0)
        if not layout.data_count:
            return b""
        segment = encoder.index(self.rng.randrange(layout.data_count), layout.data_count)
        if kind == 9:
            return opcode + segment
        return self._write_operands("iii") + opcode + segment + encoder.index(0, 1)

    def _use_table(self) -> bytes:
        layout, encoder, tables = self.layout, self.encoder, self.layout.tables
        if not tables or not (layout.taste.references and layout.taste.bulk):
            return b""
        place = self.rng.randrange(len(tables))
        element = tables[place].element
        index = encoder.index(place, len(tables))
        same = [other for other, each in enumerate(tables) if each.element == element]
        segments = [other for other, each in enumerate(layout.elements) if each[0] == element]
        kinds = [14, 17, 0x26, *([12, 13] if segments else [])]
        kind = self.rng.choice(kinds)
        if kind == 0x26:
            return self._write_operands("i" + element) + b"\x26" + index
        opcode = bytes([FC]) + encoder.u32(kind)
        if kind == 17:
            return self._write_operands(f"i{element}i") + opcode + index
        if kind == 14:
            source = encoder.index(self.rng.choice(same), len(tables))
            return self._write_operands("iii") + opcode + index + source
        segment = encoder.index(self.rng.choice(segments), len(layout.elements))
        if kind == 13:
            return opcode + segment
        return self._write_operands("iii") + opcode + segment + index
