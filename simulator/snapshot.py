"""Snapshots: what everybody knew at one moment, so that a losing fork can be forgotten.

Source:
    Ours: a real client keeps both forks; a simulation of one chain goes back instead.
"""

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from chain.trie import ScriptTrie


class Snapshot:
    """Fields of some objects as they were; what the objects share stays shared."""

    def __init__(self, owners: Iterable[object], left_out: Collection[str] = ()) -> None:
        """Copy the fields of all owners.

        Args:
            owners: Objects that are restored in place; references to them stay references.
            left_out: Names of fields that go on as they are.
        """
        kept = list(owners)
        memo: dict[int, Any] = {id(owner): owner for owner in kept}
        self._saved = [
            (owner, name, _copy(value, memo))
            for owner in kept
            for name, value in _list_fields(owner)
            if name not in left_out
        ]

    def restore(self) -> None:
        """Put everything back; once, because what is put back goes on changing."""
        for owner, name, value in self._saved:
            setattr(owner, name, value)


def _list_fields(value: object) -> list[tuple[str, Any]]:
    if is_dataclass(value) and not isinstance(value, type):
        return [(item.name, getattr(value, item.name)) for item in fields(value)]
    return list(vars(value).items())


def _copy(value: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - any field's value
    """Copy what can change, and what holds something that can; leave the rest."""
    if id(value) in memo:
        return memo[id(value)]
    copied = value
    if isinstance(value, ScriptTrie):
        copied = _remember(value, value.view(value.root), memo)
    elif isinstance(value, dict):
        copied = _remember(value, value.copy(), memo)
        for key, item in value.items():  # a Counter's update would add
            copied[key] = _copy(item, memo)
    elif isinstance(value, list | deque):
        copied = _remember(value, value.copy(), memo)
        for position, item in enumerate(value):
            copied[position] = _copy(item, memo)
    elif isinstance(value, set):
        copied = value.copy()  # of numbers and tuples of numbers
    elif type(value) is tuple:
        copied = tuple(_copy(item, memo) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        copied = _copy_record(value, memo)
    return copied


def _copy_record(value: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - any dataclass
    copied = _remember(value, object.__new__(type(value)), memo)
    for name, item in _list_fields(value):
        # Frozen ones too: they may hold what can change.
        object.__setattr__(copied, name, _copy(item, memo))
    return copied


def _remember(value: object, copied: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401 - a copy
    memo[id(value)] = copied
    return copied
