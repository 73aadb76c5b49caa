"""Where two engines may make other bits of a float, and where pywasm makes wrong ones.

Source:
    The WebAssembly specification: a NaN that an instruction makes may have any sign, and any
    payload where an operand has one; rounding keeps the sign of zero; ``abs``, ``neg``,
    ``copysign``, ``pmin`` and ``pmax`` hand on the bits of NaNs.
"""

import math
import struct
from collections.abc import Iterator
from typing import Final

from tests.trust.random_wasm.spec import FD, FLOAT_LANES, Plain

OPEN_BITS: Final = (
    "both come to a NaN, whose sign and payload the specification leaves open; ours has the "
    "canonical one"
)
LOST_SIGN: Final = (
    "pywasm makes 0 of a negative zero when it rounds; by the specification, and here, it is -0"
)
QUIET: Final = (
    "pywasm makes a signalling NaN quiet where the specification hands on its bits, as ours does"
)
WRONG_ZERO: Final = (
    "pywasm takes either zero for the smaller or greater one; by the specification, and here, -0 "
    "is below 0"
)

_SMALLER: Final = frozenset({(0, 0x96), (0, 0xA4), (FD, 232), (FD, 244)})
_GREATER: Final = frozenset({(0, 0x97), (0, 0xA5), (FD, 233), (FD, 245)})
_ROUNDING: Final = frozenset(
    {
        *((0, code) for code in (*range(0x8D, 0x91), *range(0x9B, 0x9F))),
        *((FD, code) for code in (*range(103, 107), 116, 117, 122, 148)),
    }
)
"""ceil, floor, trunc and nearest."""

_HANDING_ON: Final = frozenset((FD, code) for code in (224, 225, 234, 235, 236, 237, 246, 247))
"""abs, neg, pmin and pmax of vectors; those of single floats agree."""

_DOUBLE_LANES: Final = frozenset({95, 116, 117, 122, 148, *range(236, 248)})
_QUIET_BITS: Final = {"f": 1 << 22, "d": 1 << 51}


def explain_floats(row: Plain, ours: bytes, theirs: bytes) -> str | None:
    """Return why two results differ, None if there is no reason for all of it.

    Args:
        row: The instruction.
        ours: What it came to, in the first bytes.
        theirs: The same of pywasm.
    """
    form = _choose_form(row)
    if form is None:
        return None
    reasons = {_explain_lane(row, form, *lanes) for lanes in _list_lanes(form, ours, theirs)}
    if None in reasons:
        return None
    return min(reason for reason in reasons if reason is not None)


def _choose_form(row: Plain) -> str | None:
    """Return the letter of the float that an instruction makes."""
    if row.results in ("f", "d"):
        return row.results
    if row.prefix == FD and row.number in FLOAT_LANES:
        return "d" if row.number in _DOUBLE_LANES else "f"
    return None


def _list_lanes(form: str, ours: bytes, theirs: bytes) -> Iterator[tuple[bytes, bytes]]:
    size = struct.calcsize(form)
    for start in range(0, len(ours), size):
        lanes = ours[start : start + size], theirs[start : start + size]
        if lanes[0] != lanes[1]:
            yield lanes


def _explain_lane(row: Plain, form: str, ours: bytes, theirs: bytes) -> str | None:
    [mine], [other] = struct.unpack(f"<{form}", ours), struct.unpack(f"<{form}", theirs)
    code = (row.prefix, row.number)
    if math.isnan(mine) and math.isnan(other):
        if code not in _HANDING_ON:
            return OPEN_BITS
        quiet = int.from_bytes(ours, "little") | _QUIET_BITS[form]
        return QUIET if quiet == int.from_bytes(theirs, "little") else None
    if mine != 0 or other != 0:
        return None
    is_negative = math.copysign(1, mine) < 0
    if code in (_SMALLER if is_negative else _GREATER):
        return WRONG_ZERO
    return LOST_SIGN if is_negative and code in _ROUNDING else None
