"""What goes wrong: faults that a scenario switches on.

Source:
    PROTOCOL 8 and 10 (orphaned crosslinks, expiry, replays) and 7 (corrupt committees).
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from simulator.scenario.base import GweiAmount, Model, Name, Shard, SlotNumber, Span


class Orphan(Model):
    """A beacon block loses against its sibling, and with it a shard's crosslink."""

    slot: SlotNumber
    """Slot of the block; what it did is undone when the next slot begins."""
    shard: Shard
    """Shard that follows the losing fork: its blocks since the crosslink before are undone."""
    retry: bool = True
    """Whether users send again what was undone on that shard, or leave it."""


class Withhold(Span):
    """Relayers deliver nothing to a shard."""

    shard: Shard
    """The shard."""


class Replay(Span):
    """A hostile relayer delivers again what was delivered before."""

    script: Name
    """A script that speaks deposit_manager's block data."""
    every_slots: Annotated[int, Field(ge=1, le=1024)] = 4
    """It tries once in so many slots, on every shard that something was delivered to."""


class Halt(Span):
    """A shard produces no blocks."""

    shard: Shard
    """The shard."""


class Insolvency(Model):
    """A corrupt committee crosslinks a deposit that the script never made."""

    slot: SlotNumber
    """Slot of the forged shard block."""
    shard: Shard
    """Shard whose committee is corrupt."""
    script: Name
    """Script whose pooled ETH is stolen."""
    gwei: GweiAmount
    """How much of it."""


class Fault(Model):
    """One fault: exactly one of the keys."""

    orphan: Orphan | None = None
    """A beacon block and a shard's crosslink are orphaned."""
    withhold: Withhold | None = None
    """Relayers withhold deliveries."""
    replay: Replay | None = None
    """A relayer replays deliveries."""
    halt: Halt | None = None
    """A shard stops."""
    insolvency: Insolvency | None = None
    """ETH is stolen from a script's pool."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = (self.orphan, self.withhold, self.replay, self.halt, self.insolvency)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("needs exactly one of: orphan, withhold, replay, halt, insolvency")
        return self
