"""Modules that a profile accepts, and what decoding says about them."""

from dataclasses import replace

import pytest

from chain.wasm import (
    DECODABLE_FEATURES,
    SCOUT_RULES,
    STRICT_RULES,
    ExternalKind,
    Feature,
    FunctionType,
    ScriptRules,
    SectionId,
    ValueType,
    Work,
    decode_module,
    validate_rules,
)
from chain.wasm.model import LocalRun, SegmentMode
from tests.chain.wasm.corpus import HOST, SCOUT_SOURCES, STRICT_SOURCES
from tests.helpers.wasm_modules import assemble, build_engine, build_script, build_wat, is_valid


@pytest.mark.parametrize("name", SCOUT_SOURCES)
def test_validate_rules_scout_accepts(name: str) -> None:
    code = build_wat(SCOUT_SOURCES[name])

    module = validate_rules(code, SCOUT_RULES, HOST)

    assert module == decode_module(code)
    assert is_valid(build_engine(), code)


@pytest.mark.parametrize("name", STRICT_SOURCES)
def test_validate_rules_strict_accepts(name: str) -> None:
    code = build_wat(STRICT_SOURCES[name])

    assert validate_rules(code, STRICT_RULES, HOST) == decode_module(code)


def test_validate_rules_strict_with_features_accepts_what_they_name() -> None:
    code = build_wat(SCOUT_SOURCES["bulk memory"])
    rules = replace(STRICT_RULES, features=frozenset({Feature.BULK_MEMORY}))

    assert validate_rules(code, rules, {}).data_count == 1


def test_script_rules_undecodable_feature_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="threads"):
        replace(SCOUT_RULES, features=DECODABLE_FEATURES | {Feature.THREADS})


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
@pytest.mark.parametrize(
    "text",
    [
        # Custom sections may stand anywhere, repeat, and hold anything behind their name.
        build_script(tables='00 ( "name" ff 80 ) 00 ( "na\u00efve" ) 00 ( "" ) ') + '00 ( "name" )',
        # Integers may be padded up to their width.
        build_script("41 80 80 80 80 00 1a 0c 80 80 80 80 00"),
        build_script(code="0a 8a 80 80 80 00 81 80 00 83 80 80 00 80 00 0b "),
        # Empty sections, code without functions among them.
        build_script(tables="04 ( 00 ) ", globals="06 ( 00 ) ", data="0b ( 00 ) "),
        # Locals of zero length, and many of them in few bytes.
        build_script(code="0a ( 01 ( 03 00 7f {4000} 7e 00 7f 20 {3999} 1a 0b ) ) "),
    ],
    ids=["custom sections", "padded operands", "padded sizes", "empty sections", "locals"],
)
def test_validate_rules_unusual_encoding_is_accepted(text: str, rules: ScriptRules) -> None:
    code = assemble(text).code

    assert validate_rules(code, rules, HOST).size_bytes == len(code)
    assert is_valid(build_engine(), code)


def test_decode_module_describes_what_is_there() -> None:
    code = build_wat(STRICT_SOURCES["contract"])

    module = decode_module(code)

    step_type = FunctionType((ValueType.I64,), (ValueType.I64,))
    assert [str(entry.type) for entry in module.imports] == ["(i32) -> ()", "() -> (i32)"]
    assert module.imported_functions == module.imports
    assert module.get_function_type(2) == step_type
    assert module.memories == ((2, 16),)
    assert module.tables == ((ValueType.FUNCREF, (2, 2)),)
    assert module.globals[0].type == (ValueType.I64, True)
    main = module.get_export("main")
    assert main is not None
    assert (main.kind, main.index) == (ExternalKind.FUNCTION, 3)
    assert module.get_export("absent") is None
    assert module.start is None
    assert module.elements[0].functions == (2, 2)
    assert module.elements[0].mode is SegmentMode.ACTIVE
    assert code[slice(*module.data[0].payload)] == b"\x43\x92\x7d\x7c"
    assert [body.function for body in module.bodies] == [2, 3]
    assert module.bodies[0].locals == (LocalRun(1, ValueType.I64),)
    # global.get, local.get, i64.add, local.set, local.get, end.
    assert module.bodies[0].instructions == 6
    # call 2; block, loop, memory.size, i32.eqz, br_if: 7; i32.const, i64.load32_u, i32.const,
    # call_indirect, global.set, br: 13; end 3.
    assert module.work == Work(len(code), 2, 6 + 16)


def test_decode_module_offsets_cut_the_file_into_its_parts() -> None:
    code = build_wat(STRICT_SOURCES["contract"])

    module = decode_module(code)

    assert [section.id for section in module.sections[:10]] == [
        SectionId.TYPE,
        SectionId.IMPORT,
        SectionId.FUNCTION,
        SectionId.TABLE,
        SectionId.MEMORY,
        SectionId.GLOBAL,
        SectionId.EXPORT,
        SectionId.ELEMENT,
        SectionId.CODE,
        SectionId.DATA,
    ]
    assert [section.name for section in module.custom_sections] == ["name"]
    offset = 8
    for section in module.sections:
        assert (section.offset, code[offset]) == (offset, section.id)
        assert section.offset < section.payload.start <= section.payload.end
        offset = section.payload.end
    assert offset == len(code)
    code_section = module.get_section(SectionId.CODE)
    assert code_section is not None
    offset = code_section.payload.start + 1
    for body in module.bodies:
        assert body.offset == offset
        assert code[body.end - 1] == 0x0B
        offset = body.end
    assert offset == code_section.payload.end
    for entry in module.imports:
        assert code[entry.offset :].startswith(b"\x04eth2" + bytes([len(entry.field)]))
