import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import InvalidScript
from chain.wasm.reader import Reader, read_signed, read_unsigned


def _encode(value: int, bytes_used: int) -> bytes:
    """Encode in exactly so many groups of seven bits, two's complement."""
    groups = [value >> 7 * number & 0x7F for number in range(bytes_used)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_read_unsigned_padded_encoding_gives_value(value: int, bytes_used: int) -> None:
    bytes_used = max(bytes_used, -(-value.bit_length() // 7))
    code = b"\xff" + _encode(value, bytes_used) + b"\xff"

    assert read_unsigned(code, 1, len(code)) == (value, 1 + bytes_used)


@given(
    st.sampled_from([32, 33, 64]).flatmap(
        lambda bits: st.tuples(st.just(bits), st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    ),
    st.integers(1, 10),
)
def test_read_signed_padded_encoding_gives_value(case: tuple[int, int], bytes_used: int) -> None:
    bits, value = case
    needed = (value if value >= 0 else ~value).bit_length() // 7 + 1
    bytes_used = min(max(bytes_used, needed), -(-bits // 7))
    code = _encode(value, bytes_used)

    assert read_signed(code, 0, len(code), bits) == (value, bytes_used)


def _judge(code: bytes, bits: int, *, signed: bool) -> str:
    """Return the code of the rule that an integer breaks, or nothing."""
    try:
        (read_signed if signed else read_unsigned)(code, 0, len(code), bits)
    except InvalidScript as error:
        return error.code
    return ""


def _expect(last: int, valid: set[int]) -> str:
    if last in valid:
        return ""
    return "leb_unused_bits" if last < 0x80 else "leb_too_long"


@pytest.mark.parametrize(
    ("bits", "valid"),
    [
        (32, {*range(0x08), *range(0x78, 0x80)}),
        (33, {*range(0x10), *range(0x70, 0x80)}),
        (64, {0x00, 0x7F}),
    ],
)
def test_read_signed_last_byte_may_only_repeat_the_sign(bits: int, valid: set[int]) -> None:
    head = bytes([0x80]) * (-(-bits // 7) - 1)

    verdicts = [_judge(head + bytes([last, 0]), bits, signed=True) for last in range(256)]

    assert verdicts == [_expect(last, valid) for last in range(256)]


def test_read_unsigned_last_byte_has_four_bits() -> None:
    head = bytes([0x80]) * 4

    verdicts = [_judge(head + bytes([last, 0]), 32, signed=False) for last in range(256)]

    assert verdicts == [_expect(last, {*range(0x10)}) for last in range(256)]


def test_read_span_never_leaves_its_range() -> None:
    outer = Reader(b"abcdef", 1, 5)

    inner = outer.read_span(2)

    assert inner.read_bytes(2) == b"bc"
    with pytest.raises(InvalidScript, match="unexpected_end") as caught:
        inner.read_byte()
    assert caught.value.offset == 3
    assert outer.read_bytes(2) == b"de"
    with pytest.raises(InvalidScript, match="unexpected_end") as caught:
        outer.read_u32()
    assert caught.value.offset == 5
