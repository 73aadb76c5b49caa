"""JSON that somebody else wrote: finite numbers only, and bounded nesting.

Python's parser goes as deep as the text does, and a library that shardlab uses lifts the limit on
that: text of a hundred thousand brackets would end the process.

Source:
    Ours.
"""

import json
import re
from typing import Any, Final

MAX_JSON_DEPTH: Final = 100
"""More than anything that shardlab writes."""

# A string that does not end goes on to the end of the text, so that no part is looked at twice.
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def parse_json(text: object, *, allow_infinite: bool = False) -> Any:  # noqa: ANN401 - whatever it holds
    """Return what JSON text holds.

    Args:
        text: Text, or bytes in UTF-8; anything else is no JSON.
        allow_infinite: Whether numbers may be infinite, for a caller who says better what is wrong.

    Raises:
        ValueError: It is none, or not finite, or too deep.

    Source:
        Ours.
    """
    if not isinstance(text, str | bytes):
        raise ValueError(f"not JSON: {type(text).__name__}")  # noqa: TRY004 - what it is to the reader
    if isinstance(text, bytes):
        text = text.decode()
    if _is_deep(text):
        raise ValueError("not JSON of a bounded depth")
    return json.loads(text, parse_constant=float if allow_infinite else _refuse_constant)


def _is_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return False
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > MAX_JSON_DEPTH:
            return True
    return False


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
