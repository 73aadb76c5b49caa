"""BLS12-381 points in textbook affine arithmetic: what no library hands out.

Points outside the subgroups, and encodings of them, are made here from the curve's equations.
Slow and naive, and independent of all libraries that are compared.

Source:
    The curves y^2 = x^3 + 4 over Fp and y^2 = x^3 + 4(1 + u) over Fp2 with u^2 = -1; the
    compressed encoding is ZCash's, which the BLS ciphersuites use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

PRIME: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624"
    "1eabfffeb153ffffb9feffffffffaaab",
    16,
)
SUBGROUP_ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001

COORDINATE_BYTES: Final = 48
COMPRESSED: Final = 0x80
INFINITE: Final = 0x40
LARGER: Final = 0x20


@dataclass(frozen=True, slots=True)
class Element:
    """An element ``re + im * u`` of Fp2; of Fp when ``im`` is always zero."""

    re: int
    im: int = 0

    def __add__(self, other: "Element") -> "Element":
        return Element((self.re + other.re) % PRIME, (self.im + other.im) % PRIME)

    def __sub__(self, other: "Element") -> "Element":
        return Element((self.re - other.re) % PRIME, (self.im - other.im) % PRIME)

    def __mul__(self, other: "Element") -> "Element":
        return Element(
            (self.re * other.re - self.im * other.im) % PRIME,
            (self.re * other.im + self.im * other.re) % PRIME,
        )

    def invert(self) -> "Element":
        norm = pow(self.re * self.re + self.im * self.im, -1, PRIME)
        return Element(self.re * norm % PRIME, -self.im * norm % PRIME)

    def find_root(self) -> "Element | None":
        """Return a square root, if there is one in Fp2."""
        if self.im == 0:
            real = _find_root(self.re)
            # -1 is no square in Fp, so that one of the two always has a root.
            return Element(real) if real is not None else Element(0, _find_root(-self.re) or 0)
        length = _find_root(self.re * self.re + self.im * self.im)
        if length is None:
            return None
        half = pow(2, -1, PRIME)
        for signed in (length, -length):
            real = _find_root((self.re + signed) * half)
            if real:
                return Element(real, self.im * half * pow(real, -1, PRIME) % PRIME)
        return None


def _find_root(square: int) -> int | None:
    root = pow(square, (PRIME + 1) // 4, PRIME)
    return root if root * root % PRIME == square % PRIME else None


@dataclass(frozen=True, slots=True)
class Point:
    """An affine point; None stands for infinity."""

    x: Element
    y: Element


@dataclass(frozen=True, slots=True)
class Curve:
    """One of the two curves.

    Attributes:
        constant: What its equation adds to x^3.
        size_bytes: Of a compressed point.
        draw_x: Draws any x.
    """

    constant: Element
    size_bytes: int
    draw_x: Callable[[Random], Element]

    def lift(self, x: Element) -> Point | None:
        """Return a point with this x, if there is one on the curve."""
        y = (x * x * x + self.constant).find_root()
        # Over Fp alone a root outside Fp is none.
        if y is None or (self.size_bytes == COORDINATE_BYTES and y.im):
            return None
        return Point(x, y)

    def draw_point(self, rng: Random) -> Point:
        """Draw any point of the curve: hardly one in 2**125 is in the subgroup."""
        while True:
            point = self.lift(self.draw_x(rng))
            if point is not None:
                return point

    def draw_torsion(self, rng: Random) -> Point:
        """Draw a point that pairings do not see: one that the subgroup's order maps elsewhere."""
        while True:
            point = multiply(self.draw_point(rng), SUBGROUP_ORDER)
            if point is not None:
                return point

    def draw_stray(self, rng: Random) -> bytes:
        """Draw the encoding of an x that no point of the curve has."""
        while True:
            x = self.draw_x(rng)
            if self.lift(x) is None:
                return self.encode_x(x, COMPRESSED)

    def decompress(self, data: bytes) -> Point:
        """Read a valid encoding of a point that is not infinity."""
        x = self.read_x(data)
        point = self.lift(x)
        if point is None:
            raise ValueError("no point of the curve")
        larger = bool(data[0] & LARGER)
        return point if is_larger(point.y) == larger else negate(point)

    def compress(self, point: Point) -> bytes:
        """Encode a point."""
        return self.encode_x(point.x, COMPRESSED | (LARGER if is_larger(point.y) else 0))

    def encode_x(self, x: Element, flags: int) -> bytes:
        """Encode an x, even one that is not below the prime, with any flags."""
        parts = (x.re,) if self.size_bytes == COORDINATE_BYTES else (x.im, x.re)
        data = bytearray(b"".join(part.to_bytes(COORDINATE_BYTES, "big") for part in parts))
        data[0] |= flags
        return bytes(data)

    def read_x(self, data: bytes) -> Element:
        """Return the x of an encoding, without its flags."""
        number = int.from_bytes(data, "big") & ~(7 << (8 * self.size_bytes - 3))
        if self.size_bytes == COORDINATE_BYTES:
            return Element(number)
        return Element(number & (1 << 384) - 1, number >> 384)


def is_larger(y: Element) -> bool:
    """Tell whether y is the larger of two roots, the imaginary part first."""
    return (y.im or y.re) > (PRIME - 1) // 2


def negate(point: Point) -> Point:
    return Point(point.x, Element(0) - point.y)


def add(first: Point | None, second: Point | None) -> Point | None:
    """Add two points by chord and tangent."""
    if first is None or second is None:
        return second if first is None else first
    if first.x == second.x:
        if first.y != second.y or first.y == Element(0):
            return None
        slope = Element(3) * first.x * first.x * (first.y + first.y).invert()
    else:
        slope = (second.y - first.y) * (second.x - first.x).invert()
    x = slope * slope - first.x - second.x
    return Point(x, slope * (first.x - x) - first.y)


def multiply(point: Point, factor: int) -> Point | None:
    """Add a point to itself, double and add."""
    total: Point | None = None
    doubled: Point | None = point
    while factor:
        if factor & 1:
            total = add(total, doubled)
        doubled = add(doubled, doubled)
        factor >>= 1
    return total


def _draw_real(rng: Random) -> Element:
    return Element(rng.randrange(PRIME))


def _draw_complex(rng: Random) -> Element:
    return Element(rng.randrange(PRIME), rng.randrange(PRIME))


PUBKEYS: Final = Curve(Element(4), COORDINATE_BYTES, _draw_real)
"""The curve of public keys."""

SIGNATURES: Final = Curve(Element(4, 4), 2 * COORDINATE_BYTES, _draw_complex)
"""The curve of signatures."""
