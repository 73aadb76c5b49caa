"""Lanes: the beacon chain on top, then the shards.

Source:
    Ours.
"""

from simulator.events import BEACON


def find_lane(chain: str) -> int:
    """Return the lane of a chain by its name in events: 0 is the beacon chain's."""
    return 0 if chain == BEACON else int(chain.removeprefix("shard ")) + 1
