"""The file that ``shardlab calibrate`` writes and ``profile: measured`` reads.

Source:
    Ours. A mistake in the file is told with file, key and value.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from simulator.bounded_json import parse_json
from simulator.costs.profiles import EngineProfile, ProfileName
from simulator.errors import UserError
from simulator.reach import ANYWHERE, FileRefused, Reach

FILE_KIND: Final = "shardlab engine profile"
FILE_VERSION: Final = 1

_MAX_FILE_BYTES: Final = 1_000_000
_SHOWN: Final = 60
_MAX_RATE: Final = 10**15
_HEADER: Final[Mapping[str, object]] = {"kind": FILE_KIND, "version": FILE_VERSION}
_KEYS: Final = frozenset(
    {
        *_HEADER,
        "engine",
        "validating_bytes_per_second",
        "compiling_bytes_per_second",
        "repeats",
        "corpus",
    }
)


def read_profile(path: Path, reach: Reach = ANYWHERE) -> EngineProfile:
    """Read a profile file.

    Args:
        path: As ``shardlab calibrate`` wrote it; edited by hand is fine.
        reach: Where it may be.

    Raises:
        UserError: It cannot be read, or a key or value is not what it must be.
    """
    document = _read_document(path, reach)
    for key in sorted(document):
        if key not in _KEYS:
            raise UserError(f"{path}: {key}: unknown key (its value is {_show(document[key])})")
    for key, wanted in _HEADER.items():
        if document.get(key) != wanted:
            raise UserError(f"{path}: {key}: must be {_show(wanted)}, not {_tell(document, key)}")
    compiling = None
    if document.get("compiling_bytes_per_second", 0) is not None:
        compiling = _read_rate(path, document, "compiling_bytes_per_second")
    validating = _read_rate(path, document, "validating_bytes_per_second")
    return EngineProfile(ProfileName.MEASURED, validating, compiling)


def encode_profile(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a profile file.

    Args:
        document: The measured rates and what they are from, without the header.
    """
    return (json.dumps({**_HEADER, **document}, indent=2) + "\n").encode()


def _read_document(path: Path, reach: Reach) -> dict[str, Any]:
    try:
        data = reach.read(path, _MAX_FILE_BYTES)
    except FileRefused as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    try:
        document = parse_json(data, allow_infinite=True)
    except ValueError as error:
        raise UserError(
            f"{path}: not the JSON that `shardlab calibrate` writes: {error}"
        ) from error
    if not isinstance(document, dict):
        raise UserError(f"{path}: must be a JSON object, not {_show(document)}")
    return document


def _read_rate(path: Path, document: Mapping[str, Any], key: str) -> float:
    value: object = document.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= _MAX_RATE:
        return float(value)
    told = _tell(document, key)
    raise UserError(f"{path}: {key}: must be a number from 1 to {_MAX_RATE}, not {told}")


def _tell(document: Mapping[str, Any], key: str) -> str:
    return _show(document[key]) if key in document else "missing"


def _show(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
