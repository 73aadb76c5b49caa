"""Events as a run database holds them: read back, and looked at before anything believes them.

A run database can come from a stranger, or from a failing disk. What is read from one is of the
types that the events have, in their ranges, and of bounded size, so that whoever reads it meets
nothing that a run could not have written.

Source:
    Ours.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, get_type_hints

from chain.constants import (
    BLOCK_DATA_BYTES_LIMIT,
    DEPOSIT_DATA_BYTES,
    DEPOSITS_PER_BLOCK_LIMIT,
    SCRIPT_LIMIT,
    SHARD_LIMIT,
    TIMESTAMPED_DEPOSIT_DATA_BYTES,
)
from simulator.bounded_json import parse_json
from simulator.events import BEACON, EVENT_KINDS, Event, ShardBlockAccepted, name_shard

Check = Callable[[object], bool]

MAX_SLOT: Final = 10_000_000
_INTEGERS: Final = range(-(2**63), 2**64)
_BLOCK_FIELDS: Final = ("data", "pushed")
_DEPOSIT_SIZES: Final = (DEPOSIT_DATA_BYTES, TIMESTAMPED_DEPOSIT_DATA_BYTES)
_RANGES: Final[Mapping[str, range]] = {
    **dict.fromkeys(("shard", "from_shard", "to_shard"), range(SHARD_LIMIT)),
    **dict.fromkeys(("slot", "block_slot", "from_slot"), range(MAX_SLOT + 1)),
    "index": range(SCRIPT_LIMIT),
    "deposit": range(2**63),
}
"""Of fields that lists are made as long as."""


def decode_event(kind: str, slot: object, chain: object, details: str, block: Any) -> Event:  # noqa: ANN401 - a row of SQLite
    """Return an event of a run database.

    Args:
        kind: Its kind.
        slot: When.
        chain: Where.
        details: Its other fields, as JSON.
        block: Of accepted shard blocks the data, whether it is packed, the deposits that were
            pushed, and how many; else None.

    Raises:
        ValueError: It is none that a run could have written.
    """
    if kind not in EVENT_KINDS:
        raise ValueError(f"there is no kind of event {kind!r}")
    contents = parse_json(details)
    if not isinstance(contents, dict) or not set(contents).isdisjoint(_BLOCK_FIELDS):
        raise ValueError(f"not the fields of a {kind}")
    wanted: Any = EVENT_KINDS[kind]
    fields = {"slot": slot, "chain": chain, **contents}
    if block is not None:
        fields |= decode_block(*block)
    _check_fields(wanted, fields)
    event: Event = wanted(**fields)
    return event


def decode_block(
    data: object, is_packed: object, deposits: object, count: object
) -> dict[str, Any]:
    """Return the fields of an accepted shard block that its details leave out.

    Raises:
        ValueError: They are none that a run could have written.
    """
    if not (isinstance(data, bytes) and isinstance(deposits, bytes) and isinstance(count, int)):
        raise ValueError("a shard block's data, deposits or their number are of another type")  # noqa: TRY004 - what it is to the reader
    sizes = [size for size in _DEPOSIT_SIZES if size * count == len(deposits)]
    if count not in range(DEPOSITS_PER_BLOCK_LIMIT + 1) or not sizes:
        raise ValueError(f"{len(deposits)} bytes are not {count} deposits")
    size_bytes = sizes[0]
    return {
        "data": _unpack(data) if is_packed else data,
        "pushed": tuple(
            deposits[position * size_bytes : (position + 1) * size_bytes]
            for position in range(count)
        ),
    }


def _unpack(data: bytes) -> bytes:
    """Unpack a block's data, but not more than a block can have."""
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(data, BLOCK_DATA_BYTES_LIMIT + 1)
    except zlib.error as error:
        raise ValueError(f"a shard block's data cannot be unpacked: {error}") from error
    if len(unpacked) > BLOCK_DATA_BYTES_LIMIT or not unpacker.eof:
        raise ValueError("a shard block's data is cut off, or longer than any block's")
    return unpacked


def _check_fields(kind: Any, fields: Mapping[str, object]) -> None:  # noqa: ANN401 - a class of events
    checks = _get_checks(kind)
    for name, value in fields.items():
        if name not in checks or not checks[name](value):
            raise ValueError(f"{kind.kind}: {name} cannot be {_shorten(value)}")
    missing = _get_required(kind) - fields.keys()
    if missing:
        raise ValueError(f"{kind.kind}: {min(missing)} is missing")


@cache
def _get_checks(kind: type[Event]) -> Mapping[str, Check]:
    """Return what each field of a kind of events must be."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "kind"}
    return {name: _choose_check(name, hint) for name, hint in hints.items()}


@cache
def _get_required(kind: type[Event]) -> frozenset[str]:
    fields: Mapping[str, Any] = kind.__dataclass_fields__
    required = {name for name, each in fields.items() if _has_no_default(each)}
    return frozenset(required if kind is not ShardBlockAccepted else required | {*_BLOCK_FIELDS})


def _has_no_default(field: Any) -> bool:  # noqa: ANN401 - a dataclass field
    return repr(field.default) == repr(field.default_factory)


def _choose_check(name: str, hint: Any) -> Check:  # noqa: ANN401 - a type hint
    if name in _BLOCK_FIELDS:
        return lambda value: isinstance(value, bytes | tuple)
    if name == "chain":
        return lambda value: value in _get_chains()
    allowed = _RANGES.get(name, _INTEGERS)

    def check(value: object) -> bool:
        if isinstance(value, int) and not isinstance(value, bool):
            return int in _get_parts(hint) and value in allowed
        return type(value) in _get_parts(hint)

    return check


@cache
def _get_parts(hint: Any) -> frozenset[Any]:  # noqa: ANN401 - a type hint
    return frozenset(getattr(hint, "__args__", (hint,)))


@cache
def _get_chains() -> frozenset[str]:
    return frozenset([BEACON, *map(name_shard, range(SHARD_LIMIT))])


def _shorten(value: object) -> str:
    try:
        return repr(value)[:60]
    except ValueError:  # a whole number of thousands of digits
        return "a number so long"
