"""Scripts as data: decoding WebAssembly modules and judging them, without running any.

Source:
    PROTOCOL 6.
"""

from typing import TYPE_CHECKING

from chain.lazy import import_lazily

if TYPE_CHECKING:
    from chain.wasm.assembler import assemble
    from chain.wasm.catalogue import RULES, Rule, RuleKind
    from chain.wasm.custom import get_custom_section
    from chain.wasm.decode import decode_module, validate_rules
    from chain.wasm.features import DECODABLE_FEATURES, LINKED_FEATURES, Feature
    from chain.wasm.fuel import FUNCTION_FUEL, count_fuel
    from chain.wasm.link import link_module
    from chain.wasm.link_plan import (
        HOST_MEMORY,
        SCRIPT_MEMORY,
        Library,
        LinkedCode,
        LinkPlan,
        NewFunction,
        Symbols,
        decode_library,
    )
    from chain.wasm.meter import USE_TICKS_SPELLINGS, inject_metering
    from chain.wasm.model import (
        ANY_SIGNATURE,
        AnySignature,
        Export,
        ExternalKind,
        FunctionType,
        HostImports,
        Import,
        Module,
        SectionId,
        ValueType,
        Work,
    )
    from chain.wasm.rules import (
        CONTRACT_LIMITS,
        ENGINE_LIMITS,
        LINKED_RULES,
        SCOUT_RULES,
        STRICT_RULES,
        ScriptLimits,
        ScriptRules,
    )
else:
    __getattr__ = import_lazily(
        __name__,
        {
            "assembler": "assemble",
            "catalogue": "RULES Rule RuleKind",
            "custom": "get_custom_section",
            "decode": "decode_module validate_rules",
            "features": "DECODABLE_FEATURES LINKED_FEATURES Feature",
            "fuel": "FUNCTION_FUEL count_fuel",
            "link": "link_module",
            "link_plan": (
                "HOST_MEMORY SCRIPT_MEMORY Library LinkedCode LinkPlan NewFunction Symbols "
                "decode_library"
            ),
            "meter": "USE_TICKS_SPELLINGS inject_metering",
            "model": (
                "ANY_SIGNATURE AnySignature Export ExternalKind FunctionType HostImports "
                "Import Module SectionId ValueType Work"
            ),
            "rules": (
                "CONTRACT_LIMITS ENGINE_LIMITS LINKED_RULES SCOUT_RULES STRICT_RULES "
                "ScriptLimits ScriptRules"
            ),
        },
    )

__all__ = [
    "ANY_SIGNATURE",
    "CONTRACT_LIMITS",
    "DECODABLE_FEATURES",
    "ENGINE_LIMITS",
    "FUNCTION_FUEL",
    "HOST_MEMORY",
    "LINKED_FEATURES",
    "LINKED_RULES",
    "RULES",
    "SCOUT_RULES",
    "SCRIPT_MEMORY",
    "STRICT_RULES",
    "USE_TICKS_SPELLINGS",
    "AnySignature",
    "Export",
    "ExternalKind",
    "Feature",
    "FunctionType",
    "HostImports",
    "Import",
    "Library",
    "LinkPlan",
    "LinkedCode",
    "Module",
    "NewFunction",
    "Rule",
    "RuleKind",
    "ScriptLimits",
    "ScriptRules",
    "SectionId",
    "Symbols",
    "ValueType",
    "Work",
    "assemble",
    "count_fuel",
    "decode_library",
    "decode_module",
    "get_custom_section",
    "inject_metering",
    "link_module",
    "validate_rules",
]
