"""The sections of the page, in the order in which they stand on it.

Source:
    Ours.
"""

from typing import Final

from simulator.report.model import Section
from simulator.report.sections import chains, comparison, money, numbers, scripts

SECTIONS: Final[tuple[Section, ...]] = (
    chains.SECTION,
    money.SECTION,
    scripts.SECTION,
    comparison.SECTION,
    numbers.SECTION,
)
"""A section is shown by being listed here; ``simulator.report.model`` says what it is made of."""
