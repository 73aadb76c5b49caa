"""Every expected failure, as one tree.

::

    ShardlabError                    carries a stable code and the values that were compared
    +-- MalformedEncoding            bytes are not the canonical SSZ of a container
    +-- InvalidProof                 a Merkle branch does not lead to the root
    +-- InvalidOperation             one beacon operation breaks a rule
    +-- InvalidBlock
    |   +-- InvalidBeaconBlock       the block is refused as a whole
    |   +-- InvalidShardBlock        the block is refused as a whole
    +-- InvalidScript                a script breaks a rule at a byte offset
    +-- ScriptFault                  the host ends a running script
    +-- ScriptOverran                real time ended a script: the run must stop
    +-- ConservationBreach           ETH appeared or vanished: the run must stop

Whoever catches one of these can turn it into data (an event, an exit status); anything
else that is raised is a bug of ours.
"""


class ShardlabError(Exception):
    """Base of all expected failures.

    Attributes:
        code: Stable name of the broken rule, ``lower_snake_case``; tests match this.
        values: The compared values, by name.
    """

    def __init__(self, code: str, **values: object) -> None:
        """Build the message ``code (name=value, ...)`` from what was compared."""
        self.code = code
        self.values = values
        shown = ", ".join(f"{name}={_show(value)}" for name, value in values.items())
        super().__init__(f"{code} ({shown})" if shown else code)


def _show(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


class MalformedEncoding(ShardlabError):
    """Bytes that are not the canonical SSZ encoding of the expected container."""


class InvalidProof(ShardlabError):
    """A Merkle branch that does not lead from its leaf to its root."""


class InvalidOperation(ShardlabError):
    """A beacon operation that breaks a rule; the placement decides what that costs."""


class InvalidBlock(ShardlabError):
    """A block that is refused as a whole, leaving the state as it was."""


class InvalidBeaconBlock(InvalidBlock):
    """A refused beacon block."""


class InvalidShardBlock(InvalidBlock):
    """A refused shard block."""


class InvalidScript(ShardlabError):
    """A script that breaks a validation rule.

    Attributes:
        offset: Byte offset into the module at which the rule is broken.
        detail: One sentence for people.
        functions: Function bodies decoded before that, as far as whoever raised it knows.
        instructions: Instructions in them.
    """

    def __init__(self, code: str, offset: int, detail: str) -> None:
        """Keep the rule's code, the byte offset and the explanation."""
        super().__init__(code, offset=offset)
        self.offset = offset
        self.detail = detail
        self.functions = 0
        self.instructions = 0


class ScriptFault(ShardlabError):
    """The host ends a running script; ``code`` becomes part of the outcome."""


class ScriptOverran(ShardlabError):
    """Somebody outside ended a script for its real time, which no chain may depend on."""


class ConservationBreach(ShardlabError):
    """Balances, script balances and burned fees no longer add up to the ETH at genesis."""
