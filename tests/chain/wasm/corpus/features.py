"""Modules that use additions to WebAssembly 1.0 which are not allowed."""

from dataclasses import replace
from typing import Final

from chain.wasm import SCOUT_RULES, STRICT_RULES, Feature
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import PREAMBLE, TYPE, build_script

_FLOATING = replace(STRICT_RULES, allow_floats=True)
_NO_REFERENCES = replace(SCOUT_RULES, features=SCOUT_RULES.features - {Feature.REFERENCE_TYPES})
_TABLE = "04 ( 01 70 00 01 ) "
_DATA_COUNT = "0c ( 00 ) "

REFUSED: Final = tuple(
    Case(name, f"feature_{code}", text, SCOUT_RULES)
    for name, code, text in (
        ("component", "component_model", "00 61 73 6d ^0d 00 01 00"),
        ("pages of one byte", "custom_page_sizes", PREAMBLE + "05 ( 01 ^08 00 00 )"),
        ("tag section", "exceptions", PREAMBLE + TYPE + "^0d ( 01 00 00 )"),
        ("tag import", "exceptions", PREAMBLE + TYPE + '02 ( 01 "a" "b" ^04 00 00 )'),
        ("legacy try", "exceptions", build_script("^06 40 07 00 0b")),
        ("try_table", "exceptions", build_script("^1f 40 00 0b")),
        ("exception type", "exceptions", PREAMBLE + "01 ( 01 60 01 ^69 00 )"),
        ("typed reference", "function_references", PREAMBLE + "01 ( 01 60 01 ^64 70 00 )"),
        (
            "table with a value",
            "function_references",
            PREAMBLE + "04 ( 01 ^40 00 70 00 00 d0 70 0b )",
        ),
        ("call_ref", "function_references", build_script("d0 70 ^14 00")),
        ("structure type", "gc", PREAMBLE + "01 ( 01 ^5f 00 )"),
        ("group of types", "gc", PREAMBLE + "01 ( 01 ^4e 00 )"),
        ("anyref", "gc", PREAMBLE + "01 ( 01 60 01 ^6e 00 )"),
        ("structure instruction", "gc", build_script("^fb 00 00 1a")),
        ("interface types", "interface_types", PREAMBLE + '^00 ( "webidl-bindings" )'),
        ("memory of 64 bits", "memory64", PREAMBLE + "05 ( 01 ^04 00 )"),
        ("table of 64 bits", "memory64", PREAMBLE + "04 ( 01 70 ^04 00 )"),
        ("two memories", "multi_memory", PREAMBLE + "05 ( 02 00 00 ^00 00 )"),
        ("access with memory index", "multi_memory", build_script("41 00 28 ^42 00 00 1a")),
        ("relaxed swizzle", "relaxed_simd", build_script("^fd {256}")),
        ("continuation type", "stack_switching", PREAMBLE + "01 ( 01 ^5d 00 )"),
        ("new continuation", "stack_switching", build_script("^e0 00")),
        ("tail call", "tail_calls", build_script("^12 00")),
        ("shared memory", "threads", PREAMBLE + "05 ( 01 ^03 00 01 )"),
        ("shared global", "threads", PREAMBLE + "06 ( 01 7f ^02 41 00 0b )"),
        ("atomic fence", "threads", build_script("^fe 03 00")),
        ("wide sum", "wide_arithmetic", build_script("^fc {19}")),
    )
)

BANNED: Final = tuple(
    Case(name, f"feature_{code}", text, rules)
    for name, code, text, rules in (
        ("extend8_s", "sign_extension", build_script("41 00 ^c0 1a"), STRICT_RULES),
        (
            "trunc_sat",
            "saturating_float",
            build_script("43 00 00 00 00 ^fc 00 1a"),
            _FLOATING,
        ),
        ("fill", "bulk_memory", build_script("41 00 41 00 41 00 ^fc 0b 00"), STRICT_RULES),
        ("data count", "bulk_memory", build_script(data_count="^" + _DATA_COUNT), STRICT_RULES),
        ("passive data", "bulk_memory", build_script(data="0b ( 01 ^01 00 )"), STRICT_RULES),
        (
            "passive elements",
            "bulk_memory",
            build_script(elements="09 ( 01 ^01 00 00 )"),
            STRICT_RULES,
        ),
        (
            "declared elements",
            "reference_types",
            build_script(elements="09 ( 01 ^03 00 00 )"),
            _NO_REFERENCES,
        ),
        (
            "second table",
            "reference_types",
            build_script(tables="04 ( 02 70 00 01 ^70 00 01 )"),
            STRICT_RULES,
        ),
        (
            "table of objects",
            "reference_types",
            build_script(tables="04 ( 01 ^6f 00 01 )"),
            STRICT_RULES,
        ),
        ("null reference", "reference_types", build_script("^d0 70 1a"), STRICT_RULES),
        (
            "typed select",
            "reference_types",
            build_script("41 00 41 00 41 00 ^1c 01 7f 1a"),
            STRICT_RULES,
        ),
        (
            "call through table 0 in two bytes",
            "reference_types",
            build_script("41 00 11 00 ^80 00", tables=_TABLE),
            STRICT_RULES,
        ),
        (
            "reference parameter",
            "reference_types",
            build_script(types="01 ( 02 60 00 00 60 01 ^70 00 )"),
            STRICT_RULES,
        ),
        (
            "two results",
            "multi_value",
            build_script(types="01 ( 02 60 00 00 60 00 ^02 7f 7f ) "),
            STRICT_RULES,
        ),
        ("block with type index", "multi_value", build_script("02 ^00 0b"), STRICT_RULES),
        (
            "mutable import",
            "mutable_globals",
            build_script(imports='02 ( 01 "a" "b" 03 ^7f 01 ) '),
            STRICT_RULES,
        ),
        (
            "mutable export",
            "mutable_globals",
            build_script(
                globals="06 ( 01 7f 01 41 00 0b )",
                exports='07 ( 03 "main" 00 00 "memory" 02 00 ^"g" 03 00 )',
            ),
            STRICT_RULES,
        ),
        (
            "constant sum",
            "extended_constants",
            build_script(globals="06 ( 01 7f 00 41 00 41 00 ^6a 0b )"),
            STRICT_RULES,
        ),
        (
            "vector parameter",
            "simd",
            build_script(types="01 ( 02 60 00 00 60 01 ^7b 00 ) "),
            STRICT_RULES,
        ),
        ("vector splat", "simd", build_script("41 00 ^fd 0f 1a"), STRICT_RULES),
    )
)
