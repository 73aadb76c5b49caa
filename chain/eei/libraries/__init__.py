"""The system libraries as wasm, to be linked into scripts: what the native handlers do, inside.

``libraries.wasm`` is built by ``build.sh`` from the Rust beside it, and committed. Its functions
take pointers into the script's memory, which they reach through helpers imported from the
module ``script``:

- ``pages() -> i32``: size of the script's memory;
- ``read(to_library, from_script, length)`` and ``write(to_script, from_library, length)``: copies
  between the two memories, ranges already judged;
- ``fail(fault)``: ends the script, never returns; ``FAULT_CODES`` says with which code.

Source:
    PROTOCOL 5 (system libraries; native or wasm is its open question).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from chain.config import PrimeField
from chain.eei.fields import BASE_FIELDS
from chain.wasm.link_plan import Library, decode_library

FAULT_CODES: Final[Mapping[int, str]] = {
    1: "memory_out_of_bounds",
    2: "bignum_overflow",
    3: "division_by_zero",
    4: "merkleize_limit",
}
"""What the numbers mean that a library hands to ``fail``: codes of ``ScriptFault``."""

_FIXED: Final = (
    "bignum.add256",
    "bignum.sub256",
    "bignum.mul256",
    "bignum.div256",
    "bignum.mulMod",
    "hash.keccak256",
    "hash.sha256",
    "ssz.merkleize",
)
_IN_FIELD: Final = tuple(
    f"bignum.{prefix}_{name}"
    for prefix in ("f1m", "frm")
    for name in ("mul", "add", "sub", "square", "toMontgomery", "fromMontgomery")
)
_INTEGERS: Final = tuple(f"bignum.int_{name}" for name in ("add", "sub", "mul", "div"))

LIBRARY_LABELS: Final = frozenset((*_FIXED, *_IN_FIELD, *_INTEGERS))
"""Labels of the host functions that exist as wasm too; ``bls.verify`` does not."""


@cache
def get_libraries() -> Library:
    """Return the module, decoded.

    Source:
        Ours.
    """
    return decode_library((files(__name__) / "libraries.wasm").read_bytes())


def compute_export_name(label: str, prime_field: PrimeField) -> str:
    """Return the name under which the module exports a host function.

    Args:
        label: ``module.name`` of the host function, one of ``LIBRARY_LABELS``.
        prime_field: The run's field, of which there is a function each.

    Raises:
        KeyError: There is no such function.

    Source:
        Ours.
    """
    if label not in LIBRARY_LABELS:
        raise KeyError(label)
    name = label.partition(".")[2]
    if label in _IN_FIELD:
        return f"{name}_{prime_field.replace('-', '_')}"
    if label in _INTEGERS:
        return f"{name}_{BASE_FIELDS[prime_field].size_bytes}"
    return name
