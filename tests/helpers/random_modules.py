"""Random modules for Hypothesis: well-typed text in which calls go everywhere and end.

Functions call imports and later functions, through the table too, so none calls itself.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

_NUMBERS: Final = ("i32", "i64", "f32", "f64")
_SPREAD: Final = 4_000
_MAX_DEPTH: Final = 3

_types = st.sampled_from(("i32", "i32", "i64", "f64", "f32"))
_constants = st.integers(0, _SPREAD)


@dataclass(frozen=True, slots=True)
class _Function:
    """What a function is called, and takes and gives."""

    name: str
    params: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def type_use(self) -> str:
        """Write the signature, without names."""
        params, results = " ".join(self.params), " ".join(self.results)
        return f"(param {params}) (result {results})"


@st.composite
def random_modules(draw: st.DrawFn) -> str:
    """Draw a module as text; it has every way to name a function, sooner or later."""
    imports = [draw(_functions(f"$import{place}")) for place in range(draw(st.integers(0, 4)))]
    own = [draw(_functions(f"$own{place}")) for place in range(draw(st.integers(1, 4)))]
    own.append(_Function("$leaf", (), ("i32",)))
    in_table = [*imports, own[-1]]
    bodies = [
        draw(_bodies(each, [*imports, *own[place + 1 :]], in_table if place < len(own) - 1 else []))
        for place, each in enumerate(own)
    ]
    return "\n".join(
        [
            "(module",
            *(draw(_imports(each)) for each in imports),
            f'(memory (export "memory") {draw(_memories())})',
            f"(table $table {len(in_table)} funcref)",
            "(global $sum (mut i64) (i64.const 3))",
            draw(_references(in_table)),
            draw(_exports([*imports, *own])),
            draw(_starts([*imports, *own])),
            *bodies,
            draw(_segments()),
            ")",
        ]
    )


@st.composite
def _functions(draw: st.DrawFn, name: str) -> _Function:
    params = draw(st.lists(_types, max_size=3))
    return _Function(name, tuple(params), tuple(draw(st.lists(_types, max_size=2))))


@st.composite
def _imports(draw: st.DrawFn, function: _Function) -> str:
    # Few names, so that some are imported twice, with one signature or two.
    field = draw(st.sampled_from(("useTicks", "debug", "getSlot")))
    return f'(import "eth2" "{field}" (func {function.name} {function.type_use}))'


@st.composite
def _memories(draw: st.DrawFn) -> str:
    minimum = draw(st.integers(1, 3))
    return f"{minimum} {draw(st.sampled_from(('', '3', '4', '65536')))}"


@st.composite
def _references(draw: st.DrawFn, in_table: list[_Function]) -> str:
    """Put functions into the table, a global, and segments that nobody uses."""
    names = " ".join(each.name for each in in_table)
    one = draw(st.sampled_from(in_table)).name
    more = (
        f"(global $held funcref (ref.func {one}))",
        f"(elem $spare func {one} {one})",
        f"(elem $mixed funcref (ref.func {one}) (ref.null func))",
        f"(table $other 2 9 funcref) (elem (table $other) (i32.const 1) func {one})",
    )
    chosen = draw(st.sets(st.sampled_from(more)))
    return " ".join([f"(elem (i32.const 0) {names})", *sorted(chosen)])


@st.composite
def _exports(draw: st.DrawFn, functions: list[_Function]) -> str:
    # Among the names are those that linking would like to use.
    chosen = draw(st.sets(st.sampled_from(("host_memory", "bridge", "start", "also"))))
    named = [(name, draw(st.sampled_from(functions))) for name in ("main", *sorted(chosen))]
    return " ".join(f'(export "{name}" (func {each.name}))' for name, each in named)


@st.composite
def _starts(draw: st.DrawFn, functions: list[_Function]) -> str:
    fitting = [each.name for each in functions if not each.params + each.results]
    return draw(st.sampled_from(["", *(f"(start {name})" for name in fitting)]))


@st.composite
def _segments(draw: st.DrawFn) -> str:
    """Write data, and a function that uses a passive segment, which asks for a data count."""
    passive = """(data $spare "spare") (func (export "copy")
      (memory.init $spare (i32.const 900) (i32.const 1) (i32.const 4)) (data.drop $spare))"""
    rest = ('(data (i32.const 500) "data")', '(@custom "note" "hello")', passive)
    return " ".join(sorted(draw(st.sets(st.sampled_from(rest)))))


@st.composite
def _bodies(
    draw: st.DrawFn, function: _Function, callees: list[_Function], in_table: list[_Function]
) -> str:
    writer = _Writer(draw, function, callees, in_table)
    lines = [writer.write_statement() for _ in range(draw(st.integers(0, 5)))]
    lines += [writer.write(kind, 0) for kind in function.results]
    return f"(func {function.name} {function.type_use} {' '.join(lines)})"


class _Writer:
    """Draws expressions of a type."""

    def __init__(
        self,
        draw: st.DrawFn,
        function: _Function,
        callees: list[_Function],
        in_table: list[_Function],
    ) -> None:
        self._draw = draw
        self._function = function
        self._callees = callees
        self._in_table = in_table

    def write_statement(self) -> str:
        """Draw something that leaves the stack as it was."""
        choice = self._draw(st.sampled_from(("store", "sum", "call", "call", "if", "fail")))
        if choice == "store":
            return f"(i64.store offset=64 {self._write_address()} {self.write('i64', 1)})"
        if choice == "sum":
            return f"(global.set $sum {self.write('i64', 0)})"
        if choice == "if":
            return f"(if {self.write('i32', 1)} (then {self._write_any_call()}))"
        if choice == "fail" and self._draw(_constants) > _SPREAD * 0.9:
            return "unreachable"
        return self._write_any_call()

    def write(self, kind: str, depth: int) -> str:
        """Draw an expression."""
        options = ["constant"]
        locals_ = [place for place, each in enumerate(self._function.params) if each == kind]
        fitting = [each for each in self._callees if each.results == (kind,)]
        if locals_:
            options.append("local")
        if depth < _MAX_DEPTH:
            options += ["add", "load", "special"] + ["call"] * bool(fitting)
        choice = self._draw(st.sampled_from(options))
        if choice == "local":
            return f"(local.get {self._draw(st.sampled_from(locals_))})"
        if choice == "add":
            return f"({kind}.add {self.write(kind, depth + 1)} {self.write(kind, depth + 1)})"
        if choice == "load":
            return f"({kind}.load {self._write_address()})"
        if choice == "call":
            return self._write_call(self._draw(st.sampled_from(fitting)), depth)
        if choice == "special":
            return self._write_special(kind, depth)
        return f"({kind}.const {self._draw(_constants)})"

    def _write_special(self, kind: str, depth: int) -> str:
        if kind == "i32":
            grown = self._draw(st.integers(0, 12))
            options = (f"(memory.grow (i32.const {grown}))", "(memory.size)", "(table.size $table)")
            return self._draw(st.sampled_from(options))
        if kind == "i64":
            return "(global.get $sum)"
        return f"({kind}.convert_i32_s {self.write('i32', depth + 1)})"

    def _write_address(self) -> str:
        return f"(i32.const {self._draw(_constants)})"

    def _write_any_call(self) -> str:
        if bool(self._in_table) and self._draw(st.booleans()):
            place = self._draw(st.integers(0, len(self._in_table) - 1))
            callee = self._in_table[place]
            arguments = self._write_arguments(callee, 1)
            call = f"(call_indirect $table {callee.type_use} {arguments} (i32.const {place}))"
        elif self._callees:
            callee = self._draw(st.sampled_from(self._callees))
            call = self._write_call(callee, 1)
        else:
            return "nop"
        return call + " drop" * len(callee.results)

    def _write_call(self, callee: _Function, depth: int) -> str:
        return f"(call {callee.name} {self._write_arguments(callee, depth)})"

    def _write_arguments(self, callee: _Function, depth: int) -> str:
        return " ".join(self.write(kind, depth + 1) for kind in callee.params)
