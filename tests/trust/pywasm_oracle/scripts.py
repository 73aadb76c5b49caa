"""Random scripts for two engines: they end by themselves or by their ticks, and show what they did.

The first function keeps what expressions come to in memory, and calls others, which may do
anything. Behind it ``main`` puts all globals into memory, hands out the beginning of memory, and
saves a state from it.
"""

from random import Random
from typing import Final

from tests.trust.pywasm_oracle.host import NAMES, strip_name
from tests.trust.random_wasm.body import Body
from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.layout import Import, Layout, Signature, Taste
from tests.trust.random_wasm.module import ModuleWriter
from tests.trust.random_wasm.plan import FUNCTION, plan_spaces
from tests.trust.script_rules.profile import read_page

SHOWN_BYTES: Final = 8_192

_TYPES: Final = ("i", "iI", "iI", "iIrx", "iIv", "iIv", "iIvrx")
_LETTERS: Final = {"i32": "i", "i64": "I"}
_EXPOSE, _SAVE = 0, 1
_ALWAYS: Final = (("eth2", "exposeModifiedState"), ("eth2", "savePostStateRoot"))
_STORES: Final = {
    "i": (b"\x36", 4),
    "I": (b"\x37", 8),
    "v": (b"\xfd\x0b", 16),
}
_KEPT: Final = 12
_KEPT_FROM: Final = 5_000
_KEPT_BYTES: Final = 16
_KEPT_BUDGET: Final = 16
_NOTHING: Final[Signature] = ("", "")


def write_script(rng: Random) -> bytes:
    """Write a valid module without floats, whose NaNs two engines may make of other bits."""
    encoder = Encoder(rng, 0, padded_share=0)
    types = rng.choice(_TYPES)
    taste = Taste(
        types=types,
        several_values=rng.random() < 0.5,
        references="r" in types,
        bulk=True,
        any_imports=False,
        is_tame=True,
    )
    return _ScriptWriter(encoder, _plan(encoder, Layout(taste))).write()


def _plan(encoder: Encoder, layout: Layout) -> Layout:
    rng = encoder.rng
    offered = sorted(each for each in read_page() if strip_name(*each) in NAMES)
    for module, name in (*_ALWAYS, *rng.sample(offered, rng.randrange(6))):
        layout.imports.append(Import(module, name, FUNCTION, len(layout.types)))
        layout.functions.append(len(layout.types))
        layout.types.append(_choose_signature(rng, read_page()[module, name]))
    layout.imported_functions = len(layout.functions)
    layout.types.append(_NOTHING)
    nothing = len(layout.types) - 1
    for _ in range(rng.randrange(1, 4)):
        taken = "".join(rng.choices(layout.taste.types, k=rng.randrange(3)))
        most = 3 if layout.taste.several_values else 2
        given = "".join(rng.choices(layout.taste.types, k=rng.randrange(most)))
        layout.types.append((taken, given))
    # The first does the work, the last is main.
    between = [rng.randrange(len(layout.types)) for _ in range(rng.randrange(1, 4))]
    layout.functions += [nothing, *between, nothing]
    plan_spaces(encoder, layout)
    return layout


def _choose_signature(
    rng: Random, offered: tuple[tuple[str, ...], tuple[str, ...]] | None
) -> Signature:
    """Return the signature that the page tells, or any where it tells none."""
    params, results = offered or (("i32",) * rng.randrange(3), ())
    return "".join(_LETTERS[each] for each in params), "".join(_LETTERS[each] for each in results)


class _KeepingBody(Body):
    """Keeps the values of expressions in memory, so that a wrong one shows."""

    def write_statements(self, count: int) -> bytes:
        """Write statements, and behind them as many stores of expressions."""
        if len(self.labels) > 1:
            return super().write_statements(count)
        kept = self.rng.randrange(2 * _KEPT)
        stores = b"".join(self._keep(place * _KEPT_BYTES) for place in range(kept))
        return super().write_statements(count) + stores

    def _keep(self, place: int) -> bytes:
        letter = self.rng.choice([each for each in self.layout.taste.types if each in _STORES])
        opcode, _ = _STORES[letter]
        self.budget = _KEPT_BUDGET
        head = b"\x41" + self.encoder.signed(_KEPT_FROM + place, 32)
        return head + self.write(letter, 0) + opcode + bytes(2)


class _ScriptWriter(ModuleWriter):
    """Writes ``main`` itself, and leaves all else to chance."""

    def write_body(self, function: int, budget: int) -> bytes:
        """Write one function."""
        layout = self._layout
        if function == layout.imported_functions:
            return _KeepingBody(self._encoder, layout, function, budget).write_function()
        if function < len(layout.functions) - 1:
            return super().write_body(function, budget)
        work = b"\x10" + self._encoder.u32(layout.imported_functions)
        shown = b"\x41\x00" + b"\x41" + self._encoder.signed(SHOWN_BYTES, 32)
        return b"".join(
            (
                b"\x00",
                work,
                self._store_globals(),
                shown + b"\x10" + self._encoder.u32(_EXPOSE),
                b"\x41\x08\x10" + self._encoder.u32(_SAVE),
                b"\x0b",
            )
        )

    def _store_globals(self) -> bytes:
        code = b""
        place = SHOWN_BYTES
        for index, entry in enumerate(self._layout.globals):
            if entry.type in _STORES:
                opcode, size = _STORES[entry.type]
                place -= size
                code += b"\x41" + self._encoder.signed(place, 32) + b"\x23"
                code += self._encoder.u32(index) + opcode + bytes(2)
        return code
