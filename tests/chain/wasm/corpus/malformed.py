"""Modules that are malformed in their bytes, sections and declarations."""

from typing import Final

from chain.wasm import SCOUT_RULES
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wasm_modules import FUNCTION, MEMORY, PREAMBLE, TYPE, build_script

_TABLE = "04 ( 01 70 00 01 ) "
_I32_TYPE = "01 ( 02 60 00 00 60 01 7f 00 ) "
_DATA_COUNT = "0c ( 00 ) "

MALFORMED_FORMAT: Final = tuple(
    Case(name, code, text, SCOUT_RULES)
    for name, code, text in (
        ("empty file", "unexpected_end", "^"),
        ("half a magic", "unexpected_end", "00 61 ^"),
        ("no version", "unexpected_end", "00 61 73 6d 01 00 ^"),
        ("section runs past the file", "unexpected_end", PREAMBLE + "01 05 01 60 ^"),
        ("section without size", "unexpected_end", PREAMBLE + "01 ^"),
        ("type without results", "unexpected_end", PREAMBLE + "01 ( 01 60 00 ^ )" + FUNCTION),
        ("integer cut off", "unexpected_end", PREAMBLE + "01 ( 80 ^ )" + FUNCTION),
        ("name cut off", "unexpected_end", PREAMBLE + "00 ( {5} 61 ^ )" + TYPE),
        ("data cut off", "unexpected_end", build_script(data="0b ( 01 00 41 00 0b {5} 61 ^ )")),
        (
            "body runs past its section",
            "unexpected_end",
            build_script(code="0a ( 01 {5} 00 0b ^ ) ", data="0b ( 00 )"),
        ),
        ("operand cut off", "unexpected_end", build_script(code="0a ( 01 ( 00 41 ^ ) ) ")),
        ("long operand cut off", "unexpected_end", build_script(code="0a ( 01 ( 00 41 80 ^ ) ) ")),
        ("access cut off", "unexpected_end", build_script(code="0a ( 01 ( 00 28 02 ^ ) ) ")),
        ("block type cut off", "unexpected_end", build_script(code="0a ( 01 ( 00 02 ^ ) ) ")),
        ("vector constant cut off", "unexpected_end", build_script(code="0a(01(00 fd 0c 00^))")),
        ("locals cut off", "unexpected_end", build_script(code="0a ( 01 ( 01 01 ^ ) ) ")),
        ("six byte count", "leb_too_long", PREAMBLE + "01 ( ^80 80 80 80 80 00 )"),
        ("six byte section size", "leb_too_long", PREAMBLE + "01 ^80 80 80 80 80 00"),
        ("six byte constant", "leb_too_long", build_script("41 ^80 80 80 80 80 00 1a")),
        (
            "eleven byte constant",
            "leb_too_long",
            build_script("42 ^80 80 80 80 80 80 80 80 80 80 00 1a"),
        ),
        ("six byte offset", "leb_too_long", build_script("41 00 28 02 ^80 80 80 80 80 00 1a")),
        ("bits above a count", "leb_unused_bits", PREAMBLE + "01 ( ^80 80 80 80 10 )"),
        ("bits above a constant", "leb_unused_bits", build_script("41 ^ff ff ff ff 0f 1a")),
        ("missing sign bits", "leb_unused_bits", build_script("41 ^80 80 80 80 08 1a")),
        (
            "bits above a long constant",
            "leb_unused_bits",
            build_script("42 ^80 80 80 80 80 80 80 80 80 01 1a"),
        ),
        ("more types than bytes", "vector_too_long", PREAMBLE + "01 ( ^{4294967295} )"),
        ("more local runs than bytes", "vector_too_long", build_script(code="0a(01(^{9} 0b))")),
        ("more branch targets than bytes", "vector_too_long", build_script("41 00 0e ^{99} 00")),
        (
            "more entries than bytes",
            "vector_too_long",
            build_script(tables=_TABLE, elements="09 ( 01 00 41 00 0b ^{4294967295} )"),
        ),
        ("latin-1 section name", "name_not_utf8", PREAMBLE + "00 ( {2} 61 ^e9 )"),
        ("surrogate in a name", "name_not_utf8", PREAMBLE + "00 ( {3} ^ed a0 80 )"),
        ("overlong name", "name_not_utf8", PREAMBLE + "00 ( {2} ^c0 80 )"),
        ("wrong export name", "name_not_utf8", build_script(exports="07 ( 01 {1} ^ff 00 00 )")),
        ("size of memory 1", "reserved_byte", build_script("3f ^01 1a")),
        ("zero in two bytes", "reserved_byte", build_script("3f ^80 00 1a")),
        ("not wasm", "magic", "^7f 45 4c 46 01 00 00 00"),
        ("text format", "magic", "^28 6d 6f 64 75 6c 65 29"),
        ("version 2", "version", "00 61 73 6d ^02 00 00 00"),
        ("section 14", "section_id", PREAMBLE + "^0e 00"),
        ("section 255", "section_id", PREAMBLE + TYPE + "^ff ( 00 )"),
        ("two type sections", "section_order", PREAMBLE + TYPE + "^01 ( 00 )"),
        ("memory before table", "section_order", PREAMBLE + MEMORY + "^04 ( 00 )"),
        ("data count behind code", "section_order", build_script() + "^" + _DATA_COUNT),
        (
            "repeated around a custom section",
            "section_order",
            PREAMBLE + TYPE + '00 ( "x" ) ' + "^01 ( 00 )",
        ),
        ("bytes behind types", "section_size", PREAMBLE + "01 ( 01 60 00 00 ^00 )"),
        ("bytes behind start", "section_size", build_script(start="08 ( 00 ^00 )")),
        ("bytes behind bodies", "section_size", build_script(code="0a ( 01 ( 00 0b ) ^0b )")),
        ("unknown form of type", "type_form", PREAMBLE + "01 ( 01 ^61 00 00 )"),
        ("unknown parameter type", "value_type", PREAMBLE + "01 ( 01 60 01 ^7a 00 )"),
        ("empty type as a value", "value_type", PREAMBLE + "01 ( 01 60 01 ^40 00 )"),
        ("table of numbers", "value_type", PREAMBLE + "04 ( 01 ^7f 00 00 )"),
        ("null number", "value_type", build_script("d0 ^7f 1a")),
        ("unknown block type", "value_type", build_script("02 ^41 0b")),
        ("block type in two bytes", "value_type", build_script("02 ^c0 7f 0b")),
        ("unknown local type", "value_type", build_script(code="0a ( 01 ( 01 01 ^00 0b ) )")),
        ("import of kind 5", "external_kind", PREAMBLE + '02 ( 01 "a" "b" ^05 00 )'),
        ("export of kind 9", "external_kind", build_script(exports='07 ( 01 "a" ^09 00 )')),
        ("limits with flag 16", "limits_flags", PREAMBLE + "05 ( 01 ^10 00 )"),
        ("limits in two bytes", "limits_flags", PREAMBLE + "05 ( 01 ^80 00 00 )"),
        ("maximum below minimum", "limits_order", PREAMBLE + "05 ( 01 ^01 02 01 )"),
        ("table maximum below minimum", "limits_order", PREAMBLE + "04 ( 01 70 ^01 02 01 )"),
        ("minimum above 4 GiB", "memory_size", PREAMBLE + "05 ( 01 ^00 {65537} )"),
        ("maximum above 4 GiB", "memory_size", PREAMBLE + "05 ( 01 ^01 00 {65537} )"),
        ("mutability 4", "mutability", PREAMBLE + "06 ( 01 7f ^04 41 00 0b )"),
        (
            "two exports of one name",
            "duplicate_export",
            build_script(exports='07 ( 03 "main" 00 00 "memory" 02 00 ^"main" 02 00 )'),
        ),
        (
            "start with a parameter",
            "start_signature",
            build_script(types=_I32_TYPE, functions="03 ( 01 01 )", exports="", start="08 ( ^00 )"),
        ),
        (
            "element segment 8",
            "element_kind",
            build_script(tables=_TABLE, elements="09 ( 01 ^08 41 00 0b 00 )"),
        ),
        (
            "elements of kind 1",
            "element_kind",
            build_script(tables=_TABLE, elements="09 ( 01 01 ^01 00 )"),
        ),
        ("data segment 3", "data_kind", build_script(data="0b ( 01 ^03 00 )")),
        (
            "more data than announced",
            "data_count",
            build_script(data_count=_DATA_COUNT, data="0b ( ^01 01 00 )"),
        ),
        ("announced data missing", "data_count", build_script(data_count="0c ( 01 )") + "^"),
        ("no bodies", "function_bodies", build_script(code="") + "^"),
        ("a body too many", "function_bodies", build_script(code="0a ( ^02 (00 0b) (00 0b) )")),
        ("bodies without functions", "function_bodies", PREAMBLE + "0a ( ^01 ( 00 0b ) )"),
        (
            "more locals than indices",
            "locals_overflow",
            build_script(
                types="01 ( 01 60 01 7f 00 ) ",
                exports="",
                code="0a ( 01 ( 01 ^{4294967295} 7f 0b ) )",
            ),
        ),
    )
)
