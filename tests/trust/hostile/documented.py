"""What the documentation says that can come of a script: read from its page, not from the code."""

import re
from functools import cache
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).parents[3] / "docs/error-codes.md"
_OUTCOMES: Final = "## Outcomes of scripts"
_RULES: Final = "## Rules of scripts"


@cache
def read_outcomes() -> frozenset[str]:
    """Return every outcome of a script."""
    return frozenset(re.findall(r"^\| `([\w:]+)` +\|", _read_section(_OUTCOMES), re.MULTILINE))


@cache
def read_rules() -> frozenset[str]:
    """Return the code of every rule that a script can break."""
    return frozenset(re.findall(r"`(\w+)`", _read_section(_RULES).partition("codes:")[2]))


@cache
def read_refusals() -> frozenset[str]:
    """Return every code that a block or an operation can be refused with."""
    return frozenset(re.findall(r"^\| `([\w*]+)` +\|", _PAGE.read_text("utf-8"), re.MULTILINE))


def _read_section(heading: str) -> str:
    _, _, rest = _PAGE.read_text(encoding="utf-8").partition(heading)
    return rest.partition("\n## ")[0]
