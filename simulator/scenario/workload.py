"""What keeps happening: deposits, transfers, calls, writes.

Source:
    Ours.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from chain.constants import SHARD_LIMIT
from simulator.scenario.base import (
    GweiAmount,
    HexBytes,
    Model,
    Name,
    PositiveCount,
    Rate,
    Shard,
    ShardList,
    Share,
    Span,
)


class TopologyKind(StrEnum):
    """Who may send to whom, as a graph of shards."""

    COMPLETE = "complete"
    RING = "ring"
    STAR = "star"
    SMALL_WORLD = "small-world"
    SCALE_FREE = "scale-free"
    EDGES = "edges"


class Topology(Model):
    """A graph of shards; deposits travel along its edges, drawn evenly."""

    kind: Annotated[TopologyKind, Field(strict=False)] = TopologyKind.COMPLETE
    """complete, ring, star, small-world, scale-free, or edges."""
    neighbors: Annotated[int, Field(ge=1, le=64)] = 4
    """Neighbours of a shard in a small world; edges per new shard in a scale-free graph."""
    rewire: Share = 0.1
    """Share of edges that a small world rewires."""
    edges: tuple[tuple[Shard, Shard], ...] = ()
    """The directed edges, for kind edges."""

    @model_validator(mode="after")
    def _has_edges(self) -> Self:
        if (self.kind is TopologyKind.EDGES) != bool(self.edges):
            raise ValueError("edges are given exactly when the kind is edges")
        return self


class Period(Span):
    """A stretch of slots in which something arrives."""

    per_slot: Rate = 1.0
    """How many per slot; the fraction is drawn."""


class DepositWorkload(Period):
    """Deposits between shards, between given ones or along a topology."""

    script: Name
    """A script that speaks deposit_relay's block data."""
    from_shards: ShardList = Field(default=(), alias="from")
    """Shards that send, drawn evenly."""
    to_shards: ShardList = Field(default=(), alias="to")
    """Shards that receive, drawn evenly."""
    topology: Topology | None = None
    """A graph of shards instead of ``from`` and ``to``."""
    gwei: tuple[GweiAmount, GweiAmount]
    """Smallest and largest amount, drawn evenly."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if bool(self.from_shards) != bool(self.to_shards):
            raise ValueError("from and to go together")
        if bool(self.from_shards) == (self.topology is not None):
            raise ValueError("needs either from and to, or a topology")
        if self.gwei[0] > self.gwei[1]:
            raise ValueError("gwei: the smallest amount comes first")
        return self


class CallWorkload(Period):
    """Calls of a script with fixed data on some shards."""

    script: Name
    """Registered script."""
    shards: ShardList = ()
    """Shards on which it is called, all by default; ``per_slot`` is per shard."""
    first_shards: Annotated[int, Field(ge=1, le=SHARD_LIMIT)] | None = None
    """Instead of a list: on so many shards, from shard 0 on."""
    data: HexBytes = ""
    """Block data in hex."""

    @model_validator(mode="after")
    def _names_shards_once(self) -> Self:
        if self.shards and self.first_shards is not None:
            raise ValueError("shards and first_shards exclude each other")
        return self


class StorageWorkload(Period):
    """Writes to a key-value script whose state only its relayer holds."""

    script: Name
    """A script that speaks key_value's block data."""
    shards: ShardList = ()
    """Shards on which it is written to, all by default; ``per_slot`` is per shard."""
    keys: PositiveCount = 64
    """How many different keys are written, drawn evenly."""


class Route(StrEnum):
    """How ETH of the deposit manager crosses from shard to shard (PROTOCOL 8)."""

    BEACON = "beacon"
    RECEIPT = "receipt"
    NETTING = "netting"


class Arrival(StrEnum):
    """How transfers are spread over slots; all have the same mean."""

    STEADY = "steady"
    POISSON = "poisson"
    BURSTS = "bursts"


class TransferWorkload(Period):
    """Transfers between accounts of a deposit manager, within shards and across.

    ``per_slot`` is over all shards together.
    """

    script: Name
    """A script that speaks deposit_manager's block data."""
    route: Annotated[Route, Field(strict=False)] = Route.BEACON
    """Route of the transfers that cross shards: beacon, receipt or netting."""
    cross_shard: Share = 0.5
    """Share of transfers that cross shards; the others stay on one."""
    topology: Topology = Topology()
    """Along which edges transfers cross."""
    arrival: Annotated[Arrival, Field(strict=False)] = Arrival.POISSON
    """How they arrive: steady, poisson, or bursts of poisson."""
    burst_slots: PositiveCount = 8
    """With bursts: everything arrives in every second stretch of this many slots."""
    users: PositiveCount = 4
    """Funded accounts per shard, which send."""
    recipients: PositiveCount = 8
    """Accounts per shard that may be paid: the users first, then others, which the first
    payment creates."""
    gwei: tuple[GweiAmount, GweiAmount]
    """Smallest and largest amount, drawn evenly."""
    expiry_slots: PositiveCount | None = None
    """Route receipt: slots after which an undelivered message goes back, by default never."""
    reserve_gwei: Annotated[int, Field(ge=0, le=10**18)] = 0
    """Route netting: ETH locked on every shard to credit without waiting for proofs."""
    relayers: Annotated[int, Field(ge=1, le=16)] = 1
    """Relayers who compete for every block; each serves a part of the users."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.gwei[0] > self.gwei[1]:
            raise ValueError("gwei: the smallest amount comes first")
        if self.recipients < self.users:
            raise ValueError("recipients: the users are among them")
        if self.recipients == 1 and self.cross_shard < 1:
            raise ValueError("recipients: within a shard one account has nobody to pay")
        return self


class Workload(Model):
    """Something that keeps happening: exactly one of the keys."""

    deposits: DepositWorkload | None = None
    """Deposits between shards."""
    transfers: TransferWorkload | None = None
    """Transfers between accounts, within shards and across."""
    calls: CallWorkload | None = None
    """Calls of a script."""
    storage: StorageWorkload | None = None
    """Writes to a key-value script, with witnesses."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = (self.deposits, self.transfers, self.calls, self.storage)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("needs exactly one of: deposits, transfers, calls, storage")
        return self
