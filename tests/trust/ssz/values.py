"""Values of declared containers, drawn near boundaries, and damage done to their encodings.

A value is plain: an int, bytes, a list, a tuple of bits, or a dict by field.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from remerkleable.basic import uint64
from remerkleable.bitfields import Bitlist
from remerkleable.byte_arrays import ByteList, ByteVector
from remerkleable.complex import Container, List, Vector

from tests.trust.ssz.declared import Declared

Plain = Any
Kind = Any
"""An SSZ type of ours, as py-ssz knows it."""

_SMALL_ROOM: Final = 24
_LARGE_ROOM: Final = 1030
_LARGE_ONE_IN: Final = 80
_CHUNK_BYTES: Final = 32
_SHORT_LIMIT: Final = 4096
_MOST_ELEMENTS: Final = 1024
_OFFSET_BYTES: Final = 4


class Draw:
    """Draws values of one size class."""

    def __init__(self, rng: Random, *, too_long: bool = False) -> None:
        """Take the chance.

        Args:
            rng: Chance.
            too_long: Whether a list with a small limit may get one element too many.
        """
        self._rng = rng
        self._too_long = too_long
        self.is_too_long = False

    def draw(self, declared: Declared) -> Plain:
        """Draw a value of a type."""
        is_large = self._rng.randrange(_LARGE_ONE_IN) == 0
        return self._draw(declared, _LARGE_ROOM if is_large else _SMALL_ROOM)

    def _draw(self, declared: Declared, room: int) -> Plain:
        if issubclass(declared, uint64):
            return self._draw_number()
        if issubclass(declared, ByteVector):
            return self._draw_bytes(declared.type_byte_length())
        if issubclass(declared, ByteList):
            return self._draw_bytes(self._draw_length(declared.limit(), _CHUNK_BYTES * room))
        if issubclass(declared, Bitlist):
            length = self._draw_length(declared.limit(), 8 * _CHUNK_BYTES * room)
            return tuple(self._rng.random() < 1 / 2 for _ in range(length))
        if issubclass(declared, Container):
            fields = declared.fields()
            sharing = sum(not kind.is_fixed_byte_length() for kind in fields.values())
            room //= max(1, sharing)
            return {name: self._draw(kind, room) for name, kind in fields.items()}
        if issubclass(declared, Vector):
            length = declared.vector_length()
        else:
            length = self._draw_length(declared.limit(), room, _MOST_ELEMENTS)
        return [self._draw(declared.element_cls(), room // length) for _ in range(length)]

    def _draw_number(self) -> int:
        rng = self._rng
        match rng.randrange(4):
            case 0:
                return rng.choice([0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
            case 1:
                return rng.getrandbits(rng.randint(1, 64))
            case _:
                return rng.getrandbits(64)

    def _draw_bytes(self, length: int) -> bytes:
        rng = self._rng
        match rng.randrange(8):
            case 0:
                return bytes(length)
            case 1:
                return b"\xff" * length
            case _:
                return rng.randbytes(length)

    def _draw_length(self, limit: int, room: int, short: int = _SHORT_LIMIT) -> int:
        rng, most = self._rng, max(1, min(limit, room))
        if self._too_long and limit <= short and rng.random() < 1 / 2:
            self.is_too_long = True
            return limit + 1
        match rng.randrange(6):
            case 0:
                return 0
            case 1:
                return 1
            case 2:
                return most
            case 3:
                near = (1 << rng.randrange(most.bit_length())) + rng.randint(-1, 1)
                return min(near, most)
            case _:
                return rng.randint(0, min(most, 5))


def build_theirs(declared: Declared, plain: Plain) -> Any:  # noqa: ANN401 - of remerkleable
    """Make remerkleable's value."""
    if issubclass(declared, Container):
        fields = declared.fields().items()
        return declared(**{name: build_theirs(kind, plain[name]) for name, kind in fields})
    if issubclass(declared, List | Vector):
        element = declared.element_cls()
        return declared(*[build_theirs(element, each) for each in plain])
    return declared(*plain) if issubclass(declared, Bitlist) else declared(plain)


def encode_plainly(declared: Declared, plain: Plain) -> bytes:
    """Encode a value as the specification says, without a look at any limit."""
    if issubclass(declared, uint64):
        return int(plain).to_bytes(8, "little")
    if issubclass(declared, ByteVector | ByteList):
        return bytes(plain)
    if issubclass(declared, Bitlist):
        bits = sum(int(bit) << position for position, bit in enumerate((*plain, True)))
        return bits.to_bytes(len(plain) // 8 + 1, "little")
    if issubclass(declared, Container):
        fields = declared.fields().items()
        return _join([(kind, plain[name]) for name, kind in fields])
    return _join([(declared.element_cls(), each) for each in plain])


def _join(parts: Sequence[tuple[Declared, Plain]]) -> bytes:
    encoded = [(kind.is_fixed_byte_length(), encode_plainly(kind, plain)) for kind, plain in parts]
    offset = sum(len(data) if is_fixed else _OFFSET_BYTES for is_fixed, data in encoded)
    front, back = bytearray(), bytearray()
    for is_fixed, data in encoded:
        front += data if is_fixed else (offset + len(back)).to_bytes(_OFFSET_BYTES, "little")
        back += b"" if is_fixed else data
    return bytes(front + back)


def damage(rng: Random, data: bytes) -> bytes:
    """Return an encoding that is most often none any more."""
    return rng.choice(_DAMAGES)(rng, data)


def _flip_bits(rng: Random, data: bytes) -> bytes:
    flipped = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def _truncate(rng: Random, data: bytes) -> bytes:
    return data[: max(0, len(data) - rng.choice([1, 4, 32, rng.randint(1, len(data))]))]


def _extend(rng: Random, data: bytes) -> bytes:
    size_bytes = rng.choice([1, 4, 8, 32, 48])
    return data + rng.choice([bytes(size_bytes), rng.randbytes(size_bytes)])


def _move_offset(rng: Random, data: bytes) -> bytes:
    """Write another offset where one may be, near what a reader expects."""
    at = 4 * rng.randrange(max(1, len(data) // 4))
    old = int.from_bytes(data[at : at + 4], "little")
    new = rng.choice([old + 1, old - 1, old + 4, old - 4, 0, len(data), len(data) + 1, 2**32 - 1])
    return data[:at] + (new % 2**32).to_bytes(4, "little") + data[at + 4 :]


def _insert(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.randbytes(rng.choice([1, 4, 8, 32])) + data[at:]


def _cut_out(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + data[at + rng.choice([1, 4, 8, 32]) :]


def _open_gap(rng: Random, data: bytes) -> bytes:
    """Raise every word that may be an offset, and move what is behind them: a gap in front."""
    words = [(at, int.from_bytes(data[at : at + 4], "little")) for at in range(0, len(data) - 3, 4)]
    offsets = [(at, word) for at, word in words if at < word <= len(data)]
    if not offsets:
        return data[:-1]
    first = min(word for _, word in offsets)
    moved = bytearray(data)
    width = rng.choice([1, 4, 32])
    for at, word in offsets:
        if at < first:
            moved[at : at + 4] = (word + width).to_bytes(4, "little")
    return bytes(moved[:first]) + rng.randbytes(width) + bytes(moved[first:])


_DAMAGES: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    _flip_bits,
    _truncate,
    _extend,
    _move_offset,
    _insert,
    _cut_out,
    _open_gap,
)
