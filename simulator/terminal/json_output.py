"""Printing JSON.

Source:
    Ours.
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

_SUSPICIOUS: Final = re.compile(r"[^\n -~]")


def print_json(document: Mapping[str, Any]) -> None:
    """Write one JSON document; what could steer a terminal is escaped in it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    sys.stdout.write(_SUSPICIOUS.sub(_escape, text) + "\n")


def _escape(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]
