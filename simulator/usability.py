"""When scripts become usable, and for good: asks the placement after every beacon block.

Source:
    PROTOCOL 7 ("usable after").
"""

from chain.errors import InvalidShardBlock
from chain.placement import MARKED_INVALID
from chain.shard import get_mark
from chain.types import ScriptIndex
from simulator.events import BEACON, ScriptSettled, ScriptUsable
from simulator.world import World


class UsabilityWatch:
    """Watches every registered script until shards may call it, or never will."""

    def __init__(self, world: World) -> None:
        """Watch a world."""
        self._world = world
        self._seen = 0
        self._waiting: list[ScriptIndex] = []
        self._unsettled: list[ScriptIndex] = []

    def look(self) -> None:
        """Record the scripts that have become usable; call it once a slot."""
        scripts = self._world.beacon.execution_scripts
        # An orphaned beacon block takes back what it registered.
        self._waiting = [index for index in self._waiting if index < len(scripts)]
        self._unsettled = [index for index in self._unsettled if index < len(scripts)]
        self._waiting += map(ScriptIndex, range(min(self._seen, len(scripts)), len(scripts)))
        self._seen = len(scripts)
        self._waiting = [index for index in self._waiting if self._is_still_waiting(index)]
        self._unsettled = [index for index in self._unsettled if self._is_still_open(index)]

    def _is_still_waiting(self, index: ScriptIndex) -> bool:
        world = self._world
        script = world.beacon.execution_scripts[index]
        placement = world.context.placement
        try:
            for shard in world.shards:
                placement.validate_import(index, script, get_mark(shard, index), world.slot)
        except InvalidShardBlock as error:
            return error.code != "script_marked_invalid"
        world.emit(ScriptUsable(world.slot, BEACON, world.scripts.get_name(index), index))
        self._unsettled.append(index)
        return False

    def _is_still_open(self, index: ScriptIndex) -> bool:
        world = self._world
        mark = world.beacon.execution_scripts[index].mark
        if not world.context.placement.is_settled(mark):
            return True
        if mark != MARKED_INVALID:
            world.emit(ScriptSettled(world.slot, BEACON, world.scripts.get_name(index), index))
        return False
