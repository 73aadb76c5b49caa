"""What happens once, at a slot.

Source:
    Ours.
"""

from typing import Self

from pydantic import Field, model_validator

from simulator.scenario.base import Count, GweiAmount, HexBytes, Model, Name, Shard, SlotNumber


class Register(Model):
    """Register a script."""

    name: Name
    """Name by which the rest of the scenario calls it."""
    script: str
    """Path of the .wasm file, relative to the scenario file."""
    sender: Count = 0
    """Validator index that signs and pays: one of the depositors."""


class Deposit(Model):
    """One deposit from shard to shard."""

    script: Name
    """A script that speaks deposit_relay's block data."""
    from_shard: Shard = Field(alias="from")
    """Shard whose pool pays."""
    to_shard: Shard = Field(alias="to")
    """Shard whose pool is credited."""
    gwei: GweiAmount
    """Amount."""


class Call(Model):
    """One shard block that runs a script with given data."""

    script: Name
    """Registered script."""
    shard: Shard
    """Shard on which it is called."""
    data: HexBytes = ""
    """Block data in hex."""


class ScenarioEvent(Model):
    """Something that happens once, at a slot: exactly one of the keys beside ``slot``."""

    slot: SlotNumber
    """When."""
    register_script: Register | None = Field(default=None, alias="register")
    """Register a script."""
    deposit: Deposit | None = None
    """Send one deposit."""
    call: Call | None = None
    """Call a script once."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = (self.register_script, self.deposit, self.call)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("needs exactly one of: register, deposit, call")
        return self
