"""Well-formed modules that a profile refuses: floats, the interface, limits."""

from dataclasses import replace
from typing import Final

from chain.wasm import SCOUT_RULES, STRICT_RULES, Feature
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import build_script

_SIMD = replace(STRICT_RULES, features=frozenset({Feature.SIMD}))
_TABLE = "04 ( 01 70 00 01 ) "

# Types 0: () -> (), 1: (i32) -> (), 2: () -> (i32).
_TYPES = "01 ( 03 60 00 00 60 01 7f 00 60 00 01 7f ) "
_USE_TICKS = '02 ( 01 "eth2" "useTicks" 00 01 ) '
_TOUCH = '02 ( 01 "eth2" "touch" 00 00 ) '
_ABORT = '02 ( 01 "env" "abort" 00 00 ) '
_TWO_FUNCTIONS = "03 ( 02 00 00 ) "
_MAIN_IS_1 = '07 ( 02 "main" 00 01 "memory" 02 00 ) '

FLOATS: Final = tuple(
    Case(name, code, text, rules)
    for name, code, text, rules in (
        (
            "parameter",
            "float_type",
            build_script(types="01 ( 02 60 00 00 60 02 7f ^7d 00 ) "),
            STRICT_RULES,
        ),
        (
            "result",
            "float_type",
            build_script(types="01 ( 02 60 00 00 60 00 01 ^7c ) "),
            STRICT_RULES,
        ),
        (
            "imported global",
            "float_type",
            build_script(imports='02 ( 01 "a" "b" 03 ^7d 00 ) '),
            STRICT_RULES,
        ),
        (
            "global",
            "float_type",
            build_script(globals="06 ( 01 ^7c 00 44 00 00 00 00 00 00 00 00 0b ) "),
            STRICT_RULES,
        ),
        (
            "local",
            "float_type",
            build_script(code="0a ( 01 ( 02 01 7f 03 ^7d 0b ) ) "),
            STRICT_RULES,
        ),
        ("block type", "float_type", build_script("02 ^7d 00 0b 1a"), STRICT_RULES),
        (
            "selected type",
            "float_type",
            build_script("00 1c 01 ^7c 1a"),
            replace(STRICT_RULES, features=frozenset({Feature.REFERENCE_TYPES})),
        ),
        ("f32 constant", "float_instruction", build_script("^43 00 00 80 3f 1a"), STRICT_RULES),
        (
            "f64 constant",
            "float_instruction",
            build_script("^44 00 00 00 00 00 00 f0 3f 1a"),
            STRICT_RULES,
        ),
        (
            "constant in a constant expression",
            "float_instruction",
            build_script(globals="06 ( 01 7f 00 ^43 00 00 00 00 0b ) "),
            STRICT_RULES,
        ),
        ("load", "float_instruction", build_script("41 00 ^2a 02 00 1a"), STRICT_RULES),
        ("sum", "float_instruction", build_script("00 ^92 1a"), STRICT_RULES),
        ("truncation", "float_instruction", build_script("00 ^aa 1a"), STRICT_RULES),
        ("reinterpretation", "float_instruction", build_script("00 ^bc 1a"), STRICT_RULES),
        ("saturating truncation", "float_instruction", build_script("00 ^fc 02 1a"), STRICT_RULES),
        ("dead code", "float_instruction", build_script("0f 01 ^a4 1a"), STRICT_RULES),
        ("float lanes", "float_instruction", build_script("00 ^fd {228} 1a"), _SIMD),
        (
            "behind bytes that look like floats",
            "float_instruction",
            build_script("41 c3 00 1a 41 c4 80 01 1a ^43 00 00 00 00 1a"),
            STRICT_RULES,
        ),
    )
)

