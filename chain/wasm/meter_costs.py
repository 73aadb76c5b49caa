"""What each instruction costs under injected metering, and which end a basic block.

Source:
    Ours: ewasm's sentinel, for the classes; the prices are the config's.
"""

import re
from collections.abc import Mapping
from typing import Final

from chain.config import TickCosts
from chain.wasm.features import Feature
from chain.wasm.opcodes import OPCODES, PREFIXED, Opcode

_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("unreachable", "nop", "block", "loop", "else", "end", "return", "drop"), "control"
    ),
    **dict.fromkeys(("if", "br", "br_if", "br_table"), "branch"),
    **dict.fromkeys(("call", "call_indirect"), "call"),
    **dict.fromkeys(("select", "select_typed"), "numeric"),
    **dict.fromkeys(("memory.size", "data.drop"), "memory"),
    **dict.fromkeys(("table.get", "table.set", "table.size", "elem.drop"), "reference"),
    **dict.fromkeys(("memory.grow", "memory.copy", "memory.fill", "memory.init"), "bulk"),
    **dict.fromkeys(("table.grow", "table.copy", "table.fill", "table.init"), "bulk"),
}
"""The class of every instruction whose name does not tell."""

_PATTERNS: Final = (
    ("variable", re.compile(r"(local|global)\.")),
    ("reference", re.compile(r"ref\.")),
    ("memory", re.compile(r".*\.(load|store)")),
    ("constant", re.compile(r".*\.const$")),
    ("floating", re.compile(r".*f(32|64)")),
    ("division", re.compile(r".*\.(div|rem)_[su]$")),
)
"""The classes that names tell, the first that fits; the rest is ``numeric``."""

BLOCK_ENDS: Final = frozenset(
    {"loop", "if", "else", "end", "br", "br_if", "br_table", "return", "unreachable"}
)
"""Behind these a new basic block begins: control may arrive there, or may not.

Not among them: ``block``, which only names its end, and calls, which come back or end the
execution, so that whoever pays in front of them gets what it paid for.
"""

NEVER_PASSED: Final = frozenset({"br", "br_table", "return", "unreachable"})
"""What stands behind these, up to the next else or end, is never reached."""


def get_cost_class(opcode: Opcode) -> str:
    """Return the field of ``TickCosts`` that prices an instruction.

    Source:
        Ours: see ``TickCosts``.
    """
    if opcode.name in _CLASSES:
        return _CLASSES[opcode.name]
    if opcode.feature is Feature.SIMD:
        return "vector"
    fitting = (name for name, pattern in _PATTERNS if pattern.match(opcode.name))
    return next(fitting, "numeric")


def build_prices(costs: TickCosts) -> Mapping[str, int]:
    """Return the price of every instruction by name, whatever its operands are.

    Source:
        Ours: see ``TickCosts``.
    """
    tables = (OPCODES, *(numbered.values() for numbered in PREFIXED.values()))
    return {
        opcode.name: getattr(costs, get_cost_class(opcode)) for table in tables for opcode in table
    }
