"""What adversaries send, made by hand: the kinds of scenarios, and others in their spirit.

The first word of a name is the kind under which a scenario knows it, if it does.
"""

from dataclasses import replace
from typing import Final

from chain.wasm import CONTRACT_LIMITS, SCOUT_RULES, STRICT_RULES, Feature
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import TYPE, build_script

_TWO_FUNCTIONS = "03 ( 02 00 00 ) "
_TABLE = "04 ( 01 70 00 01 ) "
_CUT_OFF = build_script(data="0b ( 01 00 41 00 0b {5} 63 75 74 ^ )")
_NO_MAIN = build_script(exports='^07 ( 01 "memory" 02 00 ) ')
_CLOCK = build_script(
    imports='02 ( 01 ^"eth2" "readClock" 00 00 ) ', exports='07(02 "main" 00 01 "memory" 02 00)'
)
_FLOAT = build_script(
    functions=_TWO_FUNCTIONS,
    code="0a ( 02 ( 00 0b ) ( 00 ^44 00 00 00 00 00 00 00 00 1a 0b ) ) ",
)
_START = build_script(
    functions=_TWO_FUNCTIONS, start="^08 ( 01 ) ", code="0a ( 02 ( 00 0b ) ( 00 0b ) ) "
)
_EXTRA = build_script(exports='07 ( 03 "memory" 02 00 "main" 00 00 ^"version" 00 00 ) ')
_EXTEND = build_script("41 00 ^c0 1a")
# The smallest script has 8 + 6 + 4 + 5 + 19 + 6 = 48 bytes.
_ONE_TOO_MANY = replace(STRICT_RULES, limits=replace(CONTRACT_LIMITS, max_code_bytes=47))
_EXACTLY = replace(STRICT_RULES, limits=replace(CONTRACT_LIMITS, max_code_bytes=48))
_EXTENDING = replace(STRICT_RULES, features=frozenset({Feature.SIGN_EXTENSION}))


def _build_locals(count: str, mark: str = "") -> str:
    return build_script(code=f"0a ( 01 ( 01 {mark}{{{count}}} 7f 0b ) ) ")


def _build_nest(depth: int) -> str:
    """Write blocks inside one another; the mark is at the innermost."""
    return build_script("02 40 " * (depth - 1) + "^02 40 " + "0b " * depth)


def _build_branches(targets: int) -> str:
    return build_script(f"02 40 41 00 0e ^{{{targets}}} " + "00 " * (targets + 1) + "0b")


def _build_functions(count: int) -> str:
    return build_script(
        functions=f"03 ( ^{{{count}}} " + "00 " * count + ") ",
        code=f"0a ( {{{count}}} " + "( 00 0b ) " * count + ") ",
    )


