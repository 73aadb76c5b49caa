"""What all records have in common.

Source:
    Ours.
"""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, cast

BEACON = "beacon"
"""Name of the beacon chain in events; shards are ``shard <index>``."""


def name_shard(shard: int) -> str:
    """Return the name of a shard chain in events."""
    return f"shard {shard}"


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all records.

    Attributes:
        slot: When.
        chain: Where: ``beacon`` or ``shard <index>``.
    """

    kind: ClassVar[str] = ""

    slot: int
    chain: str

    def get_details(self) -> dict[str, Any]:
        """Return what the record says beyond slot and chain, by field name."""
        return {name: getattr(self, name) for name in _get_names(cast("Any", type(self)))}


@cache  # asked for every record that is written
def _get_names(kind: type[Event]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("slot", "chain"))
