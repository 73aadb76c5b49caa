"""What happened to scripts and to calls of them.

Source:
    Ours.
"""

from dataclasses import dataclass
from typing import ClassVar

from simulator.events.base import Event


@dataclass(frozen=True, slots=True)
class ScriptSubmitted(Event):
    """Somebody asks for a script to be registered.

    Attributes:
        script: Its name.
        sender: Who pays the fee.
        size_bytes: Length of the code.
        code_hash: sha256 of the code.
        rule: The rule that the code really breaks, whether anybody finds out or not.
        attack: What kind of attack it is, empty for an honest script; nobody in the network
            knows.
    """

    kind: ClassVar[str] = "script_submitted"

    script: str
    sender: int
    size_bytes: int
    code_hash: str
    rule: str = ""
    attack: str = ""


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
        role: A name of ``simulator.costs.roles``.
        nodes: How many nodes did.
        new_nodes: How many of them had to pay for it, the others having done so before.
        size_bytes: Length of the code.
        rule: The broken rule, empty when the script is valid.
        offset: Byte offset at which it is broken.
        decoded_bytes: Bytes that each of them decoded, up to the broken rule if there is one.
        functions: Function bodies among them.
        instructions: Instructions in those.
        busiest_bytes: The most bytes of code that one of the nodes that paid has paid for in one
            slot of this work, this code included.
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
    decoded_bytes: int = 0
    functions: int = 0
    instructions: int = 0
    busiest_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ScriptUsable(Event):
    """From this slot on, shard blocks may call a script.

    Attributes:
        script: Its name.
        index: Its index.
    """

    kind: ClassVar[str] = "script_usable"

    script: str
    index: int


@dataclass(frozen=True, slots=True)
class MarkWritten(Event):
    """A placement remembered something about a script.

    Attributes:
        script: Its name.
        mark: The bytes, in hex.
        says_valid: The verdict that they hold, None while there is none.
        until_slot: First slot in which that verdict holds no longer, None if it has no end.
    """

    kind: ClassVar[str] = "mark_written"

    script: str
    mark: str
    says_valid: bool | None = None
    until_slot: int | None = None


@dataclass(frozen=True, slots=True)
class ScriptSettled(Event):
    """From this slot on, calls of a script can no longer be called back."""

    kind: ClassVar[str] = "script_settled"

    script: str
    index: int


@dataclass(frozen=True, slots=True)
class BondSettled(Event):
    """A bond was paid back, paid out or burned; Gwei.

    Attributes:
        script: The script that it was about.
        returned: To who posted it.
        rewarded: To whoever was right instead.
        burned: To nobody.
        reporter: Validator that objected, None if nobody did.
    """

    kind: ClassVar[str] = "bond_settled"

    script: str
    returned: int
    rewarded: int
    burned: int
    reporter: int | None = None


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
