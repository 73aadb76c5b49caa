"""Well-formed modules that have too much of something."""

from dataclasses import replace
from typing import Final

from chain.wasm import CONTRACT_LIMITS, STRICT_RULES, ScriptRules
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import build_script

_TOUCH = '02 ( 01 "eth2" "touch" 00 00 ) '


def _limited(name: str, value: int) -> ScriptRules:
    limits = replace(CONTRACT_LIMITS, **{f"max_{name}": value})
    return replace(STRICT_RULES, limits=limits)


LIMITS: Final = tuple(
    Case(f"{name}: {value}", code, text, _limited(name, value))
    for name, value, code, text in (
        ("code_bytes", 9, "code_too_large", "00 61 73 6d 01 00 00 00 01 ^04 01 60 00 00"),
        (
            "custom_sections",
            1,
            "too_many_custom_sections",
            build_script(tables='00 ( "a" ) ^00 ( "b" ) '),
        ),
        (
            "name_bytes",
            5,
            "name_too_long",
            build_script(imports='02 ( 01 "eth2" ^"useTicks" 00 00 ) '),
        ),
        (
            "parameters",
            1,
            "signature_too_long",
            build_script(types="01 ( 02 60 00 00 60 ^02 7f 7f 00 ) "),
        ),
        (
            "results",
            0,
            "signature_too_long",
            build_script(types="01 ( 02 60 00 00 60 00 ^01 7f ) "),
        ),
        ("types", 1, "too_many_types", build_script(types="01 ( ^02 60 00 00 60 00 00 ) ")),
        (
            "imports",
            1,
            "too_many_imports",
            build_script(imports='02 ( ^02 "eth2" "touch" 00 00 "eth2" "touch" 00 00 ) '),
        ),
        (
            "functions",
            1,
            "too_many_functions",
            build_script(imports=_TOUCH, functions="03 ( ^01 00 ) "),
        ),
        (
            "functions",
            0,
            "too_many_functions",
            build_script(imports='02 ( 01 "eth2" "touch" 00 ^00 ) '),
        ),
        ("tables", 0, "too_many_tables", build_script(tables="04 ( 01 ^70 00 01 ) ")),
        ("table_elements", 10, "table_too_large", build_script(tables="04 ( 01 70 ^00 {11} ) ")),
        ("memory_pages", 2, "too_many_memory_pages", build_script(memory="05 ( 01 ^00 03 ) ")),
        (
            "globals",
            1,
            "too_many_globals",
            build_script(globals="06 ( ^02 7f 00 41 00 0b 7f 00 41 00 0b ) "),
        ),
        (
            "globals",
            0,
            "too_many_globals",
            build_script(imports='02 ( 01 "eth2" "g" 03 ^7f 00 ) '),
        ),
        (
            "exports",
            1,
            "too_many_exports",
            build_script(exports='07 ( ^02 "main" 00 00 "memory" 02 00 ) '),
        ),
        (
            "element_segments",
            0,
            "too_many_element_segments",
            build_script(tables="04(01 70 00 01)", elements="09 ( ^01 00 41 00 0b 00 ) "),
        ),
        (
            "data_segments",
            1,
            "too_many_data_segments",
            build_script(data="0b ( ^02 00 41 00 0b 00 00 41 00 0b 00 ) "),
        ),
        (
            "locals",
            3,
            "too_many_locals",
            build_script(code="0a ( 01 ( 02 02 7f ^02 7e 0b ) ) "),
        ),
        (
            "locals",
            1,
            "too_many_locals",
            build_script(
                types="01 ( 02 60 00 00 60 01 7f 00 ) ",
                functions="03 ( 02 00 01 ) ",
                code="0a ( 02 ( 01 01 7f 0b ) ( 01 ^01 7f 0b ) ) ",
            ),
        ),
        (
            "nesting_depth",
            2,
            "nesting_too_deep",
            build_script("02 40 0b 02 40 03 40 0b 03 40 ^02 40 0b 0b 0b"),
        ),
        (
            "branch_targets",
            1,
            "too_many_branch_targets",
            build_script("41 00 0e 01 00 00 41 00 0e ^02 00 00 00"),
        ),
    )
)
