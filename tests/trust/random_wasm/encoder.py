"""Bytes of the binary format, with slips: a share of what is written is wrong on purpose."""

from collections.abc import Sequence
from random import Random
from typing import Final

from tests.trust.random_wasm.spec import TYPE_CODES

_PADDED_SHARE: Final = 0.04
_U32_BYTES: Final = 5
_TYPES: Final = "iIfdvrx"
_FOREIGN_TYPES: Final = (0x40, 0x60, 0x61, 0x63, 0x64, 0x68, 0x6A, 0x6E, 0x71, 0x73, 0x78, 0x7A)


class Encoder:
    """Writes numbers, names and types as one module needs them.

    Attributes:
        rng: Decides.
    """

    def __init__(
        self, rng: Random, slip_share: float, *, padded_share: float = _PADDED_SHARE
    ) -> None:
        self.rng = rng
        self._slip_share = slip_share
        self._padded_share = padded_share

    def slip(self) -> bool:
        """Decide whether to make a mistake here."""
        return self.rng.random() < self._slip_share

    def chance(self, share: float) -> bool:
        """Decide with some probability."""
        return self.rng.random() < share

    def u32(self, value: int) -> bytes:
        """Encode a number, now and then in more bytes than it needs."""
        if self.slip():
            return self.rng.choice(
                [
                    b"\x80\x80\x80\x80\x80\x00",  # too long
                    b"\x80\x80\x80\x80\x10",  # bits beyond 32
                    b"\xff\xff\xff\xff\x0f",
                    _encode_unsigned(value + 1),
                    _encode_unsigned(max(0, value - 1)),
                    bytes([self.rng.randrange(256)]),
                    b"",
                ]
            )
        encoded = _encode_unsigned(value)
        if self.chance(self._padded_share):
            width = self.rng.randint(len(encoded), _U32_BYTES)
            encoded = _pad(encoded, width, 0x80, 0x00)
        return encoded

    def signed(self, value: int, bits: int) -> bytes:
        """Encode a signed number of a width."""
        if self.slip():
            longest = -(-bits // 7)
            return self.rng.choice(
                [
                    b"\x80" * longest + b"\x00",
                    b"\x80" * (longest - 1) + b"\x40",
                    b"\xff" * (longest - 1) + b"\x0f",
                    b"",
                ]
            )
        encoded = _encode_signed(value)
        if self.chance(self._padded_share):
            width = self.rng.randint(len(encoded), -(-bits // 7))
            filler = (0x80, 0x00) if value >= 0 else (0xFF, 0x7F)
            encoded = _pad(encoded, width, *filler)
        return encoded

    def vector(self, entries: Sequence[bytes]) -> bytes:
        """Put a count in front of entries."""
        return self.u32(len(entries)) + b"".join(entries)

    def sized(self, payload: bytes) -> bytes:
        """Put a size in front of bytes."""
        return self.u32(len(payload)) + payload

    def name(self, text: str) -> bytes:
        """Encode a name."""
        data = text.encode()
        if self.slip():
            data += self.rng.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
        return self.sized(data)

    def type(self, letter: str) -> bytes:
        """Encode the type of a value."""
        if self.slip():
            if self.chance(0.5):
                return bytes([TYPE_CODES[self.rng.choice(_TYPES)]])
            if self.chance(0.5):
                return bytes([self.rng.choice(_FOREIGN_TYPES), *([0x70] * self.chance(0.3))])
            return self.rng.randbytes(1)
        return bytes([TYPE_CODES[letter]])

    def index(self, value: int, count: int) -> bytes:
        """Encode an index of something of which there are so many."""
        if self.slip():
            return _encode_unsigned(self.rng.choice([count, count + 1, 2**32 - 1, 2**31, 127, 128]))
        return self.u32(value)

    def limits(self, minimum: int, maximum: int | None) -> bytes:
        """Encode the size of a table or memory."""
        if self.slip():
            flags = bytes([self.rng.randrange(20)])
            return flags + self.u32(self.rng.choice([minimum, 65_536, 65_537, 2**32 - 1])) + flags
        if maximum is None:
            return b"\x00" + self.u32(minimum)
        return b"\x01" + self.u32(minimum) + self.u32(maximum)

    def byte(self, value: int) -> bytes:
        """Write a byte that has few right values."""
        return self.rng.randbytes(1) if self.slip() else bytes([value])


def _encode_unsigned(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _encode_signed(value: int) -> bytes:
    encoded = bytearray()
    while not -0x40 <= value < 0x40:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value & 0x7F)
    return bytes(encoded)


def _pad(encoded: bytes, width: int, filler: int, last: int) -> bytes:
    if width <= len(encoded):
        return encoded
    middle = bytes([filler]) * (width - len(encoded) - 1)
    return encoded[:-1] + bytes([encoded[-1] | 0x80]) + middle + bytes([last])
