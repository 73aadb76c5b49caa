"""Damage to what a YAML file says: values, keys, documents, and numbers that ask for too much."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

import yaml

from tests.trust.hostile.damaged_text import damage_text
from tests.trust.hostile.hostile_values import draw_value

_HOLE: Final = "0HOLE0"
_NAMES: Final = ("title", "slots", "env", "x", "0", "<<", "data", "shards", "per_slot")

Document = dict[str, Any]
Places = Sequence[tuple[str, Sequence[object]]]
"""Dotted keys, and what to put there."""


def make_damaged(texts: Sequence[str], places: Places, rng: Random) -> tuple[str, bytes]:
    """Return a damaged file: of its text, of its structure, or of its meaning."""
    text = rng.choice(texts)
    way = rng.choice(("text", "structure", "meaning"))
    if way == "text":
        return damage_text(text, rng)
    document = yaml.safe_load(text)
    if way == "structure":
        return damage_structure(document, rng)
    return damage_meaning(document, places, rng)


def damage_structure(document: Document, rng: Random) -> tuple[str, bytes]:
    """Put a hostile value somewhere, as a value, as a key, or around everything."""
    kind, value = draw_value(rng)
    way = rng.choice(
        ("value", "value", "value", "value", "new key", "key", "root", "second", "gone")
    )
    containers = [item for item in _walk(document) if item]
    container = rng.choice(containers)
    key = rng.choice(list(container) if isinstance(container, dict) else range(len(container)))
    match way:
        case "root":
            return f"{kind} alone", value.encode("utf-8", "surrogatepass")
        case "second":
            return f"{kind} in a second document", f"{_dump(document)}--- {value}\n".encode()
        case "gone":
            del container[key]
        case "key" if isinstance(container, dict):
            container[_HOLE] = container.pop(key)
        case "new key" if isinstance(container, dict):
            container[rng.choice(_NAMES)] = _HOLE
        case _:
            container[key] = _HOLE
    return f"{kind} as {way}", _dump(document).replace(_HOLE, value).encode()


def damage_meaning(document: Document, places: Places, rng: Random) -> tuple[str, bytes]:
    """Put values where they mean too much, or nothing."""
    changed = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        place, values = rng.choice(places)
        value = rng.choice(values)
        _put(document, place.split("."), value)
        changed.append(f"{place}={str(value)[:40]}")
    return ", ".join(changed), _dump(document).encode()


def _put(container: Any, keys: Sequence[str], value: object) -> None:  # noqa: ANN401 - YAML values
    """Put a value behind a dotted key; a number is the position in a list that is long enough."""
    key: Any = keys[0]
    if isinstance(container, list):
        key = min(int(key), len(container) - 1) if key.isdigit() and container else None
    elif not isinstance(container, dict):
        return
    if key is None:
        return
    if len(keys) == 1:
        container[key] = value
        return
    if isinstance(container, dict) and not isinstance(container.get(key), dict | list):
        container[key] = {}
    _put(container[key], keys[1:], value)


def _walk(value: Any) -> Iterator[Any]:  # noqa: ANN401 - YAML values
    if isinstance(value, Mapping | list):
        yield value
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _walk(each)


def _dump(document: Document) -> str:
    return yaml.safe_dump(document, sort_keys=False, width=2**20)
