"""Which questions the report asks: placements first, then how their costs grow.

Source:
    Ours: N, S, A, u, code size and the share of bad scripts are what PROTOCOL 7 names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chain.placement import get_placements

STRATEGY: Final = "validation.strategy"


@dataclass(frozen=True, slots=True)
class Question:
    """One scenario of the series, and what else is varied.

    Attributes:
        scenario: Its name.
        case: What is different from the file, in words; empty if nothing is.
        overrides: The same as ``key=value``. Where a case changes what a run may be expected to
            do, the expectation is overridden as well, so that it is still checked.
        seeds: How many seeds it is run with.
        vary: A numeric key and its values, ``key=a,b,c``; empty for placements alone.
        metrics: What to show, by default all columns in two tables.
        placements: Which ones to compare, by default all.
        shows_work: Whether a table of what is in the attacks' modules belongs to it.
    """

    scenario: str
    case: str = ""
    overrides: Sequence[str] = ()
    seeds: int = 3
    vary: str = ""
    metrics: Sequence[str] = ()
    placements: Sequence[str] = ()
    shows_work: bool = False

    @property
    def strategies(self) -> str:
        """Return how the placements are written on a command line."""
        return f"{STRATEGY}={','.join(self.placements or get_placements())}"


_GROWTH: Final = ("costs.total_seconds", "costs.peak_slot_seconds", "state.mark_bytes")
_SPREADING: Final = (
    "costs.peak_slot_seconds",
    "costs.slots_over_budget",
    "scripts.slots_to_usable.p50",
    "scripts.slots_to_usable.max",
    "shards.blocks_rejected",
)
_BUDGETS: Final = "validation.deferred_bytes_per_slot=8192,24576,98304"
_TWO: Final = ("beacon-operation", "beacon-deferred")

SERIES: Final = (
    Question("validation/steady"),
    Question("validation/popular"),
    Question("validation/scattered"),
    Question("validation/big_scripts", case="called on all eight shards"),
    Question(
        "validation/big_scripts",
        case="called on one shard",
        overrides=("adversaries[0].shards=[0]", "expect[2].at_least=8"),
    ),
    Question("validation/flood"),
    Question("validation/bombs", shows_work=True),
    Question("validation/rotating_committee"),
    Question(
        "validation/rotating_committee",
        seeds=5,
        vary="validation.committee_size=4,8,16,32",
        metrics=("validation.wrong_verdicts", "costs.total_seconds", "scripts.slots_to_usable.p50"),
        placements=("committee",),
    ),
    Question(
        "validation/deferral",
        case="proposers look first",
        vary=_BUDGETS,
        metrics=_SPREADING,
        placements=_TWO,
    ),
    Question(
        "validation/deferral",
        case="nobody looks first",
        # Careless proposers of shards call what is still in the queue, and lose those blocks.
        overrides=("proposers.careless=1", "expect[2].at_least=0"),
        vary=_BUDGETS,
        metrics=_SPREADING,
        placements=_TWO,
    ),
    Question("validation/network_size", vary="chain.shard_count=64,256,1024", metrics=_GROWTH),
    Question("validation/popular", vary="genesis.validators=64,128,256", metrics=_GROWTH),
    Question(
        "validation/popular",
        overrides=("expect[1].at_least=25",),
        vary="workload[0].calls.first_shards=1,2,4,8",
        metrics=_GROWTH,
    ),
    Question(
        "validation/popular",
        overrides=("expect[1].at_least=40",),
        vary="workload[0].calls.per_slot=0.2,0.4,0.8",
        metrics=_GROWTH,
    ),
    Question(
        "validation/big_scripts",
        vary="adversaries[0].size_bytes=12000,24000,48000",
        metrics=_GROWTH,
    ),
    Question(
        "validation/bad_share",
        # Of two good scripts in twenty few calls are left, and where they have to wait none.
        overrides=("expect[2].at_least=0",),
        vary="adversaries[0].bad_share=0.1,0.3,0.9",
        metrics=(*_GROWTH, "costs.wasted_seconds"),
    ),
)
"""Placements first, then how their costs grow: with S, N, A, u, code size and the share of bad
scripts."""
