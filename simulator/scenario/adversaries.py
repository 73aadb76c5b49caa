"""Who attacks: authors of bad scripts, and how much they may spend.

Source:
    Ours; the kinds are those that a validator of scripts must withstand (PROTOCOL 6 and 7).
"""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from chain.constants import CODE_BYTES_LIMIT
from simulator.scenario.base import Name, PositiveCount, ShardList, Share
from simulator.scenario.workload import Period

MIN_ATTACK_BYTES: Final = 512
"""Room for the smallest module of every kind."""


class AttackKind(StrEnum):
    """What an adversary sends; ``simulator.actors.attackers.modules`` says how it is made."""

    MALFORMED = "malformed"
    FLOAT_CODE = "float-code"
    UNKNOWN_IMPORT = "unknown-import"
    MISSING_EXPORT = "missing-export"
    START_FUNCTION = "start-function"
    OVERSIZED = "oversized"
    MANY_LOCALS = "many-locals"
    DEEP_NESTING = "deep-nesting"
    HUGE_BR_TABLE = "huge-br-table"
    MANY_FUNCTIONS = "many-functions"
    ALWAYS_TRAPS = "always-traps"
    PROFILE_SPLIT = "profile-split"
    ENGINE_SPLIT = "engine-split"
    BUDGET = "budget"


BOMBS: Final = frozenset(
    {
        AttackKind.MANY_LOCALS,
        AttackKind.DEEP_NESTING,
        AttackKind.HUGE_BR_TABLE,
        AttackKind.MANY_FUNCTIONS,
    }
)
"""Modules with much of one thing, for which ``count`` says how much."""


class AttackGoal(StrEnum):
    """What an attacker with a budget wants most of per ETH."""

    CPU = "cpu"
    BLOCKS = "blocks"


class Adversary(Period):
    """An author of bad scripts, who registers them and calls them.

    Every script has other code, so that nobody can reuse a verdict, and is named after the
    adversary: ``NAME-1``, ``NAME-2`` and so on. Genesis gives the adversary a depositor of
    its own, who pays the fees.
    """

    kind: Annotated[AttackKind, Field(strict=False)]
    """malformed, float-code, unknown-import, missing-export, start-function, oversized,
    many-locals, deep-nesting, huge-br-table, many-functions, always-traps, profile-split,
    engine-split, or budget: whichever of them hurts most per ETH under the placement."""
    name: Name | None = None
    """First part of the scripts' names, by default the kind."""
    size_bytes: Annotated[int, Field(ge=MIN_ATTACK_BYTES, le=CODE_BYTES_LIMIT)] | None = None
    """Exact size of every script, by default 8,192 bytes; of kind oversized one byte too many."""
    count: PositiveCount | None = None
    """Of a bomb: locals, blocks, branch targets or functions, by default as many as the strict
    profile allows and the size holds."""
    bad_share: Share = 1.0
    """Share of its scripts that are of this kind; the others are good ones of the same size."""
    calls: Annotated[int, Field(ge=0, le=1024)] = 1
    """How often every script is called on every shard, from the slot in which it is sent."""
    shards: ShardList = ()
    """Shards on which scripts are called, all by default."""
    eth: Annotated[float, Field(gt=0, le=10**9)] | None = None
    """ETH that may go into fees: needed by kind budget, by default enough for all scripts."""
    goal: Annotated[AttackGoal, Field(strict=False)] = AttackGoal.CPU
    """Of kind budget: cpu (seconds of all nodes) or blocks (lost)."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.kind is AttackKind.BUDGET) and self.eth is None:
            raise ValueError("kind budget needs eth")
        if self.count is not None and self.kind not in BOMBS:
            bombs = ", ".join(sorted(BOMBS))
            raise ValueError(f"count is for {bombs}")
        if self.goal is not AttackGoal.CPU and self.kind is not AttackKind.BUDGET:
            raise ValueError("goal is for kind budget")
        return self

    @property
    def label(self) -> str:
        """Return what its scripts are named after."""
        return self.name or self.kind.value
