"""Modules whose indices and instructions are wrong."""

from typing import Final

from chain.wasm import SCOUT_RULES
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import PREAMBLE, build_script

_TABLE = "04 ( 01 70 00 01 ) "
_TWO_TABLES = "04 ( 02 70 00 01 6f 00 01 ) "
_GLOBAL = "06 ( 01 7f 00 41 00 0b ) "
_DATA_COUNT = "0c ( 00 ) "

MALFORMED_CODE: Final = tuple(
    Case(name, code, text, SCOUT_RULES)
    for name, code, text in (
        ("function of no type", "unknown_type", build_script(functions="03 ( 01 ^01 )")),
        ("import of no type", "unknown_type", PREAMBLE + '02 ( 01 "a" "b" 00 ^00 )'),
        ("block of no type", "unknown_type", build_script("02 ^01 0b")),
        (
            "indirect call of no type",
            "unknown_type",
            build_script("41 00 11 ^07 00", tables=_TABLE),
        ),
        ("call of nothing", "unknown_function", build_script("10 ^01")),
        ("export of nothing", "unknown_function", build_script(exports='07 ( 01 "f" 00 ^01 )')),
        ("start of nothing", "unknown_function", build_script(start="08 ( ^01 )")),
        (
            "element of nothing",
            "unknown_function",
            build_script(tables=_TABLE, elements="09 ( 01 00 41 00 0b 02 00 ^01 )"),
        ),
        (
            "elements without table",
            "unknown_table",
            build_script(elements="09(01 ^00 41 00 0b 00)"),
        ),
        (
            "elements for table 1",
            "unknown_table",
            build_script(tables=_TABLE, elements="09 ( 01 02 ^01 41 00 0b 00 00 )"),
        ),
        ("indirect call without table", "unknown_table", build_script("41 00 11 00 ^00")),
        ("size of no table", "unknown_table", build_script("fc 10 ^00 1a")),
        (
            "load without memory",
            "unknown_memory",
            build_script("41 00 28 ^02 00 1a", memory="", exports=""),
        ),
        (
            "growth without memory",
            "unknown_memory",
            build_script("41 00 40 ^00 1a", memory="", exports=""),
        ),
        (
            "data without memory",
            "unknown_memory",
            build_script(memory="", exports="", data="0b ( 01 ^00 41 00 0b 00 )"),
        ),
        ("data for memory 1", "unknown_memory", build_script(data="0b(01 02 ^01 41 00 0b 00)")),
        (
            "fill of memory 1",
            "unknown_memory",
            build_script("41 00 41 00 41 00 fc 0b ^01"),
        ),
        ("export of no memory", "unknown_memory", build_script(exports='07(01 "m" 02 ^01)')),
        ("global of nothing", "unknown_global", build_script("23 ^00 1a")),
        ("constant of no global", "unknown_global", PREAMBLE + "06 ( 01 7f 00 23 ^00 0b )"),
        ("local of nothing", "unknown_local", build_script("20 ^00 1a")),
        (
            "local 200 of 200",
            "unknown_local",
            build_script(code="0a ( 01 ( 01 {200} 7f 20 {199} 1a 20 ^{200} 1a 0b ) )"),
        ),
        ("branch out of the function", "unknown_label", build_script("0c ^01")),
        ("table branch out of the function", "unknown_label", build_script("41 00 0e 01 00 ^01")),
        (
            "drop of no elements",
            "unknown_element_segment",
            build_script("fc 0d ^00"),
        ),
        (
            "drop of no data",
            "unknown_data_segment",
            build_script("fc 09 ^00", data_count=_DATA_COUNT),
        ),
        (
            "indirect call of objects",
            "table_type",
            build_script("41 00 11 00 ^01", tables=_TWO_TABLES),
        ),
        (
            "copy between unlike tables",
            "table_type",
            build_script("41 00 41 00 41 00 ^fc 0e 00 01", tables=_TWO_TABLES),
        ),
        (
            "functions among objects",
            "table_type",
            build_script(tables=_TWO_TABLES, elements="09 ( 01 ^02 01 41 00 0b 00 00 )"),
        ),
        (
            "functions copied among objects",
            "table_type",
            build_script(
                "41 00 41 00 41 00 ^fc 0c 00 01",
                tables=_TWO_TABLES,
                elements="09 ( 01 01 00 00 )",
            ),
        ),
        ("opcode 27", "unknown_opcode", build_script("01 ^27")),
        ("opcode ff", "unknown_opcode", build_script("^ff")),
        ("opcode fc 18", "unknown_opcode", build_script("^fc 12")),
        ("opcode fd 154", "unknown_opcode", build_script("^fd {154}")),
        ("opcode fd 999", "unknown_opcode", build_script("^fd {999}")),
        ("unknown constant", "unknown_opcode", PREAMBLE + "06 ( 01 7f 00 ^27 0b )"),
        ("else in a block", "else_without_if", build_script("02 40 ^05 0b")),
        ("second else", "else_without_if", build_script("41 00 04 40 05 ^05 0b")),
        ("else in the function", "else_without_if", build_script("^05")),
        ("block left open", "unclosed_block", build_script(code="0a ( 01 ( 00 02 40 0b ^ ) )")),
        ("body without end", "unclosed_block", build_script(code="0a ( 01 ( 00 01 ^ ) )")),
        ("two ends", "code_after_end", build_script("0b ^")),
        ("loads beyond natural alignment", "alignment", build_script("41 00 28 ^03 00 1a")),
        ("alignment of 2**32", "alignment", build_script("41 00 28 ^20 00 1a")),
        ("alignment of 2**128", "alignment", build_script("41 00 28 ^{128} 00 1a")),
        ("vector load beyond natural", "alignment", build_script("41 00 fd 00 ^05 00 1a")),
        (
            "lane 16 of 16",
            "lane_index",
            build_script("41 00 fd 0f fd 15 ^10 1a"),
        ),
        (
            "loaded lane 2 of 2",
            "lane_index",
            build_script("41 00 41 00 fd 0f fd {87} 00 00 ^02 1a"),
        ),
        (
            "shuffled lane 32",
            "lane_index",
            build_script(
                "41 00 fd 0f 41 00 fd 0f fd 0d 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e ^20 1a"
            ),
        ),
        ("select of no type", "select_types", build_script("41 00 41 00 41 00 1c ^00 1a")),
        ("select of two types", "select_types", build_script("41 00 41 00 41 00 1c ^02 7f 7f 1a")),
        ("set of a constant", "immutable_global", build_script("41 00 ^24 00", globals=_GLOBAL)),
        (
            "reference to a private function",
            "undeclared_reference",
            build_script("^d2 00 1a", exports='07 ( 01 "memory" 02 00 )'),
        ),
        ("drop without data count", "data_count_missing", build_script("^fc 09 00")),
        (
            "init without data count",
            "data_count_missing",
            build_script("41 00 41 00 41 00 ^fc 08 00 00"),
        ),
        ("local as a constant", "constant_expression", PREAMBLE + "06 ( 01 7f 00 ^20 00 0b )"),
        ("call as a constant", "constant_expression", PREAMBLE + "06 ( 01 7f 00 ^10 00 0b )"),
        ("vector sum as a constant", "constant_expression", PREAMBLE + "06(01 7b 00 ^fd 6e 0b)"),
        ("i64 in an i32", "constant_type", PREAMBLE + "06 ( 01 7f 00 ^42 00 0b )"),
        ("no constant", "constant_type", PREAMBLE + "06 ( 01 7f 00 ^0b )"),
        ("two constants", "constant_type", PREAMBLE + "06 ( 01 7f 00 ^41 00 41 00 0b )"),
        ("sum of one", "constant_type", PREAMBLE + "06 ( 01 7f 00 41 00 ^6a 0b )"),
        ("sum of mixed", "constant_type", PREAMBLE + "06 ( 01 7f 00 42 00 41 00 ^6a 0b )"),
        ("data at an i64", "constant_type", build_script(data="0b ( 01 00 ^42 00 0b 00 )")),
        (
            "constant from a defined global",
            "global_not_constant",
            PREAMBLE + "06 ( 02 7f 00 41 00 0b 7f 00 23 ^00 0b )",
        ),
    )
)
