"""What is wrong with a sweep file though every key of it is well formed.

Source:
    Ours: a value that another overwrites would be a column that lies.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from simulator.loader import parse_keys
from simulator.sweep.points import MAX_POINTS, count_points
from simulator.sweep.settings import SEED_KEY, SweepSettings
from simulator.yaml_models import shorten
from simulator.yaml_source import KeyPath, YamlSource


def find_mistakes(file: YamlSource, settings: SweepSettings) -> Iterator[str]:
    """Yield what is wrong, one line each."""
    yield from _find_impossible_keys(file, settings)
    yield from _find_clashes(file, settings)
    yield from _find_repetitions(file, settings)
    count = count_points(settings)
    if count > MAX_POINTS:
        limit = f"more than {MAX_POINTS:,}: vary less at a time"
        yield f"{file.path}: these are {count:,} points, {limit}"


def _list_keys(settings: SweepSettings) -> list[KeyPath]:
    """Return where the file has dotted keys, those for all points first."""
    drawn = settings.sample.keys if settings.sample else ()
    return [
        *(("set", key) for key in settings.set),
        *(("grid", key) for key in settings.grid or ()),
        *(("sample", "keys", key) for key in drawn),
    ]


def _parse(where: KeyPath) -> KeyPath:
    return parse_keys(str(where[-1]))


def _find_impossible_keys(file: YamlSource, settings: SweepSettings) -> Iterator[str]:
    for where in _list_keys(settings):
        if not _parse(where):
            yield f"{file.describe(where)}: write it as a dotted key"
        elif _parse(where) == (SEED_KEY,):
            yield f"{file.describe(where)}: say the seeds under seeds"


def _find_clashes(file: YamlSource, settings: SweepSettings) -> Iterator[str]:
    for one, other in combinations(_list_keys(settings), 2):
        outer, inner = sorted((_parse(one), _parse(other)), key=len)
        # A list or mapping that is set for all points can be varied inside.
        is_meant = one[0] == "set" and len(_parse(one)) < len(_parse(other))
        if outer and inner[: len(outer)] == outer and not is_meant:
            yield f"{file.describe(other)}: clashes with {one[-1]} under {one[0]}"


def _find_repetitions(file: YamlSource, settings: SweepSettings) -> Iterator[str]:
    listed: list[tuple[KeyPath, Sequence[Any]]] = [
        (("grid", key), values) for key, values in (settings.grid or {}).items()
    ]
    if not isinstance(settings.seeds, int):
        listed.append((("seeds",), settings.seeds))
    for where, values in listed:
        seen: set[str] = set()
        for position, value in enumerate(values):
            text = json.dumps(value, default=str)
            if text in seen:
                yield f"{file.describe((*where, position))}: {shorten(value)} is given twice"
            seen.add(text)
