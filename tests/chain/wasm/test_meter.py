"""The rewriting of modules: what is charged, where, and that nothing else changes."""

from dataclasses import fields
from pathlib import Path

import pytest

from chain.config import TickCosts
from chain.eei import HOST_IMPORTS
from chain.wasm import (
    SCOUT_RULES,
    STRICT_RULES,
    ExternalKind,
    SectionId,
    decode_module,
    validate_rules,
)
from chain.wasm.encoding import encode_signed, encode_unsigned
from chain.wasm.meter_costs import get_cost_class
from chain.wasm.opcodes import OPCODES, PREFIXED, Immediate
from chain.wasm.reader import read_signed, read_unsigned
from tests.helpers.metering import inject
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wasm_modules import assemble, build_engine, build_script, build_wat, is_valid

ENGINE = build_engine()
MODULES = sorted(SCRIPTS.rglob("*.wasm"))
TICKS = '(import "eth2" "useTicks" (func $ticks (param i32)))'
MAIN = '(memory (export "memory") 1) (func (export "main"))'


def strip(code: bytes) -> bytes:
    """Drop the custom sections: names."""
    module = decode_module(code)
    kept = bytearray(code[:8])
    ends = [section.offset for section in module.sections[1:]] + [len(code)]
    for section, end in zip(module.sections, ends, strict=True):
        if section.id is not SectionId.CUSTOM:
            kept += code[section.offset : end]
    return bytes(kept)


def expect(before: str, after: str, costs: TickCosts | None = None) -> None:
    """Compare a rewritten module with the same written by hand."""
    assert inject(build_wat(before), costs) == strip(build_wat(after))


def expect_body(before: str, after: str, costs: TickCosts | None = None) -> None:
    """As ``expect``, of a body in a script that imports useTicks already."""
    module = f'(module {TICKS} (memory (export "memory") 1) (func (export "main")\n'
    expect(f"{module} {before}))", f"{module} {after}))", costs)


def charge(ticks: int) -> str:
    return f"i32.const {ticks} call $ticks"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_inject_metering_of_a_shipped_script_passes_the_validator(path: Path) -> None:
    code = path.read_bytes()
    rules = SCOUT_RULES if path.stem == "bad_float" else STRICT_RULES

    metered = inject(code)

    validate_rules(metered, rules, HOST_IMPORTS)
    assert is_valid(ENGINE, metered)
    assert len(code) < len(metered) < 1.5 * len(code)


def test_inject_metering_twice_gives_the_same_bytes() -> None:
    code = (SCRIPTS / "deposit_manager.wasm").read_bytes()

    assert inject(code) == inject(code)


def test_inject_metering_straight_code_is_one_block_with_its_entry() -> None:
    expect_body(
        "i32.const 1 i32.const 2 i32.add drop nop",
        f"{charge(4)} i32.const 1 i32.const 2 i32.add drop nop",
    )


def test_inject_metering_empty_function_costs_its_entry() -> None:
    expect_body("", charge(1))


def test_inject_metering_function_that_costs_nothing_is_charged_one() -> None:
    expect_body("", charge(1), TickCosts(function_entry=0))


def test_inject_metering_loop_pays_in_every_round() -> None:
    expect_body(
        "i32.const 1 drop (loop $again i32.const 1 br_if $again) i32.const 2 drop",
        f"""{charge(2)} i32.const 1 drop
        (loop $again {charge(2)} i32.const 1 br_if $again)
        {charge(1)} i32.const 2 drop""",
    )


def test_inject_metering_loop_that_costs_nothing_is_charged_one() -> None:
    expect_body(
        "(loop $again br $again)",
        f"{charge(1)} (loop $again {charge(1)} br $again)",
        TickCosts(branch=0),
    )


def test_inject_metering_either_arm_of_an_if_pays_for_itself() -> None:
    expect_body(
        """i32.const 0 (if (then i32.const 1 drop) (else i32.const 1 drop i32.const 2 drop))
        i32.const 3 drop""",
        f"""{charge(3)} i32.const 0
        (if (then {charge(1)} i32.const 1 drop) (else
          {charge(2)} i32.const 1 drop i32.const 2 drop))
        {charge(1)} i32.const 3 drop""",
    )


