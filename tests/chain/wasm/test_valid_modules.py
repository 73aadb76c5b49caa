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
from tests.chain.wasm.corpus import HOST
from tests.helpers.wasm_modules import assemble, build_engine, build_script, build_wat, is_valid

_MAIN = '(memory (export "memory") 1) (func (export "main"))'

_SCOUT_SOURCES = {
    "smallest": f"(module {_MAIN})",
    "main with a result": """
        (module (memory (export "memory") 1) (func (export "main") (result i32) i32.const 0))""",
    "more exports": f'(module {_MAIN} (func (export "also") (param i32)))',
    "floats": f"""
        (module {_MAIN} (global f32 (f32.const 1.5))
          (func (param f64) (result f64) local.get 0 f64.sqrt))""",
    "host functions": f"""
        (module
          (import "eth2" "useTicks" (func (param i32)))
          (import "eth2" "blockDataSize" (func (result i32)))
          (import "env" "abort" (func (param i32 i32 i32 i32)))
          {_MAIN})""",
    "start": f"(module {_MAIN} (func $start nop) (start $start))",
    "start that refers to abort": f"""
        (module
          (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
          (import "eth2" "touch" (func $touch))
          {_MAIN}
          (func $user call $touch)
          (func $start
            i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $abort
            call $start)
          (start $start))""",
    "start whose indirect calls stay inside": f"""
        (module
          (import "eth2" "touch" (func $touch))
          (type $number (func (result i32)))
          {_MAIN}
          (table 2 funcref)
          (elem (i32.const 0) $touch $one)
          (func $one (result i32) i32.const 1)
          (func $start i32.const 1 call_indirect (type $number) drop)
          (start $start))""",
    "several values": f"""
        (module {_MAIN}
          (func (param i32) (result i32 i64)
            local.get 0
            (block (param i32) (result i32 i64) i64.const 1)))""",
    "references": f"""
        (module {_MAIN}
          (table $functions 1 funcref)
          (table $objects 2 4 externref)
          (elem declare func $declared)
          (elem (table $functions) (i32.const 0) funcref (ref.func $declared) (ref.null func))
          (func $declared)
          (func (param externref) (result funcref)
            (table.set $objects (i32.const 0) (local.get 0))
            (select (result funcref) (ref.func $declared) (ref.null func) (i32.const 1))))""",
    "bulk memory": f"""
        (module {_MAIN}
          (data $passive "abc")
          (func
            (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 3))
            (data.drop $passive)
            (memory.copy (i32.const 8) (i32.const 0) (i32.const 3))))""",
    "vectors": f"""
        (module {_MAIN}
          (func (param v128) (result v128)
            local.get 0
            local.get 0
            v128.const f32x4 1 2 3 4
            i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
            f32x4.add))""",
    "constants": f"""
        (module {_MAIN}
          (global i64 (i64.add (i64.const 2) (i64.mul (i64.const 3) (i64.const 4))))
          (global funcref (ref.func 0))
          (global v128 (v128.const i64x2 1 2)))""",
    "exported variable": f'(module {_MAIN} (global (export "g") (mut i32) (i32.const 0)))',
    "names": f"(module $script {_MAIN} (func $user (param $input i32)))",
    "nested control": f"""
        (module {_MAIN}
          (func (param i32) (result i32)
            (block (result i32)
              (loop (result i32)
                (if (result i32) (local.get 0)
                  (then (br 2 (i32.const 1)))
                  (else (br_table 0 2 3 2 (i32.const 2) (local.get 0))))))))""",
}

_STRICT_SOURCES = {
    "smallest": _SCOUT_SOURCES["smallest"],
    "contract": """
        (module
          (import "eth2" "useTicks" (func $ticks (param i32)))
          (import "eth2" "blockDataSize" (func $size (result i32)))
          (memory (export "memory") 2 16)
          (table 2 2 funcref)
          (elem (i32.const 0) $step $step)
          (global $sum (mut i64) (i64.const 0))
          (data (i32.const 16) "\\43\\92\\7d\\7c")
          (func $step (param $by i64) (result i64)
            (local $result i64)
            (local.set $result (i64.add (global.get $sum) (local.get $by)))
            (local.get $result))
          (func (export "main")
            (call $ticks (call $size))
            (block $done
              (loop $again
                (br_if $done (i32.eqz (memory.size)))
                (global.set $sum
                  (call_indirect (param i64) (result i64)
                    (i64.load32_u offset=16 align=2 (i32.const 0x7d7c)) (i32.const 1)))
                (br $again)))))""",
}


@pytest.mark.parametrize("name", _SCOUT_SOURCES)
def test_validate_rules_scout_accepts(name: str) -> None:
    code = build_wat(_SCOUT_SOURCES[name])

    module = validate_rules(code, SCOUT_RULES, HOST)

    assert module == decode_module(code)
    assert is_valid(build_engine(), code)


@pytest.mark.parametrize("name", _STRICT_SOURCES)
def test_validate_rules_strict_accepts(name: str) -> None:
    code = build_wat(_STRICT_SOURCES[name])

    assert validate_rules(code, STRICT_RULES, HOST) == decode_module(code)


def test_validate_rules_strict_with_features_accepts_what_they_name() -> None:
    code = build_wat(_SCOUT_SOURCES["bulk memory"])
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
    code = build_wat(_STRICT_SOURCES["contract"])

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
    code = build_wat(_STRICT_SOURCES["contract"])

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
