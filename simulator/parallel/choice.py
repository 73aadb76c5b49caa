"""Whether worker processes are worth their start.

Source:
    Ours: a process takes half a second to start, and a slot of few shards leaves little to share.
"""

from typing import Final

from simulator.loader import LoadedScenario

_LEAST_SHARDS: Final = 16
_LEAST_SHARD_SLOTS: Final = 40_000


def pays_off(loaded: LoadedScenario) -> bool:
    """Tell whether a run is big enough for worker processes."""
    shards = loaded.config.shard_count
    return shards >= _LEAST_SHARDS and shards * loaded.scenario.slots >= _LEAST_SHARD_SLOTS
