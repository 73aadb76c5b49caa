"""Reports for programs: numbers in, bytes out.

Source:
    Ours: same scenario, same bytes, on every machine.
"""

import json
from collections.abc import Mapping
from typing import Any


def encode_report(report: Mapping[str, Any]) -> bytes:
    """Return a report as JSON with sorted keys and a final newline, UTF-8."""
    text = json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()
