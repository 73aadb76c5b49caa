"""The validation report: every scenario of the series under all placements, as one page.

    python -m simulator.validation_report docs/validation-report.md

Tables and sentences are worked out from the runs. Written by hand are which questions are asked,
and the conclusion, every sentence of which a test holds against the tables.

Source:
    PROTOCOL 7 (the question that shardlab exists for).
"""

from simulator.validation_report.columns import COSTS, EFFECTS, Column
from simulator.validation_report.page import answer, check_answer, write_report
from simulator.validation_report.series import SERIES, Question

__all__ = [
    "COSTS",
    "EFFECTS",
    "SERIES",
    "Column",
    "Question",
    "answer",
    "check_answer",
    "write_report",
]
