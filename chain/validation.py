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
from chain.errors import InvalidScript
from chain.placement.base import Verdict
from chain.types import Root
from chain.wasm import SCOUT_RULES, STRICT_RULES, Feature, ScriptRules, validate_rules

_REMEMBERED_VERDICTS: Final = 4096


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
    """Validates scripts, remembering verdicts by code hash.

    The memory spares this process the work; what the simulated nodes pay is counted by whoever
    asks.
    """

    def __init__(self, rules: ScriptRules, runtime: ScriptRuntime) -> None:
        """Set the rules and the engine."""
        self._rules = rules
        self._runtime = runtime
        self._verdicts: OrderedDict[Root, Verdict] = OrderedDict()

    def check(self, code: bytes) -> Verdict:
        """Return the verdict about a script."""
        code_hash = compute_code_hash(code)
        verdict = self._verdicts.get(code_hash)
        if verdict is None:
            verdict = self._validate(code)
            self._verdicts[code_hash] = verdict
            if len(self._verdicts) > _REMEMBERED_VERDICTS:
                self._verdicts.popitem(last=False)
        return verdict

    def _validate(self, code: bytes) -> Verdict:
        try:
            validate_script(code, self._rules, self._runtime)
        except InvalidScript as error:
            return Verdict(error.code, error.offset)
        return Verdict()


def compute_code_hash(code: bytes) -> Root:
    """Return the sha256 of a script's code, its name in caches and reports."""
    return Root(hashlib.sha256(code).digest())
