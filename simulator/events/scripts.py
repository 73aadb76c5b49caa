"""What happened to scripts and to calls of them.

Source:
    Ours.
"""

from dataclasses import dataclass
from typing import ClassVar

from simulator.events.base import Event


@dataclass(frozen=True, slots=True)
class ScriptSubmitted(Event):
    """Somebody asks for a script to be registered."""

    kind: ClassVar[str] = "script_submitted"

    script: str
    sender: int
    size_bytes: int
    code_hash: str


@dataclass(frozen=True, slots=True)
class ScriptRegistered(Event):
    """A registration was processed; ``rule`` says why the placement refused the code."""

    kind: ClassVar[str] = "script_registered"

    script: str
    index: int
    sender: int
    fee: int
    rule: str


@dataclass(frozen=True, slots=True)
class ScriptRefused(Event):
    """A registration came to nothing: its proposer refused it, or a rule did."""

    kind: ClassVar[str] = "script_refused"

    script: str
    code: str
    by: str


@dataclass(frozen=True, slots=True)
class ScriptValidated(Event):
    """Nodes validated a script's code.

    Attributes:
        role: ``proposer``, ``beacon nodes``, ``shard committee`` or ``reporter``.
        nodes: How many nodes did.
        new_nodes: How many of them for the first time, and so at a cost.
        size_bytes: Length of the code.
        rule: The broken rule, empty when the script is valid.
        offset: Byte offset at which it is broken.
    """

    kind: ClassVar[str] = "script_validated"

    script: str
    code_hash: str
    role: str
    nodes: int
    new_nodes: int
    size_bytes: int
    rule: str
    offset: int


@dataclass(frozen=True, slots=True)
class MarkWritten(Event):
    """A placement remembered something about a script."""

    kind: ClassVar[str] = "mark_written"

    script: str
    mark: str


@dataclass(frozen=True, slots=True)
class CallDropped(Event):
    """A call never came into a block that was accepted."""

    kind: ClassVar[str] = "call_dropped"

    script: str
    code: str


@dataclass(frozen=True, slots=True)
class WitnessServed(Event):
    """A relayer attached a witness to the block data that it offered.

    Attributes:
        script: Name of the script.
        keys: Leaves that it proves.
        witness_bytes: Keys, values and siblings.
        operations: Operations that share it.
        repaired: Whether it replaces one that went stale, because another block landed first.
    """

    kind: ClassVar[str] = "witness_served"

    script: str
    keys: int
    witness_bytes: int
    operations: int
    repaired: bool
