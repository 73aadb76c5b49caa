"""A cursor over bytes, and the two LEB128 integers.

Source:
    Ours: the WebAssembly 1.0 binary format, which PROTOCOL 6 asks for.
"""

from typing import Final

from chain.errors import InvalidScript

U32_BITS: Final = 32
_CONTINUES: Final = 0x80
_SIGN: Final = 0x40
_PAYLOAD: Final = 0x7F


def build_unexpected_end(end: int) -> InvalidScript:
    """Return the error for a field that runs past ``end``.

    Source:
        Ours: see ``chain.wasm.catalogue``.
    """
    return InvalidScript("unexpected_end", end, "the bytes end in the middle of a field")


def read_unsigned(code: bytes, position: int, end: int, bits: int = U32_BITS) -> tuple[int, int]:
    """Read an unsigned LEB128 integer.

    Args:
        code: The module.
        position: First byte of the integer.
        end: First byte that no longer belongs to it.
        bits: Width of the integer.

    Returns:
        The value, and the position after it.

    Raises:
        InvalidScript: ``unexpected_end``, ``leb_too_long``, ``leb_unused_bits``.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    value, shift, after = _read_groups(code, position, end, bits)
    if shift > bits and value >> bits:
        raise InvalidScript("leb_unused_bits", position, f"exceeds an unsigned {bits}-bit integer")
    return value, after


def read_signed(code: bytes, position: int, end: int, bits: int) -> tuple[int, int]:
    """Read a signed LEB128 integer.

    Args:
        code: The module.
        position: First byte of the integer.
        end: First byte that no longer belongs to it.
        bits: Width of the integer.

    Returns:
        The value, and the position after it.

    Raises:
        InvalidScript: ``unexpected_end``, ``leb_too_long``, ``leb_unused_bits``.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    value, shift, after = _read_groups(code, position, end, bits)
    if code[after - 1] & _SIGN:
        value -= 1 << shift
    # Bits beyond the width must repeat the sign; only then does the value fit.
    if not -1 <= value >> (bits - 1) <= 0:
        raise InvalidScript("leb_unused_bits", position, f"exceeds a signed {bits}-bit integer")
    return value, after


def _read_groups(code: bytes, position: int, end: int, bits: int) -> tuple[int, int, int]:
    """Return the raw value, the bits it was read from, and the position after it."""
    value = shift = 0
    after = position
    while shift < bits:
        if after >= end:
            raise build_unexpected_end(end)
        byte = code[after]
        value |= (byte & _PAYLOAD) << shift
        shift += 7
        after += 1
        if byte < _CONTINUES:
            return value, shift, after
    raise InvalidScript("leb_too_long", position, f"more bytes than {bits} bits can need")


class Reader:
    """A cursor over a range of the module; every read stays inside the range."""

    __slots__ = ("code", "end", "position")

    def __init__(self, code: bytes, position: int, end: int) -> None:
        """Read ``code[position:end]``."""
        self.code = code
        self.position = position
        self.end = end

    def read_byte(self) -> int:
        """Read one byte.

        Raises:
            InvalidScript: ``unexpected_end``.

        Source:
            Ours: a cursor.
        """
        position = self.position
        if position >= self.end:
            raise build_unexpected_end(self.end)
        self.position = position + 1
        return self.code[position]

    def read_u32(self) -> int:
        """Read an unsigned 32-bit LEB128 integer.

        Raises:
            InvalidScript: ``unexpected_end``, ``leb_too_long``, ``leb_unused_bits``.

        Source:
            Ours: the WebAssembly 1.0 binary format.
        """
        position = self.position
        if position < self.end and self.code[position] < _CONTINUES:
            self.position = position + 1
            return self.code[position]
        value, self.position = read_unsigned(self.code, position, self.end)
        return value

    def read_signed(self, bits: int) -> int:
        """Read a signed LEB128 integer of ``bits`` bits.

        Raises:
            InvalidScript: ``unexpected_end``, ``leb_too_long``, ``leb_unused_bits``.

        Source:
            Ours: the WebAssembly 1.0 binary format.
        """
        value, self.position = read_signed(self.code, self.position, self.end, bits)
        return value

    def read_count(self) -> int:
        """Read the length of a vector, and make sure that its entries can be there.

        No entry is empty, so a count above the remaining bytes is wrong before any
        memory is spent on it.

        Raises:
            InvalidScript: ``vector_too_long``, and those of ``read_u32``.

        Source:
            Ours: a hostile count must cost nothing.
        """
        start = self.position
        count = self.read_u32()
        if count > self.end - self.position:
            remaining = self.end - self.position
            detail = f"{count} entries are announced and {remaining} bytes remain"
            raise InvalidScript("vector_too_long", start, detail)
        return count

    def read_bytes(self, size: int) -> bytes:
        """Read ``size`` raw bytes.

        Raises:
            InvalidScript: ``unexpected_end``.

        Source:
            Ours: a cursor.
        """
        span = self.read_span(size)
        return self.code[span.position : span.end]

    def read_span(self, size: int) -> "Reader":
        """Step over ``size`` bytes and return a cursor over them.

        Raises:
            InvalidScript: ``unexpected_end``.

        Source:
            Ours: a cursor.
        """
        start = self.position
        if size > self.end - start:
            raise build_unexpected_end(self.end)
        self.position = start + size
        return Reader(self.code, start, self.position)

    def read_name(self, max_bytes: int) -> str:
        """Read a length-prefixed UTF-8 name.

        Args:
            max_bytes: Longest allowed name, in bytes.

        Raises:
            InvalidScript: ``name_too_long``, ``name_not_utf8``, and those of ``read_u32``.

        Source:
            Ours: the WebAssembly 1.0 binary format.
        """
        at = self.position
        size = self.read_u32()
        if size > max_bytes:
            detail = f"a name of {size} bytes, {max_bytes} are allowed"
            raise InvalidScript("name_too_long", at, detail)
        start = self.position
        try:
            return self.read_bytes(size).decode("utf-8")
        except UnicodeDecodeError as error:
            offset = start + error.start
            raise InvalidScript("name_not_utf8", offset, error.reason) from error