def test_inject_metering_block_goes_on_and_its_end_begins_anew() -> None:
    expect_body(
        "i32.const 1 drop (block i32.const 2 drop) i32.const 3 drop",
        f"{charge(3)} i32.const 1 drop (block i32.const 2 drop) {charge(1)} i32.const 3 drop",
    )


def test_inject_metering_code_that_is_never_reached_is_not_charged() -> None:
    expect_body(
        "(block i32.const 1 drop br 0 i32.const 2 drop) i32.const 3 drop",
        f"""{charge(3)} (block i32.const 1 drop br 0 i32.const 2 drop)
        {charge(1)} i32.const 3 drop""",
    )


def test_inject_metering_branch_table_and_return_end_a_block() -> None:
    expect_body(
        "(block i32.const 1 br_table 0 0) i32.const 2 br_if 0 return",
        f"{charge(3)} (block i32.const 1 br_table 0 0) {charge(2)} i32.const 2 br_if 0 return",
    )


def test_inject_metering_cost_table_prices_each_class() -> None:
    costs = TickCosts(function_entry=5, constant=10, division=300, numeric=10**6, control=2)

    expect_body(
        "i32.const 8 i32.const 2 i32.div_u drop",
        # The drop, and the end of the function.
        f"{charge(5 + 2 * 10 + 300 + 2 * 2)} i32.const 8 i32.const 2 i32.div_u drop",
        costs,
    )


@pytest.mark.parametrize(
    ("cost", "constant"), [(2**31 - 2, 2**31 - 1), (2**31 - 1, -(2**31)), (2**32 - 1, -1)]
)
def test_inject_metering_charge_is_unsigned_and_bounded(cost: int, constant: int) -> None:
    expect_body(
        "i32.const 1 drop", f"{charge(constant)} i32.const 1 drop", TickCosts(constant=cost)
    )


def test_inject_metering_new_import_moves_every_function_that_is_named() -> None:
    module = """(module
      (import "eth2" "blockDataSize" (func $size (result i32)))
      {imported}
      (memory (export "memory") 1)
      (table 4 funcref)
      (global funcref (ref.func $main))
      (export "main" (func $main)) (export "size" (func $size))
      (start $main)
      (elem (i32.const 0) $size $main)
      (elem funcref (ref.func $main) (ref.null func))
      (elem (table 0) (i32.const 2) func $other)
      (elem declare func $other)
      (func $main {charge_main} call $other call $size drop ref.func $other drop)
      (func $other {charge_other})
      (data (i32.const 7) "data"))"""
    before = module.format(imported="", charge_main="", charge_other="")
    after = module.format(imported=TICKS, charge_main=charge(4), charge_other=charge(1))

    metered, by_hand = decode_module(inject(build_wat(before))), decode_module(build_wat(after))

    # Whoever writes it by hand declares the types in another order.
    assert metered.exports[1].index == by_hand.exports[1].index == 2
    assert metered.exports[2].index == by_hand.exports[2].index == 0
    assert metered.start == by_hand.start == 2
    assert [each.functions for each in metered.elements] == [
        each.functions for each in by_hand.elements
    ]
    assert is_valid(ENGINE, inject(build_wat(before)))
    assert metered.globals[0].value is not None
    assert metered.globals[0].value.functions == (2,)
    assert len(metered.bodies) == 2
    assert len(metered.data) == 1


@pytest.mark.parametrize("spelling", ['"eth2" "useTicks"', '"env" "eth2_useTicks"'])
def test_inject_metering_present_import_is_used(spelling: str) -> None:
    code = build_wat(f"(module (import {spelling} (func (param i32))) {MAIN})")

    metered = decode_module(inject(code))

    assert len(metered.imports) == 1
    assert len(metered.types) == 2


def test_inject_metering_present_import_of_another_type_is_left_alone() -> None:
    code = build_wat(f'(module (import "eth2" "useTicks" (func (param i64))) {MAIN})')

    imports = decode_module(inject(code)).imported_functions

    assert [str(entry.type) for entry in imports] == ["(i64) -> ()", "(i32) -> ()"]


