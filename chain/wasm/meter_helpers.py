"""The functions that rewritten modules bring along, for what depends on an operand.

Both have the type ``(i32) -> (i32)``. A product of size and price is made in 64 bits, in which
it cannot wrap, and charged up to what one call of ``useTicks`` can take.

Source:
    Ours: ewasm's sentinel had one such function, for the growth of memory.
"""

from typing import Final

from chain.wasm.encoding import encode_signed, encode_unsigned, encode_vector

MAX_CHARGE: Final = 2**32 - 1
"""What one call of ``useTicks`` can take."""

_I32, _I64, _NO_VALUE = b"\x7f", b"\x7e", b"\x40"
_IF, _END, _CALL, _SELECT = b"\x04", b"\x0b", b"\x10", b"\x1b"
_LOCAL_GET, _LOCAL_SET, _LOCAL_TEE = b"\x20", b"\x21", b"\x22"
_MEMORY_GROW: Final = b"\x40\x00"
_I32_CONST, _I64_CONST = b"\x41", b"\x42"
_I32_NE, _I64_LT_U, _I64_MUL = b"\x47", b"\x54", b"\x7e"
_I32_WRAP_I64, _I64_EXTEND_I32_U = b"\xa7", b"\xad"

_SIZE, _TICKS, _OLD_SIZE = b"\x00", b"\x01", b"\x02"
"""Locals: the parameter, and two of our own."""

_FAILED: Final = _I32_CONST + encode_signed(-1)


def encode_charge_units(use_ticks: int, cost: int) -> bytes:
    """Encode the body of a function that charges for a size, and returns it.

    Args:
        use_ticks: Function index of ``useTicks``.
        cost: Ticks per unit.

    Source:
        Ours: see the module's docstring.
    """
    declared = _declare(_I64)
    return declared + _encode_charge(use_ticks, cost) + _LOCAL_GET + _SIZE + _END


def encode_grow_memory(use_ticks: int, cost: int) -> bytes:
    """Encode the body of a function that grows memory, and charges if that succeeds.

    Args:
        use_ticks: Function index of ``useTicks``.
        cost: Ticks per page.

    Source:
        Ours: see the module's docstring.
    """
    grow = _LOCAL_GET + _SIZE + _MEMORY_GROW + _LOCAL_TEE + _OLD_SIZE
    charge = _encode_charge(use_ticks, cost)
    charge_if_grown = _FAILED + _I32_NE + _IF + _NO_VALUE + charge + _END
    return _declare(_I64, _I32) + grow + charge_if_grown + _LOCAL_GET + _OLD_SIZE + _END


def _declare(*types: bytes) -> bytes:
    return encode_vector([encode_unsigned(1) + each for each in types])


def _encode_charge(use_ticks: int, cost: int) -> bytes:
    """Encode ``useTicks(min(size * cost, MAX_CHARGE))``."""
    price = _I64_CONST + encode_signed(cost)
    most = _I64_CONST + encode_signed(MAX_CHARGE)
    ticks = _LOCAL_GET + _SIZE + _I64_EXTEND_I32_U + price + _I64_MUL + _LOCAL_SET + _TICKS
    get_ticks = _LOCAL_GET + _TICKS
    bounded = get_ticks + most + get_ticks + most + _I64_LT_U + _SELECT + _I32_WRAP_I64
    return ticks + bounded + _CALL + encode_unsigned(use_ticks)
