"""Reports: numbers in, bytes out. A JSON document for programs, a page for people.

``encode_report`` makes the first. ``simulator.report.page`` makes the second, and is imported only
by who wants one: running a scenario needs no template engine.

Source:
    Ours.
"""

from simulator.report.encode import encode_report

__all__ = ["encode_report"]
