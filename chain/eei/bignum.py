"""256-bit big-endian arithmetic.

Source:
    PROTOCOL 5 (``bignum``).
"""

from collections.abc import Callable

from chain.eei.frame import Frame
from chain.eei.interface import Handler, Reply
from chain.errors import ScriptFault

_BYTES = 32
_MODULUS = 2**256


def compute(operation: Callable[[int, int], int]) -> Handler:
    """Make a handler from an operation on two numbers.

    Args:
        operation: Takes and returns numbers below 2**256.

    Source:
        Ours: what the four operations share.
    """

    def handle(_frame: Frame, a: bytes, b: bytes) -> Reply:
        result = operation(int.from_bytes(a, "big"), int.from_bytes(b, "big"))
        return Reply((result.to_bytes(_BYTES, "big"),))

    return handle


def compute_sum(a: int, b: int) -> int:
    """Return ``a + b``.

    Raises:
        ScriptFault: ``bignum_overflow``.
    """
    if a + b >= _MODULUS:
        raise ScriptFault("bignum_overflow", a=a, b=b)
    return a + b


def compute_difference(a: int, b: int) -> int:
    """Return ``a - b``.

    Raises:
        ScriptFault: ``bignum_overflow``: there are no negative numbers.
    """
    if a < b:
        raise ScriptFault("bignum_overflow", a=a, b=b)
    return a - b


def compute_product(a: int, b: int) -> int:
    """Return ``a * b`` modulo 2**256."""
    return a * b % _MODULUS


def compute_quotient(a: int, b: int) -> int:
    """Return ``a // b``.

    Raises:
        ScriptFault: ``division_by_zero``.
    """
    if b == 0:
        raise ScriptFault("division_by_zero", a=a)
    return a // b


def mul_mod(_frame: Frame, a: bytes, b: bytes, m: bytes) -> Reply:
    """Return ``a * b % m``, the product not truncated.

    Raises:
        ScriptFault: ``division_by_zero``.
    """
    modulus = int.from_bytes(m, "big")
    if modulus == 0:
        raise ScriptFault("division_by_zero", m=modulus)
    product = int.from_bytes(a, "big") * int.from_bytes(b, "big")
    return Reply(((product % modulus).to_bytes(_BYTES, "big"),))
