"""How far apart colours are: contrast after WCAG, differences under colour blindness.

Source:
    WCAG 2.2 for contrast; Machado, Oliveira and Fernandes (2009) for what people see who lack one
    kind of cone; CIE 1976 for differences.
"""

import re
from collections.abc import Mapping, Sequence
from math import dist
from pathlib import Path

from simulator import report

TOKENS = Path(report.__file__).parent / "assets/css/tokens.css"

Colour = Sequence[float]

BLINDNESS: Mapping[str, Sequence[Colour]] = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""What of linear RGB is left."""


def read_tokens() -> Mapping[str, Mapping[str, str]]:
    """Return the page's colours by theme and name, as ``#rrggbb``."""
    light, dark = TOKENS.read_text(encoding="utf-8").split("@media screen")
    found = dict(_find_colours(light))
    return {"light": found, "dark": {**found, **dict(_find_colours(dark))}}


def compute_contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted(_compute_luminance(each) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def compute_difference(one: str, other: str, blindness: str) -> float:
    """Return how different two colours look to somebody; below 10 they are taken for one."""
    seen = (
        [
            sum(part * value for part, value in zip(row, _linear(colour), strict=True))
            for row in rows
        ]
        for colour, rows in ((one, BLINDNESS[blindness]), (other, BLINDNESS[blindness]))
    )
    first, second = map(_compute_lab, seen)
    return dist(first, second)


def _find_colours(text: str) -> list[tuple[str, str]]:
    return re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text)


def _linear(colour: str) -> list[float]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _compute_luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _compute_lab(linear: Colour) -> tuple[float, float, float]:
    red, green, blue = (min(1.0, max(0.0, part)) for part in linear)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
