"""How a host function is described: parameters with roles, costs, and what it does.

A handler never touches memory. It is given numbers and the bytes behind input pointers, and
returns the bytes for the output pointers; ``chain.eei.dispatch`` does everything in between,
from the roles stated here.

Source:
    PROTOCOL 5; the form is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from chain.config import BlsBackend, ExecutionLimits
from chain.wasm import FunctionType, ValueType

BASE_FUEL: Final = 1_000
"""Price of any host call; a loop around one then ends after seconds, not hours."""


class Group(StrEnum):
    """Chapters of the documentation, in order."""

    CORE = "core"
    DEBUG = "debug"
    EXTENDED = "extended profile"
    BIGNUM = "256-bit numbers"
    FIELD = "field arithmetic"
    CRYPTO = "hashes, signatures, Merkle trees"


class Role(Enum):
    """What a parameter means to the dispatcher.

    ``VALUE``: handed to the handler as an unsigned number.
    ``LENGTH``: the size of a range, used by the dispatcher alone.
    ``INPUT``: pointer; the handler is given the bytes behind it.
    ``OUTPUT``: pointer; the handler returns the bytes for it.
    """

    VALUE = "value"
    LENGTH = "length"
    INPUT = "input"
    OUTPUT = "output"


class Counted(NamedTuple):
    """A size given by another parameter, in units of so many bytes."""

    parameter: str
    unit_bytes: int = 1


class PerRun(NamedTuple):
    """A size that the config decides, with its name for the documentation."""

    name: str
    get_bytes: Callable[[ExecutionLimits], int]


Size = int | Counted | PerRun


class Parameter(NamedTuple):
    """One parameter; ``size`` counts only for pointers."""

    name: str
    role: Role
    size: Size = 0
    type: ValueType = ValueType.I32


class Reply(NamedTuple):
    """What a handler answers: bytes for the output pointers in order, and the result.

    Fewer outputs than pointers leave the last ones untouched.
    """

    outputs: tuple[bytes, ...] = ()
    result: int | None = None


NO_REPLY: Final = Reply()

Handler = Callable[..., Reply]
"""Takes the frame, then one argument per VALUE and INPUT in order."""

Check = Callable[..., None]
"""Takes the frame, then all arguments as unsigned numbers; raises ScriptFault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFunction:
    """One row of the table.

    Attributes:
        module: Wasm module name of the first spelling.
        name: Function name there.
        group: Chapter of the documentation.
        summary: What it does, Markdown.
        parameters: None when any signature goes, as for ``abort``.
        result: Type of the result.
        handler: What it does.
        check: Judges arguments by themselves, before any range.
        base_fuel: Price of a call.
        insecure_fuel: Price of a call where signatures are insecure; None if that changes nothing.
        byte_fuel: Price per byte of the ranges whose size is an argument.
        has_env_spelling: Whether ``env`` has it too, as ``<module>_<name>``.
    """

    module: str
    name: str
    group: Group
    summary: str
    parameters: tuple[Parameter, ...] | None
    result: ValueType | None = None
    handler: Handler
    check: Check | None = None
    base_fuel: int = BASE_FUEL
    insecure_fuel: int | None = None
    byte_fuel: int = 0
    has_env_spelling: bool = True

    @property
    def label(self) -> str:
        """Return ``module.name``."""
        return f"{self.module}.{self.name}"

    @property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """Return the (module, field) pairs under which scripts import it."""
        first = (self.module, self.name)
        return (first, ("env", f"{self.module}_{self.name}")) if self.has_env_spelling else (first,)

    def compute_base_fuel(self, limits: ExecutionLimits) -> int:
        """Return the price of a call under a config."""
        is_insecure = limits.bls is BlsBackend.INSECURE
        if is_insecure and self.insecure_fuel is not None:
            return self.insecure_fuel
        return self.base_fuel

    @property
    def signature(self) -> FunctionType | None:
        """Return the wasm type, None when any goes."""
        if self.parameters is None:
            return None
        results = () if self.result is None else (self.result,)
        return FunctionType(tuple(each.type for each in self.parameters), results)


def value(name: str, kind: ValueType = ValueType.I32) -> Parameter:
    """Describe a number that the handler is given."""
    return Parameter(name, Role.VALUE, type=kind)


def length(name: str = "length") -> Parameter:
    """Describe the length of a range."""
    return Parameter(name, Role.LENGTH)


def read(name: str, size: Size) -> Parameter:
    """Describe a pointer to bytes that the host reads."""
    return Parameter(name, Role.INPUT, size)


def write(name: str, size: Size) -> Parameter:
    """Describe a pointer to room that the host writes."""
    return Parameter(name, Role.OUTPUT, size)
