"""All numbers of a run: its metrics, its settings, what was expected, what was found.

They are facts of the run already; the section has no data of its own.

Source:
    Ours.
"""

from typing import Final

from simulator.report.model import Section

SECTION: Final = Section("numbers", "All numbers")
