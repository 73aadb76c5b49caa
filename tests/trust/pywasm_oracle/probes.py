"""Scripts that try one instruction on chosen operands, and hand out what it comes to."""

import struct
from collections.abc import Sequence
from random import Random
from typing import Final

from tests.trust.random_wasm.encoder import Encoder
from tests.trust.random_wasm.spec import FD, Plain

SLOT_BYTES: Final = 16
PROBES: Final = 24

_DATA_AT: Final = 2_048
_STORES: Final = {
    "i": b"\x36\x00\x00",
    "I": b"\x37\x00\x00",
    "f": b"\x38\x00\x00",
    "d": b"\x39\x00\x00",
    "v": b"\xfd\x0b\x00\x00",
}
_WHOLE: Final = (0, 1, 2, 3, 7, 31, 32, 63, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, -1, -2)
_FLOATS: Final = (0.0, -0.0, 0.5, -0.5, 1.0, 1.5, 2.5, -1.5, -2.5, 1e10, -1e20, 1e-40, 3.4e38)
_ODD_FLOATS: Final = (float("inf"), float("-inf"), float("nan"), 1e300, -4.9e-324)
_HEADER: Final = bytes.fromhex(
    "0061736d01000000"  # magic, version
    "01090260027f7f00600000"  # types: (i32, i32) -> (), () -> ()
    "021c010465746832136578706f73654d6f646966696564537461746500"  # eth2.exposeModifiedState
)


def choose_operands(rng: Random, row: Plain, place: int) -> bytes:
    """Write the operands of an instruction; addresses are those of a slot."""
    code = b""
    for position, letter in enumerate(row.params):
        if row.align >= 0 and position == 0:
            base = _DATA_AT if row.results else 0
            code += _write_i32(base + place * SLOT_BYTES)
        else:
            code += _choose_constant(rng, letter)
    return code


def _choose_constant(rng: Random, letter: str) -> bytes:
    match letter:
        case "i":
            return _write_i32(_choose_whole(rng, 32))
        case "I":
            return b"\x42" + Encoder(rng, 0, padded_share=0).signed(_choose_whole(rng, 64), 64)
        case "f":
            return b"\x43" + _choose_float(rng, "<f")
        case "d":
            return b"\x44" + _choose_float(rng, "<d")
    return bytes([FD, 12]) + _choose_vector(rng)


def _choose_whole(rng: Random, bits: int) -> int:
    chosen = rng.choice(_WHOLE)
    if rng.random() < 0.5:
        chosen = rng.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1)) >> rng.randrange(bits)
    return rng.choice([chosen, -(2 ** (bits - 1))]) if rng.random() < 0.1 else chosen


def _choose_float(rng: Random, form: str) -> bytes:
    chosen = rng.choice((*_FLOATS, *_ODD_FLOATS, rng.uniform(-1e6, 1e6), rng.uniform(-3, 3)))
    if form == "<f" and abs(chosen) > 3.4e38:
        chosen = float("inf")
    return struct.pack(form, chosen)


def _choose_vector(rng: Random) -> bytes:
    match rng.randrange(4):
        case 0:
            return rng.randbytes(16)
        case 1:
            return b"".join(_choose_float(rng, "<f") for _ in range(4))
        case 2:
            return b"".join(_choose_float(rng, "<d") for _ in range(2))
    return bytes(rng.choice([0, 1, 0x7F, 0x80, 0xFF]) for _ in range(16))


def _write_i32(value: int) -> bytes:
    return b"\x41" + Encoder(Random(0), 0, padded_share=0).signed(value, 32)  # noqa: S311 - no chance in it


def write_probe(rng: Random, row: Plain, operands: Sequence[bytes]) -> bytes:
    """Write a script that keeps what an instruction makes of operands, a slot for each."""
    encoder = Encoder(rng, 0, padded_share=0)
    instruction = bytes([row.prefix]) * bool(row.prefix)
    instruction += encoder.u32(row.number) if row.prefix else bytes([row.number])
    if row.align >= 0:
        instruction += bytes([rng.randint(0, row.align), 0])
    body = b"\x00"
    for place, code in enumerate(operands):
        lane = bytes([rng.randrange(row.lanes)]) if row.lanes else b""
        probe = code + instruction + lane
        if row.results:
            probe = _write_i32(place * SLOT_BYTES) + probe + _STORES[row.results]
        body += probe
    body += _write_i32(0) + _write_i32(len(operands) * SLOT_BYTES) + b"\x10\x00\x0b"
    data = rng.randbytes(SLOT_BYTES * len(operands))
    segment = b"\x00" + _write_i32(_DATA_AT) + b"\x0b" + encoder.sized(data)
    return b"".join(
        (
            _HEADER,
            b"\x00",
            b"\x03\x02\x01\x01",
            b"\x05\x03\x01\x00\x01",
            b"\x07\x11\x02\x04main\x00\x01\x06memory\x02\x00",
            b"\x0a" + encoder.sized(b"\x01" + encoder.sized(body)),
            b"\x0b" + encoder.sized(b"\x01" + segment),
        )
    )
