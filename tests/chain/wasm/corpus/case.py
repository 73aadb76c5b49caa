"""What a case of the corpus is, and the host that all of them meet."""

from dataclasses import dataclass
from typing import Final

from chain.wasm import ANY_SIGNATURE, FunctionType, HostImports, ScriptRules, ValueType

HOST: Final[HostImports] = {
    ("eth2", "useTicks"): FunctionType((ValueType.I32,), ()),
    ("eth2", "blockDataSize"): FunctionType((), (ValueType.I32,)),
    ("eth2", "touch"): FunctionType((), ()),
    ("env", "abort"): ANY_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A module, in the notation of ``tests.helpers.wasm_modules``, and its verdict.

    Attributes:
        name: What it is, for people.
        code: The rule that it breaks at its mark; empty when it is valid.
        text: The module.
        rules: The profile.
    """

    name: str
    code: str
    text: str
    rules: ScriptRules
