"""Script validation as the chain uses it: the rules, the engine's type check, one verdict.

Source:
    PROTOCOL 6.
"""

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from chain.config import ChainConfig, Profile
from chain.eei import HOST_IMPORTS, ScriptRuntime
from chain.effects import ScriptChecked
from chain.errors import InvalidScript
from chain.placement.base import Verdict
from chain.types import Root
from chain.wasm import (
    SCOUT_RULES,
    STRICT_RULES,
    Feature,
    Module,
    ScriptRules,
    Work,
    validate_rules,
)

_REMEMBERED_VERDICTS: Final = 4096
_REFUSED_UNREAD: Final = "code_too_large"


def get_rules(config: ChainConfig) -> ScriptRules:
    """Return the script rules that a run's config asks for.

    Source:
        PROTOCOL 6 ("unless the config says so").
    """
    if config.profile is Profile.SCOUT:
        return SCOUT_RULES
    extra = frozenset(Feature(name) for name in config.features)
    limits = replace(
        STRICT_RULES.limits,
        max_code_bytes=config.max_code_bytes,
        max_memory_pages=config.execution.max_memory_pages,
    )
    return replace(STRICT_RULES, features=STRICT_RULES.features | extra, limits=limits)


def validate_script(code: bytes, rules: ScriptRules, runtime: ScriptRuntime) -> None:
    """Refuse a script that breaks a rule of its profile.

    Args:
        code: A WebAssembly module, any bytes.
        rules: The profile's rules.
        runtime: Lends the engine's type checker, which has the last word.

    Raises:
        InvalidScript: Any code of ``chain.wasm.RULES``, or ``type_check``.

    Source:
        PROTOCOL 6.
    """
    validate_rules(code, rules, HOST_IMPORTS)
    runtime.validate_types(code)


class ScriptChecker:
    """Validates scripts, remembering what was found by code hash.

    The memory spares this process the work; what the simulated nodes pay is counted by whoever
    asks.
    """

    def __init__(self, rules: ScriptRules, runtime: ScriptRuntime) -> None:
        """Set the rules and the engine."""
        self._rules = rules
        self._runtime = runtime
        self._checked: OrderedDict[Root, ScriptChecked] = OrderedDict()

    def check(self, code: bytes) -> Verdict:
        """Return the verdict about a script."""
        checked = self.examine(code)
        return Verdict(checked.rule, checked.offset)

    def examine(self, code: bytes) -> ScriptChecked:
        """Return the verdict about a script, and what it took to find it."""
        code_hash = compute_code_hash(code)
        checked = self._checked.get(code_hash)
        if checked is None:
            checked = self._checked[code_hash] = self._validate(code, code_hash)
            if len(self._checked) > _REMEMBERED_VERDICTS:
                self._checked.popitem(last=False)
        return checked

    def _validate(self, code: bytes, code_hash: Root) -> ScriptChecked:
        module: Module | None = None
        try:
            module = validate_rules(code, self._rules, HOST_IMPORTS)
            self._runtime.validate_types(code)
        except InvalidScript as error:
            work = _compute_work(error) if module is None else module.work
            return ScriptChecked(code_hash, len(code), error.code, error.offset, work)
        return ScriptChecked(code_hash, len(code), rule="", offset=0, work=module.work)


def _compute_work(error: InvalidScript) -> Work:
    """Return the work up to a broken rule: bytes before it, and functions decoded completely.

    Source:
        Ours. Code that is too large is refused by its size alone, before any of it is read.
    """
    decoded_bytes = 0 if error.code == _REFUSED_UNREAD else error.offset
    return Work(decoded_bytes, error.functions, error.instructions)


def compute_code_hash(code: bytes) -> Root:
    """Return the sha256 of a script's code, its name in caches and reports."""
    return Root(hashlib.sha256(code).digest())