ATTACKS: Final = tuple(
    Case(name, code, text, rules)
    for name, code, text, rules in (
        ("malformed under strict", "unexpected_end", _CUT_OFF, STRICT_RULES),
        ("malformed under scout", "unexpected_end", _CUT_OFF, SCOUT_RULES),
        ("float-code in the last function", "float_instruction", _FLOAT, STRICT_RULES),
        ("unknown-import under strict", "unknown_import", _CLOCK, STRICT_RULES),
        ("unknown-import under scout", "unknown_import", _CLOCK, SCOUT_RULES),
        ("missing-export under strict", "missing_export", _NO_MAIN, STRICT_RULES),
        ("missing-export under scout", "missing_export", _NO_MAIN, SCOUT_RULES),
        ("start-function that does nothing", "start_function", _START, STRICT_RULES),
        (
            "oversized by its last byte",
            "code_too_large",
            build_script(code="0a ( 01 ( 00 ^0b ) ) "),
            _ONE_TOO_MANY,
        ),
        ("many-locals: one", "too_many_locals", _build_locals("4097", "^"), STRICT_RULES),
        ("many-locals: all", "too_many_locals", _build_locals("4294967295", "^"), STRICT_RULES),
        ("many-locals for engines", "too_many_locals", _build_locals("50001", "^"), SCOUT_RULES),
        (
            "many-locals in two runs",
            "too_many_locals",
            build_script(code="0a ( 01 ( 02 {4096} 7f ^01 7e 0b ) ) "),
            STRICT_RULES,
        ),
        (
            "many-locals and a parameter",
            "too_many_locals",
            build_script(
                types="01 ( 02 60 00 00 60 01 7f 00 ) ",
                functions="03 ( 02 00 01 ) ",
                code="0a ( 02 ( 00 0b ) ( 01 ^{4096} 7f 0b ) ) ",
            ),
            STRICT_RULES,
        ),
        ("deep-nesting: one", "nesting_too_deep", _build_nest(1_025), STRICT_RULES),
        (
            "deep-nesting of loops",
            "nesting_too_deep",
            build_script("03 40 " * 1_024 + "^03 40 " + "0b " * 1_025),
            STRICT_RULES,
        ),
        (
            "deep-nesting in the last function",
            "nesting_too_deep",
            build_script(
                functions=_TWO_FUNCTIONS,
                code="0a ( 02 ( 00 0b ) ( 00 "
                + "02 40 " * 1_024
                + "^02 40 "
                + "0b " * 1_026
                + ") ) ",
            ),
            STRICT_RULES,
        ),
        ("huge-br-table: one", "too_many_branch_targets", _build_branches(4_097), STRICT_RULES),
        ("many-functions: one", "too_many_functions", _build_functions(10_001), STRICT_RULES),
        ("profile-split under strict", "extra_export", _EXTRA, STRICT_RULES),
        ("engine-split under strict", "feature_sign_extension", _EXTEND, STRICT_RULES),
        (
            "types without end",
            "too_many_types",
            build_script(types="01 ( ^{1001} " + "60 00 00 " * 1_001 + ") "),
            STRICT_RULES,
        ),
        (
            "parameters without end",
            "signature_too_long",
            build_script(types="01 ( 02 60 00 00 60 ^{129} " + "7f " * 129 + "00 ) "),
            STRICT_RULES,
        ),
        (
            "globals without end",
            "too_many_globals",
            build_script(globals="06 ( ^{1001} " + "7f 00 41 00 0b " * 1_001 + ") "),
            STRICT_RULES,
        ),
        (
            "imports without end",
            "too_many_imports",
            build_script(imports="02 ( ^{1001} " + '"eth2" "touch" 00 00 ' * 1_001 + ") "),
            STRICT_RULES,
        ),
        (
            "data segments without end",
            "too_many_data_segments",
            build_script(data="0b ( ^{10001} " + "00 41 00 0b 00 " * 10_001 + ") "),
            STRICT_RULES,
        ),
        (
            "element segments without end",
            "too_many_element_segments",
            build_script(
                tables=_TABLE, elements="09 ( ^{1001} " + "00 41 00 0b 00 " * 1_001 + ") "
            ),
            STRICT_RULES,
        ),
        (
            "custom sections without end",
            "too_many_custom_sections",
            build_script(tables='00 ( "a" ) ' * 1_000 + '^00 ( "a" ) '),
            STRICT_RULES,
        ),
        (
            "memory as large as an address space",
            "too_many_memory_pages",
            build_script(memory="05 ( 01 ^00 {65536} ) "),
            STRICT_RULES,
        ),
        (
            "table larger than memory",
            "table_too_large",
            build_script(tables="04 ( 01 70 ^00 {4294967295} ) "),
            SCOUT_RULES,
        ),
        (
            "name longer than any",
            "name_too_long",
            build_script(imports='02 ( 01 "eth2" ^{1025} ' + "61 " * 1_025 + "00 00 ) "),
            STRICT_RULES,
        ),
        (
            "start through a chain of calls to the host",
            "start_calls_host",
            build_script(
                imports='02 ( 01 "eth2" "touch" 00 00 ) ',
                functions="03 ( {101} " + "00 " * 101 + ") ",
                exports='07 ( 02 "main" 00 01 "memory" 02 00 ) ',
                start="08 ( 01 ) ",
                code="0a ( {101} "
                + "".join(f"( 00 10 {{{callee}}} 0b ) " for callee in range(2, 102))
                + "( 00 ^10 00 0b ) ) ",
            ),
            SCOUT_RULES,
        ),
    )
)
"""Refused, at the mark."""

ACCEPTED: Final = tuple(
    Case(name, "", text.replace("^", ""), rules)
    for name, text, rules in (
        ("smallest script", build_script(), STRICT_RULES),
        ("oversized by nothing", build_script(), _EXACTLY),
        ("float-code under scout", _FLOAT, SCOUT_RULES),
        ("start-function under scout", _START, SCOUT_RULES),
        ("profile-split under scout", _EXTRA, SCOUT_RULES),
        ("engine-split under scout", _EXTEND, SCOUT_RULES),
        ("engine-split where the config says so", _EXTEND, _EXTENDING),
        ("many-locals at the limit", _build_locals("4096"), STRICT_RULES),
        ("many-locals over the limit under scout", _build_locals("4097"), SCOUT_RULES),
        ("deep-nesting at the limit", _build_nest(1_024), STRICT_RULES),
        ("deep-nesting over the limit under scout", _build_nest(1_025), SCOUT_RULES),
        ("huge-br-table at the limit", _build_branches(4_096), STRICT_RULES),
        ("huge-br-table over the limit under scout", _build_branches(4_097), SCOUT_RULES),
        ("many-functions at the limit", _build_functions(10_000), STRICT_RULES),
        ("many-functions over the limit under scout", _build_functions(10_001), SCOUT_RULES),
        ("always-traps", build_script("00"), STRICT_RULES),
        ("always-traps at its end", build_script("01 01 00"), STRICT_RULES),
        ("loops for ever", build_script("03 40 0c 00 0b"), STRICT_RULES),
        ("calls itself for ever", build_script("10 00"), STRICT_RULES),
        ("takes all memory", build_script("03 40 41 01 40 00 1a 0c 00 0b"), STRICT_RULES),
        (
            "sections in a row that say nothing",
            build_script(types='00 ( "a" ) ' * 1_000 + TYPE),
            STRICT_RULES,
        ),
        (
            "integers as long as they may be",
            build_script(
                functions="03 ( 81 80 80 80 00 80 80 80 80 00 ) ",
                memory="05 ( 81 80 80 80 00 00 81 80 80 80 00 ) ",
            ),
            STRICT_RULES,
        ),
    )
)
"""Accepted: valid under these rules, whatever they do when they are called."""
