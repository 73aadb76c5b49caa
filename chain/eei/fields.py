"""Field arithmetic in Montgomery form, and the integers below it, all little-endian.

An element takes as many bytes as its modulus, rounded up to a multiple of 32 bits: 48 in the
base field of bls12-381, 32 in its scalar field (255 bits) and in both fields of the other
curves. The Montgomery radix is R = 2**(8 * size). Plain integers (``int_*``) are as wide as
elements of the base field. Operands that are not reduced are taken modulo the field;
results always are reduced.

Source:
    PROTOCOL 5 (``bignum``, field arithmetic); sizes, radix and unreduced operands are ours,
    chosen as the curve libraries of wasm toolchains had them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chain.config import ExecutionLimits, PrimeField
from chain.eei.frame import Frame
from chain.eei.interface import Handler, Reply
from chain.errors import ScriptFault


@dataclass(frozen=True, slots=True)
class MontgomeryField:
    """A prime field whose elements are stored as ``a * R`` modulo the prime.

    Attributes:
        modulus: The prime.
        size_bytes: Size of an element.
        radix: R modulo the prime.
        inverse_radix: 1 / R modulo the prime.
    """

    modulus: int
    size_bytes: int
    radix: int = field(init=False)
    inverse_radix: int = field(init=False)

    def __post_init__(self) -> None:
        """Compute the radix and its inverse."""
        radix = pow(2, 8 * self.size_bytes, self.modulus)
        object.__setattr__(self, "radix", radix)
        object.__setattr__(self, "inverse_radix", pow(radix, -1, self.modulus))


BASE_FIELDS: Final[Mapping[PrimeField, MontgomeryField]] = {
    PrimeField.BLS12_381: MontgomeryField(
        0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB,
        48,
    ),
    PrimeField.BN128: MontgomeryField(
        0x30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD47, 32
    ),
    PrimeField.SECP256K1: MontgomeryField(2**256 - 2**32 - 977, 32),
}
"""Behind ``f1m_*``: the fields that the curves' coordinates are in."""

SCALAR_FIELDS: Final[Mapping[PrimeField, MontgomeryField]] = {
    PrimeField.BLS12_381: MontgomeryField(
        0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001, 32
    ),
    PrimeField.BN128: MontgomeryField(
        0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001, 32
    ),
    PrimeField.SECP256K1: MontgomeryField(
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141, 32
    ),
}
"""Behind ``frm_*``: the integers modulo the order of the curves' groups."""

GetField = Callable[[ExecutionLimits], MontgomeryField]


def get_base_field(limits: ExecutionLimits) -> MontgomeryField:
    """Return the field behind ``f1m_*``."""
    return BASE_FIELDS[limits.prime_field]


def get_scalar_field(limits: ExecutionLimits) -> MontgomeryField:
    """Return the field behind ``frm_*``."""
    return SCALAR_FIELDS[limits.prime_field]


def get_base_bytes(limits: ExecutionLimits) -> int:
    """Return the size of an ``f1m_*`` element and of an ``int_*`` number."""
    return get_base_field(limits).size_bytes


def get_scalar_bytes(limits: ExecutionLimits) -> int:
    """Return the size of an ``frm_*`` element."""
    return get_scalar_field(limits).size_bytes


def compute_in_field(
    get_field: GetField, operation: Callable[[MontgomeryField, int, int], int]
) -> Handler:
    """Make a handler from an operation on two stored elements.

    Args:
        get_field: Which of the run's fields.
        operation: Returns the stored form of the result, not reduced.

    Source:
        Ours: what the field operations share.
    """

    def handle(frame: Frame, a: bytes, b: bytes | None = None) -> Reply:
        chosen = get_field(frame.limits)
        first = int.from_bytes(a, "little")
        second = first if b is None else int.from_bytes(b, "little")
        result = operation(chosen, first, second) % chosen.modulus
        return Reply((result.to_bytes(chosen.size_bytes, "little"),))

    return handle


def multiply(chosen: MontgomeryField, a: int, b: int) -> int:
    """Return the stored form of a product; of a square when both are the same."""
    return a * b * chosen.inverse_radix


def add(_chosen: MontgomeryField, a: int, b: int) -> int:
    """Return the stored form of a sum."""
    return a + b


def subtract(_chosen: MontgomeryField, a: int, b: int) -> int:
    """Return the stored form of a difference."""
    return a - b


def to_montgomery(chosen: MontgomeryField, a: int, _: int) -> int:
    """Return the stored form of a number."""
    return a * chosen.radix


def from_montgomery(chosen: MontgomeryField, a: int, _: int) -> int:
    """Return the number that a stored form stands for."""
    return a * chosen.inverse_radix


def int_add(_frame: Frame, a: bytes, b: bytes) -> Reply:
    """Add, and tell the carry."""
    size = len(a)
    total = int.from_bytes(a, "little") + int.from_bytes(b, "little")
    carry, low = divmod(total, 1 << 8 * size)
    return Reply((low.to_bytes(size, "little"),), carry)


def int_sub(_frame: Frame, a: bytes, b: bytes) -> Reply:
    """Subtract, and tell the borrow."""
    size = len(a)
    difference = int.from_bytes(a, "little") - int.from_bytes(b, "little")
    low = difference % (1 << 8 * size)
    return Reply((low.to_bytes(size, "little"),), int(difference < 0))


def int_mul(_frame: Frame, a: bytes, b: bytes) -> Reply:
    """Return the low half of a product."""
    size = len(a)
    product = int.from_bytes(a, "little") * int.from_bytes(b, "little")
    return Reply(((product % (1 << 8 * size)).to_bytes(size, "little"),))


def int_div(_frame: Frame, a: bytes, b: bytes) -> Reply:
    """Return quotient and remainder; the remainder is written last.

    Raises:
        ScriptFault: ``division_by_zero``.
    """
    size = len(a)
    divisor = int.from_bytes(b, "little")
    if divisor == 0:
        raise ScriptFault("division_by_zero", a=int.from_bytes(a, "little"))
    quotient, remainder = divmod(int.from_bytes(a, "little"), divisor)
    return Reply((quotient.to_bytes(size, "little"), remainder.to_bytes(size, "little")))
