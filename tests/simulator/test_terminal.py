"""Small formats: amounts, numbers, roots."""

import pytest

from simulator.terminal import format_gwei, format_number, shorten_root


@pytest.mark.parametrize(
    ("gwei", "text"),
    [
        (0, "0 ETH"),
        (1, "0.000000001 ETH"),
        (1_500_000_000, "1.5 ETH"),
        (32_000_000_000, "32 ETH"),
        (1_234_567 * 10**9 + 10, "1,234,567.00000001 ETH"),
    ],
)
def test_format_gwei_shows_eth_without_trailing_zeros(gwei: int, text: str) -> None:
    assert format_gwei(gwei) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,234,567"), (2.0, "2"), (0.24617, "0.246"), (-1234.5, "-1,234.500")],
)
def test_format_number_separates_thousands(value: float, text: str) -> None:
    assert format_number(value) == text


def test_shorten_root_keeps_eight_digits() -> None:
    assert shorten_root("0123456789abcdef") == "01234567"
    assert shorten_root("") == ""
