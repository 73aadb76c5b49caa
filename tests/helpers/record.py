"""Recorded reports of the shipped scenarios: ``python -m tests.helpers.record`` writes them anew.

They are behaviour: whoever changes them says why in the changelog. Library versions are left
out, so that an update which changes nothing else does not change them.
"""

import json
from pathlib import Path
from typing import Any

from simulator import load_scenario, run
from simulator.report import encode_report
from simulator.shipped import list_shipped

GOLDEN_FOLDER = Path(__file__).parent.parent / "golden"


def build_report(name: str) -> dict[str, Any]:
    """Run a shipped scenario and return its report as a file would hold it."""
    report = dict(run(load_scenario(name), keep_events=False).report)
    del report["versions"]
    loaded: dict[str, Any] = json.loads(encode_report(report))
    return loaded


def read_recorded(name: str) -> dict[str, Any]:
    """Return the recorded report of a shipped scenario."""
    recorded: dict[str, Any] = json.loads((GOLDEN_FOLDER / f"{name}.json").read_bytes())
    return recorded


def main() -> None:
    """Record every shipped scenario."""
    GOLDEN_FOLDER.mkdir(exist_ok=True)
    for scenario in list_shipped():
        path = GOLDEN_FOLDER / f"{scenario.name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode_report(build_report(scenario.name)))


if __name__ == "__main__":
    main()
