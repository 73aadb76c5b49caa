"""The modules that adversaries send: one builder per kind, exact in size, the same every time.

A module is filled with ordinary functions, and where the format leaves a choice it breaks its
rule in the last of them, so that whoever validates it has done all the work by then.

Kinds that no profile accepts:

- ``malformed``: the last section ends in the middle of a field;
- ``unknown-import``: imports a host function that does not exist;
- ``missing-export``: does not export ``main``;
- ``oversized``: one byte more than ``max_code_bytes`` allows, and otherwise valid.

Kinds that ``scout`` accepts and ``strict`` refuses:

- ``float-code``: a float constant in the last function;
- ``start-function``: a start function, which does nothing;
- ``profile-split``: a third export, harmless to every engine;
- ``engine-split``: a sign extension instruction. Every engine of today runs it, an interpreter
  of exactly WebAssembly 1.0 (fizzy is one) refuses the module. Where nobody validates, nodes
  with different engines disagree about the block that calls it.

Kinds that both accept, unless ``count`` is over a limit:

- ``many-locals``, ``deep-nesting``, ``huge-br-table``, ``many-functions``: compile bombs;
- ``always-traps``: its ``main`` is one ``unreachable``.

Source:
    Ours; the rules are those of PROTOCOL 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from chain.wasm import CONTRACT_LIMITS
from simulator.actors.attackers.binary import (
    FUNCTION_KIND,
    MEMORY_KIND,
    NO_VALUES,
    TAKES_I32,
    Sketch,
    build_module,
    count_body_bytes,
    encode_body,
    encode_export,
    encode_import,
    encode_u32,
)
from simulator.scenario.adversaries import AttackKind

DEFAULT_ATTACK_BYTES: Final = 8_192

_SAVE: Final = encode_import("eth2", "savePostStateRoot", TAKES_I32)
_MAIN_INDEX: Final = 1
_MEMORY_EXPORT: Final = encode_export("memory", MEMORY_KIND, 0)
_MAIN_EXPORT: Final = encode_export("main", FUNCTION_KIND, _MAIN_INDEX)

_SAVE_ZEROS: Final = encode_body(b"\x41\x00\x10\x00")
"""``i32.const 0, call 0``: a ``main`` that returns, and leaves zeros as its state."""
_UNREACHABLE: Final = encode_body(b"\x00")
_FLOAT: Final = encode_body(b"\x44" + bytes(8) + b"\x1a")
"""``f64.const 0, drop``."""
_SIGN_EXTENSION: Final = encode_body(b"\x41\x00\xc0\x1a")
"""``i32.const 0, i32.extend8_s, drop``."""
_NOTHING: Final = encode_body(b"")
_ORDINARY: Final = encode_body(b"\x20\x00\x41\x07\x6a\x21\x00" * 36, locals_count=1)
"""``local.set 0 (i32.add (local.get 0) (i32.const 7))``, time and again: 259 bytes."""
_LOOPS: Final = 16
_LOOPS_AND_BRANCHES: Final = b"\x03\x40\x41\x00\x0d\x00" * _LOOPS + b"\x0b" * _LOOPS
"""Nested loops, each left or repeated: a compiler carries every local through all of them."""
_CUT_OFF_DATA: Final = b"\x01\x00\x41\x00\x0b\x05cut"
"""A data segment of five bytes, and the file ends behind the third."""

_PLAIN: Final = Sketch(
    imports=(_SAVE,), exports=(_MEMORY_EXPORT, _MAIN_EXPORT), bodies=(_SAVE_ZEROS,)
)


@dataclass(frozen=True, slots=True)
class _Design:
    """A module before it is brought to its size.

    Attributes:
        sketch: What it needs.
        filler: Body that is repeated for as long as there is room.
        last: Body of the last function, if it matters.
        most: How many functions of the filler at most.
    """

    sketch: Sketch = _PLAIN
    filler: bytes = _ORDINARY
    last: bytes | None = None
    most: int = CONTRACT_LIMITS.max_functions // 2


def build_attack(kind: AttackKind, size_bytes: int, number: int, count: int | None = None) -> bytes:
    """Return the code of an attack.

    Args:
        kind: Any kind but ``budget``.
        size_bytes: Exact size of the module.
        number: Makes modules that are otherwise equal differ.
        count: Of a bomb: locals, blocks, branch targets or functions; by default as many as
            the strict profile allows and the size holds.

    Raises:
        ValueError: The size does not hold the module.

    Source:
        Ours: see the module's docstring.
    """
    return _fill(_DESIGNS[kind](size_bytes, count), kind, size_bytes, number)


def build_good(size_bytes: int, number: int) -> bytes:
    """Return a script that breaks no rule and returns, filled with ordinary functions.

    Args:
        size_bytes: Exact size of the module.
        number: Makes modules that are otherwise equal differ.

    Raises:
        ValueError: The size does not hold the module.

    Source:
        Ours: what an adversary sends to look like everybody else.
    """
    return _fill(_Design(), "a good script", size_bytes, number)


def _fill(design: _Design, name: str, size_bytes: int, number: int) -> bytes:
    """Bring a module to its size."""
    last = () if design.last is None else (design.last,)
    sketch = replace(design.sketch, bodies=(*design.sketch.bodies, *last))
    room = size_bytes - len(build_module(sketch, number))
    if room < 0:
        raise ValueError(f"{name} takes {size_bytes - room} bytes")
    fillers = min(room // count_body_bytes(design.filler), design.most)
    bodies = (*design.sketch.bodies, *[design.filler] * fillers, *last)
    padding = room - fillers * count_body_bytes(design.filler)
    return build_module(replace(sketch, bodies=bodies), number, padding)


def compute_least_bytes(kind: AttackKind, count: int | None = None) -> int:
    """Return the size of the smallest module of a kind.

    Source:
        Ours.
    """
    design = _DESIGNS[kind](0, count)
    last = () if design.last is None else (design.last,)
    return len(build_module(replace(design.sketch, bodies=(*design.sketch.bodies, *last)), 0))


def _design_locals(_size_bytes: int, count: int | None) -> _Design:
    wanted = CONTRACT_LIMITS.max_locals if count is None else count
    bomb = encode_body(_LOOPS_AND_BRANCHES, locals_count=wanted)
    return _Design(filler=bomb, last=bomb)


def _design_nesting(size_bytes: int, count: int | None) -> _Design:
    bytes_each = len(b"\x02\x40\x0b")
    depth = _fit(size_bytes, bytes_each, CONTRACT_LIMITS.max_nesting_depth, count)
    bomb = encode_body(b"\x02\x40" * depth + b"\x0b" * depth)
    return _Design(filler=bomb, last=bomb)


def _design_branches(size_bytes: int, count: int | None) -> _Design:
    targets = _fit(size_bytes, 1, CONTRACT_LIMITS.max_branch_targets, count)
    table = b"\x0e" + encode_u32(targets) + bytes(targets + 1)
    bomb = encode_body(b"\x02\x40\x41\x00" + table + b"\x0b")
    return _Design(filler=bomb, last=bomb)


def _design_functions(_size_bytes: int, count: int | None) -> _Design:
    most_beside_import_and_main = CONTRACT_LIMITS.max_functions - 2
    if count is None:
        return _Design(filler=_NOTHING, most=most_beside_import_and_main)
    bodies = (_SAVE_ZEROS, *[_NOTHING] * max(0, count - 2))
    return _Design(replace(_PLAIN, bodies=bodies), filler=_NOTHING, most=0)


def _fit(size_bytes: int, bytes_each: int, most: int, count: int | None) -> int:
    """Return how many of a thing to put into one function."""
    if count is not None:
        return count
    room = size_bytes - len(build_module(_PLAIN, 0)) - _BODY_OVERHEAD_BYTES
    return max(1, min(most, room // bytes_each))


_BODY_OVERHEAD_BYTES: Final = 24
"""More than a body takes beside what is repeated in it."""


def _always(design: _Design) -> Callable[[int, int | None], _Design]:
    def build(_size_bytes: int, _count: int | None) -> _Design:
        return design

    return build


_DESIGNS: Final[Mapping[AttackKind, Callable[[int, int | None], _Design]]] = {
    AttackKind.MALFORMED: _always(_Design(replace(_PLAIN, data=_CUT_OFF_DATA))),
    AttackKind.FLOAT_CODE: _always(_Design(last=_FLOAT)),
    AttackKind.UNKNOWN_IMPORT: _always(
        _Design(replace(_PLAIN, imports=(_SAVE, encode_import("eth2", "readClock", NO_VALUES))))
    ),
    AttackKind.MISSING_EXPORT: _always(_Design(replace(_PLAIN, exports=(_MEMORY_EXPORT,)))),
    AttackKind.START_FUNCTION: _always(
        _Design(
            replace(_PLAIN, bodies=(_SAVE_ZEROS, _NOTHING), start=_MAIN_INDEX + 1), last=_NOTHING
        )
    ),
    AttackKind.OVERSIZED: _always(_Design()),
    AttackKind.MANY_LOCALS: _design_locals,
    AttackKind.DEEP_NESTING: _design_nesting,
    AttackKind.HUGE_BR_TABLE: _design_branches,
    AttackKind.MANY_FUNCTIONS: _design_functions,
    AttackKind.ALWAYS_TRAPS: _always(_Design(replace(_PLAIN, bodies=(_UNREACHABLE,)))),
    AttackKind.PROFILE_SPLIT: _always(
        _Design(
            replace(
                _PLAIN,
                exports=(*_PLAIN.exports, encode_export("version", FUNCTION_KIND, _MAIN_INDEX)),
            )
        )
    ),
    AttackKind.ENGINE_SPLIT: _always(_Design(last=_SIGN_EXTENSION)),
}