def test_inject_metering_growth_goes_through_one_function_of_its_own() -> None:
    code = build_wat(
        """(module (memory (export "memory") 1)
          (func (export "main")
            (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 2)))))"""
    )

    metered, free = inject(code), inject(code, TickCosts(memory_page=0))

    assert [body.function for body in decode_module(metered).bodies] == [1, 2]
    assert metered.count(b"\x40\x00") == 1
    assert [body.function for body in decode_module(free).bodies] == [1]
    assert is_valid(ENGINE, metered)


def test_inject_metering_module_without_functions_stays_as_it_is() -> None:
    code = build_wat('(module (memory (export "memory") 1))')

    assert inject(code) is code


def test_inject_metering_leaves_out_custom_sections() -> None:
    code = assemble(build_script(tables='00 ( "name" ff 80 ) ')).code

    assert decode_module(inject(code)).custom_sections == ()


def test_inject_metering_padded_numbers_are_read() -> None:
    text = build_script("10 81 80 80 80 00 41 80 80 80 80 00 1a", functions="03 ( 02 00 00 ) ")
    code = assemble(text.replace("0a ( 01 ", "0a ( 02 ( 00 0b ) ")).code
    assert is_valid(ENGINE, code)

    assert is_valid(ENGINE, inject(code))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_inject_metering_interface_is_the_same(path: Path) -> None:
    before = decode_module(path.read_bytes())

    after = decode_module(inject(path.read_bytes()))

    assert [(each.name, each.kind) for each in after.exports] == [
        (each.name, each.kind) for each in before.exports
    ]
    for export in before.exports:
        if export.kind is ExternalKind.FUNCTION:
            renamed = after.get_export(export.name)
            assert renamed is not None
            kind = before.get_function_type(export.index)
            assert after.get_function_type(renamed.index) == kind
    assert (after.memories, after.tables) == (before.memories, before.tables)
    names = [(each.module, each.field) for each in before.imports]
    assert [(each.module, each.field) for each in after.imports][: len(names)] == names


def test_get_cost_class_names_a_price_for_every_instruction() -> None:
    prices = {field.name for field in fields(TickCosts)}
    opcodes = [*OPCODES, *PREFIXED[0xFC].values(), *PREFIXED[0xFD].values()]

    classes = {
        get_cost_class(opcode) for opcode in opcodes if opcode.immediate is not Immediate.REFUSED
    }

    assert classes == prices - {"function_entry", "memory_page", "moved_unit"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("i32.load8_s", "memory"),
        ("f64.store", "memory"),
        ("v128.load", "vector"),
        ("f32.const", "constant"),
        ("i32.trunc_f32_s", "floating"),
        ("f32.div", "floating"),
        ("i64.rem_u", "division"),
        ("i64.eqz", "numeric"),
        ("select", "numeric"),
        ("i32.extend8_s", "numeric"),
        ("local.tee", "variable"),
        ("ref.func", "reference"),
        ("table.set", "reference"),
        ("table.fill", "bulk"),
        ("memory.size", "memory"),
        ("br_table", "branch"),
        ("call_indirect", "call"),
        ("drop", "control"),
    ],
)
def test_get_cost_class_of_an_instruction(name: str, expected: str) -> None:
    tables = [*OPCODES, *PREFIXED[0xFC].values(), *PREFIXED[0xFD].values()]
    opcode = next(each for each in tables if each.name == name)

    assert get_cost_class(opcode) == expected


@pytest.mark.parametrize("value", [0, 1, 63, 64, 127, 128, 2**31, 2**32 - 1])
def test_encode_numbers_are_read_back(value: int) -> None:
    unsigned = encode_unsigned(value)
    assert read_unsigned(unsigned, 0, len(unsigned)) == (value, len(unsigned))
    for signed in (value, -value):
        encoded = encode_signed(signed)
        assert read_signed(encoded, 0, len(encoded), 64) == (signed, len(encoded))


def test_inject_metering_module_without_exports_is_given_none() -> None:
    metered = decode_module(inject(build_wat("(module (func))")))

    assert metered.get_section(SectionId.EXPORT) is None
    assert metered.exports == ()
    assert [entry.field for entry in metered.imports] == ["useTicks"]
    assert len(metered.bodies) == 1
