"""What identifies a run, as its database holds it: looked at before anything believes it.

Source:
    Ours.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn

from chain.constants import SHARD_LIMIT
from simulator.errors import RunFolderError
from simulator.stored_events import MAX_SLOT

_STATUSES: Final = ("running", "complete", "interrupted", "failed")
_SCALARS: Final = (str, int, float, type(None))


def find_problem(meta: Mapping[str, Any]) -> str:
    """Return what no run could have written; nothing if there is nothing of that kind.

    Args:
        meta: Values by key; what others there are does not matter.
    """
    wrong = (key for key, check in _CHECKS.items() if key in meta and not check(meta[key]))
    return "".join(f"{key} is not what a run has there" for key in islice(wrong, 1))


class Settings(dict[str, Any]):
    """Settings of a run; one that is missing is the database's fault."""

    def __init__(self, values: Mapping[str, Any], path: Path) -> None:
        """Take over what was read from a database, with the settings inside of it."""
        super().__init__(values)
        self._path = path
        for key in ("config", "execution"):
            if isinstance(values.get(key), dict):
                self[key] = Settings(values[key], path)

    def __missing__(self, key: str) -> NoReturn:
        """Say that there is no such setting."""
        raise RunFolderError(f"{self._path}: not a run that this version can show: no {key}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_in(allowed: range) -> Callable[[object], bool]:
    return lambda value: type(value) is int and value in allowed


def _is_list_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _is_mapping_to_text(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def _is_config(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("execution", {}), dict):
        return False
    limits = value.get("execution", {}).items()
    return (
        _is_in(range(1, SHARD_LIMIT + 1))(value.get("shard_count", 1))
        and _is_in(range(1, 3601))(value.get("seconds_per_slot", 1))
        and all(isinstance(each, _SCALARS) for name, each in limits if name != "tick_costs")
    )


_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "scenario": _is_text,
    "title": _is_text,
    "seed": _is_in(range(2**63)),
    "slots": _is_in(range(MAX_SLOT + 1)),
    "slot": _is_in(range(MAX_SLOT + 1)),
    "status": _STATUSES.__contains__,
    "overrides": _is_list_of(str),
    "config": _is_config,
    "costs": _is_mapping,
    "scripts": _is_mapping_to_text,
    "versions": _is_mapping_to_text,
    "findings": _is_list_of(str),
    "expectations": _is_list_of(dict),
    "reason": lambda value: value is None or isinstance(value, str),
}