INTERFACE: Final = tuple(
    Case(name, code, text, rules)
    for name, code, text, rules in (
        (
            "unknown field",
            "unknown_import",
            build_script(
                types=_TYPES, imports='02 ( 02 "eth2" "useTicks" 00 01 ^"eth2" "no" 00 00 ) '
            ),
            SCOUT_RULES,
        ),
        (
            "unknown module",
            "unknown_import",
            build_script(imports='02 ( 01 ^"eth3" "touch" 00 00 ) '),
            STRICT_RULES,
        ),
        (
            "imported memory",
            "import_kind",
            build_script(imports='02 ( 01 ^"env" "memory" 02 00 01 ) ', memory=""),
            SCOUT_RULES,
        ),
        (
            "imported table",
            "import_kind",
            build_script(imports='02 ( 01 ^"env" "abort" 01 70 00 01 ) '),
            SCOUT_RULES,
        ),
        (
            "imported global",
            "import_kind",
            build_script(imports='02 ( 01 ^"env" "g" 03 7f 00 ) '),
            STRICT_RULES,
        ),
        (
            "parameter missing",
            "import_signature",
            build_script(imports='02 ( 01 ^"eth2" "useTicks" 00 00 ) '),
            SCOUT_RULES,
        ),
        (
            "result too many",
            "import_signature",
            build_script(types=_TYPES, imports='02 ( 01 ^"eth2" "touch" 00 02 ) '),
            STRICT_RULES,
        ),
        (
            "abort with a reference",
            "import_signature",
            build_script(
                types="01 ( 02 60 00 00 60 01 70 00 ) ", imports='02 ( 01 ^"env" "abort" 00 01 ) '
            ),
            SCOUT_RULES,
        ),
        (
            "abort with a vector for a result",
            "import_signature",
            build_script(
                types="01 ( 02 60 00 00 60 00 01 7b ) ", imports='02 ( 01 ^"env" "abort" 00 01 ) '
            ),
            SCOUT_RULES,
        ),
        (
            "abort with two signatures",
            "import_signature",
            build_script(
                types="01 ( 02 60 00 00 60 01 7f 00 ) ",
                imports='02 ( 02 "env" "abort" 00 01 ^"env" "abort" 00 00 ) ',
            ),
            STRICT_RULES,
        ),
        ("no exports", "missing_export", build_script(exports="") + "^", SCOUT_RULES),
        (
            "no main",
            "missing_export",
            build_script(exports='^07 ( 01 "memory" 02 00 ) '),
            STRICT_RULES,
        ),
        (
            "no memory",
            "missing_export",
            build_script(exports='^07 ( 01 "main" 00 00 ) '),
            SCOUT_RULES,
        ),
        (
            "main is a memory",
            "export_kind",
            build_script(exports='07 ( 02 "memory" 02 00 ^"main" 02 00 ) '),
            SCOUT_RULES,
        ),
        (
            "memory is a function",
            "export_kind",
            build_script(exports='07 ( 02 "main" 00 00 ^"memory" 00 00 ) '),
            STRICT_RULES,
        ),
        (
            "main takes a number",
            "main_signature",
            build_script(
                types=_TYPES,
                functions="03 ( 01 01 ) ",
                exports='07 ( 02 "memory" 02 00 ^"main" 00 00 ) ',
            ),
            SCOUT_RULES,
        ),
        (
            "third export",
            "extra_export",
            build_script(exports='07 ( 03 "main" 00 00 ^"also" 00 00 "memory" 02 00 ) '),
            STRICT_RULES,
        ),
        ("start", "start_function", build_script(start="^08 ( 00 ) "), STRICT_RULES),
        (
            "start is a host function",
            "start_calls_host",
            build_script(imports=_TOUCH, exports=_MAIN_IS_1, start="08 ( ^00 ) "),
            SCOUT_RULES,
        ),
        (
            "start calls the host",
            "start_calls_host",
            build_script("01 ^10 00", imports=_TOUCH, exports=_MAIN_IS_1, start="08 ( 01 ) "),
            SCOUT_RULES,
        ),
        (
            "start calls what calls the host",
            "start_calls_host",
            build_script(
                imports=_TOUCH,
                functions=_TWO_FUNCTIONS,
                exports=_MAIN_IS_1,
                start="08 ( 02 ) ",
                code="0a ( 02 ( 00 10 01 ^10 00 0b ) ( 00 10 01 0b ) ) ",
            ),
            SCOUT_RULES,
        ),
        (
            "start calls the host through a table",
            "start_calls_host",
            build_script(
                "41 00 ^11 00 00",
                imports=_TOUCH,
                tables=_TABLE,
                exports=_MAIN_IS_1,
                start="08 ( 01 ) ",
                elements="09 ( 01 00 41 00 0b 01 00 ) ",
            ),
            SCOUT_RULES,
        ),
        (
            "start stores the host in a table",
            "start_calls_host",
            build_script(
                "41 00 d2 00 26 00 41 00 ^11 00 00",
                imports=_TOUCH,
                tables=_TABLE,
                exports='07 ( 03 "main" 00 01 "memory" 02 00 "touch" 00 00 ) ',
                start="08 ( 01 ) ",
            ),
            SCOUT_RULES,
        ),
    )
)
