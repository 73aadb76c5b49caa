"""What placements leave behind in the states at the end of a run.

Source:
    PROTOCOL 7 (marks); the issue of dead code is ours: bytes that every node keeps and nobody runs.
"""

from collections.abc import Iterable

from chain.containers import BeaconState, ExecutionScript, ShardState
from chain.context import ChainContext


def compute_state_bytes(
    beacon: BeaconState, shards: Iterable[ShardState], context: ChainContext
) -> dict[str, int]:
    """Return the bytes of marks, of code, and of code that can never run.

    Code is dead if it breaks a rule, whether anybody has noticed or not, or if its mark says that
    it is invalid, whether that is true or not.

    Args:
        beacon: Final beacon state.
        shards: Final shard states.
        context: Its placement reads marks, its checker knows the truth at no simulated cost.
    """
    scripts = beacon.execution_scripts
    on_beacon = sum(len(script.mark) for script in scripts)
    on_shards = sum(len(mark) for shard in shards for mark in shard.marks)
    dead = sum(len(script.code) for script in scripts if script.code and _is_dead(script, context))
    return {
        "state.mark_bytes": on_beacon + on_shards,
        "state.code_bytes": sum(len(script.code) for script in scripts),
        "state.dead_code_bytes": dead,
    }


def _is_dead(script: ExecutionScript, context: ChainContext) -> bool:
    verdict = context.placement.get_verdict(script.mark)
    is_marked_invalid = verdict is not None and not verdict.is_valid
    return is_marked_invalid or not context.checker.check(script.code).is_valid
