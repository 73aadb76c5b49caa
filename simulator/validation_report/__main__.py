"""Writes the report: ``python -m simulator.validation_report docs/validation-report.md``."""

import sys
from pathlib import Path

from simulator.commands.shared import count_cores
from simulator.errors import UserError
from simulator.validation_report import SERIES, write_report


def main(path: Path) -> None:
    """Write the report to a file, or nothing if a run is not what its question says."""
    try:
        text = "".join(write_report(SERIES, count_cores()))
    except UserError as error:
        sys.exit(f"error: {error}")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
