"""The short way between values and bytes, for the kinds that the protocol is made of.

py-ssz reads through streams and asks every kind again for its size. Here each kind's reader and
writer are put together once, and read a container's fixed part in one go. A reader takes the
canonical encoding and nothing else: what it refuses is for py-ssz to judge, whose word on bad
bytes stays the only one.

Source:
    SSZ serialization; ours for speed: decoding was a quarter of a shard block.
"""

import struct
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from ssz.sedes import Bitlist, ByteVector, UInt
from ssz.sedes.base import BaseSedes

from chain.encoding.byte_strings import Bytes

Kind = BaseSedes[Any, Any]
Reader = Callable[[bytes], Any]
"""Takes bytes, returns the value of which they are the encoding; ``ValueError`` if of none."""

Writer = Callable[[Any], bytes]
"""Takes a value that was checked when it was made, returns its encoding."""

_OFFSET: Final = struct.Struct("<I")
_UINT_FORMATS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}


def get_reader(kind: Kind) -> Reader:
    """Return what reads a kind's values."""
    if isinstance(kind, Bitlist):
        return _build_bitlist_reader(kind.max_bit_count)
    if isinstance(kind, Bytes):
        return kind.deserialize
    found: Reader | None = getattr(kind, "read_plain", None)
    return kind.deserialize if found is None else found


def get_writer(kind: Kind) -> Writer:
    """Return what writes a kind's values."""
    found: Writer | None = getattr(kind, "write_plain", None)
    return kind.serialize if found is None else found


def _build_bitlist_reader(limit: int) -> Reader:
    def read(data: bytes) -> tuple[bool, ...]:
        if not data or not data[-1] or 8 * (len(data) - 1) + data[-1].bit_length() - 1 > limit:
            raise ValueError("not a list of bits")
        digits = bin(int.from_bytes(data, "little"))
        # Past "0b" and the bit that marks the end; the last digit is the first bit.
        return tuple(digit == "1" for digit in digits[:2:-1])

    return read


class PlainFields:
    """Reads and writes the fields of one container."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        """Look at every field's kind once."""
        self._fixed = struct.Struct("<" + "".join(map(_get_format, kinds)))
        self._is_fixed_sized = all(kind.is_fixed_sized for kind in kinds)
        self._nested = [
            (position, get_reader(kind), get_writer(kind))
            for position, kind in enumerate(kinds)
            if kind.is_fixed_sized and not isinstance(kind, UInt | ByteVector)
        ]
        self._variable = [
            (position, get_reader(kind), get_writer(kind))
            for position, kind in enumerate(kinds)
            if not kind.is_fixed_sized
        ]

    def read(self, data: bytes) -> list[Any]:
        """Return the fields' values.

        Raises:
            ValueError: Not the canonical encoding of such fields.
        """
        size = self._fixed.size
        if len(data) < size or (self._is_fixed_sized and len(data) > size):
            raise ValueError("wrong size")
        values = list(self._fixed.unpack_from(data))
        for position, read, _ in self._nested:
            values[position] = read(values[position])
        if not self._is_fixed_sized:
            parts = split_parts(data, [values[position] for position, _, _ in self._variable], size)
            for (position, read, _), part in zip(self._variable, parts, strict=True):
                values[position] = read(part)
        return values

    def write(self, values: Sequence[Any]) -> bytes:
        """Return the encoding of fields that were checked when their container was made."""
        written = list(values)
        for position, _, write in self._nested:
            written[position] = write(written[position])
        parts = []
        offset = self._fixed.size
        for position, _, write in self._variable:
            part = write(written[position])
            parts.append(part)
            written[position] = offset
            offset += len(part)
        return b"".join((self._fixed.pack(*written), *parts))


def _get_format(kind: Kind) -> str:
    if isinstance(kind, UInt):
        return _UINT_FORMATS[kind.size]
    return f"{kind.get_fixed_size()}s" if kind.is_fixed_sized else "I"


def split_parts(data: bytes, offsets: Sequence[int], first: int) -> list[bytes]:
    """Cut the parts that vary in size, which follow each other without gaps.

    Args:
        data: The whole encoding.
        offsets: Where each part begins, at least one.
        first: Where the first has to begin.

    Raises:
        ValueError: The offsets are not those that an encoder writes.
    """
    bounds = (*offsets, len(data))
    if bounds[0] != first or any(start > stop for start, stop in pairwise(bounds)):
        raise ValueError("not the offsets of an encoder")
    return [data[start:stop] for start, stop in pairwise(bounds)]


def read_elements(kind: Kind, data: bytes, limit: int) -> list[Any]:
    """Return the elements of a list or a vector.

    Args:
        kind: Of the elements.
        data: The encoding.
        limit: Most elements.

    Raises:
        ValueError: Not the canonical encoding of such elements.
    """
    read = get_reader(kind)
    if not kind.is_fixed_sized:
        parts = _split_elements(data, limit)
        return [read(part) for part in parts]
    size = kind.get_fixed_size()
    if len(data) % size or len(data) > size * limit:
        raise ValueError("not that many elements")
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return pieces if isinstance(kind, ByteVector) else [read(piece) for piece in pieces]


def _split_elements(data: bytes, limit: int) -> list[bytes]:
    if not data:
        return []
    if len(data) < _OFFSET.size:
        raise ValueError("no offset")
    (first,) = _OFFSET.unpack_from(data)
    count, rest = divmod(first, _OFFSET.size)
    if rest or not 0 < count <= limit or first > len(data):
        raise ValueError("not the offsets of an encoder")
    return split_parts(data, struct.unpack_from(f"<{count}I", data), first)


def write_elements(kind: Kind, values: Sequence[Any]) -> bytes:
    """Return the encoding of a list or a vector whose elements were checked before."""
    parts = list(map(get_writer(kind), values))
    if kind.is_fixed_sized:
        return b"".join(parts)
    sizes = map(len, parts[:-1])
    offsets = accumulate(sizes, initial=_OFFSET.size * len(parts)) if parts else ()
    return b"".join((*map(_OFFSET.pack, offsets), *parts))
