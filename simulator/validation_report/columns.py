"""What the report shows of every placement: the same columns under every question.

Source:
    PROTOCOL 7 (costs, marks, what a bad script does); the choice is ours.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        heading: Short, for the table.
        metric: Dotted name.
        meaning: What a reader needs to know.
    """

    heading: str
    metric: str
    meaning: str


COSTS: Final = (
    Column("total", "costs.total_seconds", "modelled CPU seconds of all nodes"),
    Column("beacon nodes", "costs.beacon_node.seconds", "the part of the total in this role"),
    Column("committees", "costs.shard_committee.seconds", "the same of members of committees"),
    Column("full nodes", "costs.shard_full_node.seconds", "of shards' nodes without a validator"),
    Column("challengers", "costs.challenger.seconds", "of challengers"),
    Column("light clients", "costs.light_client.seconds", "of light clients, who trust marks"),
    Column("peak", "costs.peak_slot_seconds", "the most seconds of any one node in one slot"),
    Column("over budget", "costs.slots_over_budget", "slots in which that was more than 0.1"),
    Column("duplication", "costs.duplication", "nodes that paid for the same code, on average"),
    Column("wasted", "costs.wasted_seconds", "the part of the total for code that breaks a rule"),
    Column(
        "per ETH",
        "costs.attack_seconds_per_eth",
        "seconds that adversaries cause for an ETH of fees; free where they pay none",
    ),
)

EFFECTS: Final = (
    Column("usable p50", "scripts.slots_to_usable.p50", "slots until a good script can be called"),
    Column("p95", "scripts.slots_to_usable.p95", "the same, of one script in twenty at least"),
    Column("max", "scripts.slots_to_usable.max", "the same, of the last"),
    Column("marks", "state.mark_bytes", "bytes of marks in the final states"),
    Column("dead code", "state.dead_code_bytes", "bytes of code in the state that can never run"),
    Column("beacon lost", "beacon.blocks_lost", "beacon blocks refused"),
    Column("shard blocks", "shards.blocks", "shard blocks accepted"),
    Column("refused", "shards.blocks_rejected", "shard blocks refused"),
    Column("no-op", "shards.noop_blocks", "shard blocks that only marked a script as bad"),
    Column("reverted", "shards.blocks_reverted", "shard blocks called back"),
    Column("rollback", "shards.rollback_depth_max", "most slots that a shard was set back"),
    Column("wrong verdicts", "validation.wrong_verdicts", "verdicts that contradict the rules"),
)

COLUMNS: Final = {column.metric: column for column in (*COSTS, *EFFECTS)}
"""All of them by metric."""
