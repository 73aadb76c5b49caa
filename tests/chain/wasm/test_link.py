"""Linking, by structure: what is new, where, and that nothing else changes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from chain.wasm import (
    HOST_MEMORY,
    LINKED_RULES,
    SCRIPT_MEMORY,
    ExternalKind,
    FunctionType,
    LinkedCode,
    Module,
    NewFunction,
    SectionId,
    Symbols,
    ValueType,
    assemble,
    decode_module,
    link_module,
    validate_rules,
)
from chain.wasm.encoding import encode_body
from chain.wasm.link_plan import MAX_ELEMENTS
from chain.wasm.model import Limits
from tests.chain.wasm.corpus import ACCEPTED, Case
from tests.helpers.linking import (
    EVERYTHING_SOURCE,
    HOST_PAGES,
    MAX_PAGES,
    build_plan,
    call_helper,
    define,
    get_linked_engine,
    is_plain,
    link,
)
from tests.helpers.metering import inject
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wasm_modules import assemble as assemble_bytes
from tests.helpers.wasm_modules import build_wat, is_valid

I32 = ValueType.I32
I64 = ValueType.I64
NOTHING = FunctionType((), ())
MODULES = sorted(SCRIPTS.rglob("*.wasm"))

EVERYTHING = build_wat(EVERYTHING_SOURCE)
SCRIPT = build_wat("""(module (import "eth2" "useTicks" (func $ticks (param i32)))
  (memory (export "memory") 1) (func (export "main") (call $ticks (i32.const 3))))""")


def decode_linked(linked: LinkedCode) -> Module:
    return decode_module(linked.code, LINKED_RULES)


def get_own_code(code: bytes, module: Module, count: int) -> Sequence[bytes]:
    """Cut out the entries of the code section behind as many definitions."""
    return [code[body.offset : body.end] for body in module.bodies[count:]]


def get_payload(code: bytes, module: Module, section_id: SectionId) -> bytes | None:
    section = module.get_section(section_id)
    return None if section is None else code[section.payload.start : section.payload.end]


def expect_same_script(code: bytes, linked: LinkedCode) -> None:
    """Compare all that a script has with what linking made of it."""
    before, after = decode_module(code), decode_linked(linked)
    count = len(before.imports)
    own = get_own_code(code, before, 0)
    assert after.imports == ()
    assert after.custom_sections == ()
    assert get_own_code(linked.code, after, count)[: len(own)] == own
    assert after.functions[: len(before.functions)] == before.functions
    assert after.types[: len(before.types)] == before.types
    assert after.tables == tuple(
        table._replace(limits=Limits(table.limits.minimum, table.limits.maximum or MAX_ELEMENTS))
        for table in before.tables
    )
    assert [each.type for each in after.globals] == [each.type for each in before.globals]
    assert after.start is None
    exports = [(each.name, each.kind, each.index) for each in after.exports]
    own_exports = [(each.name, each.kind, each.index) for each in before.exports]
    assert exports[: len(own_exports)] == own_exports
    assert (linked.start_export is None) == (before.start is None)
    if before.start is not None:
        assert exports[-1] == (linked.start_export, ExternalKind.FUNCTION, before.start)
    for section_id in (SectionId.GLOBAL, SectionId.ELEMENT, SectionId.DATA):
        payload = get_payload(code, before, section_id)
        assert get_payload(linked.code, after, section_id) == payload
    assert after.data_count == before.data_count
    assert is_valid(get_linked_engine(), linked.code)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_link_module_shipped_script_stays_as_it_is_and_passes_the_validator(path: Path) -> None:
    linked = link(path.read_bytes())

    expect_same_script(path.read_bytes(), linked)
    validate_rules(linked.code, LINKED_RULES, {})


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_link_module_attack_within_the_rules_stays_as_it_is(case: Case) -> None:
    code = assemble_bytes(case.text).code
    assert is_plain(decode_module(code))

    expect_same_script(code, link(code))


def test_link_module_everything_that_names_functions_stays_as_it_is() -> None:
    expect_same_script(EVERYTHING, link(EVERYTHING))


def test_link_module_twice_gives_the_same_bytes() -> None:
    assert link(EVERYTHING) == link(EVERYTHING)


def test_link_module_definitions_stand_in_import_order_with_their_locals() -> None:
    module = decode_module(EVERYTHING)
    kinds = [module.get_function_type(index) for index in range(4)]
    definitions = [
        define(kinds[0], "i32.const 7"),
        define(kinds[1], "nop", I64, I64, I32, I64),
        define(kinds[2], "i32.const 9"),
        define(kinds[3], "", I32),
    ]

    linked = link(EVERYTHING, replace(build_plan(module), definitions=definitions))

    after = decode_linked(linked)
    entries = [linked.code[body.offset : body.end].hex(" ") for body in after.bodies[:4]]
    # Size, locals (runs of a number and a type), instructions, end.
    assert entries == [
        "04 00 41 07 0b",
        "09 03 02 7e 01 7f 01 7e 01 0b",
        "04 00 41 09 0b",
        "04 01 01 7f 0b",
    ]
    assert len(after.bodies) == len(module.bodies) + 4


def test_link_module_adds_host_memory_bridge_and_their_exports() -> None:
    plan = replace(build_plan(decode_module(SCRIPT)), bridge_size=3, host_pages=2, host_max_pages=9)

    linked = link(SCRIPT, plan)

    after = decode_linked(linked)
    assert after.memories == ((1, MAX_PAGES), (2, 9))
    assert after.tables == ((ValueType.FUNCREF, (3, 3)),)
    assert [(each.name, each.kind, each.index) for each in after.exports[2:]] == [
        ("host_memory", ExternalKind.MEMORY, HOST_MEMORY),
        ("bridge", ExternalKind.TABLE, 0),
    ]
    assert (linked.memory_export, linked.bridge_export) == ("host_memory", "bridge")


def test_link_module_without_a_bridge_has_neither_table_nor_export() -> None:
    linked = link(SCRIPT)

    assert decode_linked(linked).tables == ()
    assert linked.bridge_export is None
    assert decode_linked(linked).get_export("bridge") is None


def test_link_module_bridge_stands_behind_the_tables_of_the_script() -> None:
    seen = []

    def note(symbols: Symbols) -> bytes:
        seen.append(symbols.bridge_table)
        return b""

    plan = build_plan(decode_module(EVERYTHING))
    noting = NewFunction(type=plan.definitions[3].type, code=note)

    linked = link(
        EVERYTHING, replace(plan, bridge_size=1, definitions=[*plan.definitions[:3], noting])
    )

    assert seen == [2]
    assert [table.element for table in decode_linked(linked).tables] == [
        ValueType.FUNCREF,
        ValueType.EXTERNREF,
        ValueType.FUNCREF,
    ]


def test_link_module_export_names_that_are_taken_are_made_unique() -> None:
    code = build_wat("""(module (memory (export "memory") (export "host_memory") 1)
      (func (export "bridge")) (func (export "bridge'")) (func (export "main")))""")
    plan = replace(build_plan(decode_module(code)), bridge_size=1)

    linked = link(code, plan)
    alike = link(code, replace(plan, memory_export="it", bridge_export="it"))

    assert (linked.memory_export, linked.bridge_export) == ("host_memory'", "bridge''")
    assert (alike.memory_export, alike.bridge_export) == ("it", "it'")
    assert is_valid(get_linked_engine(), linked.code)
    assert is_valid(get_linked_engine(), alike.code)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("1", (1, MAX_PAGES)), ("2 5", (2, 5)), ("0 65536", (0, MAX_PAGES)), ("20", (20, MAX_PAGES))],
)
def test_link_module_memory_maximum_is_the_smaller_of_both(
    declared: str, expected: tuple[int, int]
) -> None:
    linked = link(build_wat(f"(module (memory {declared}))"))

    assert decode_linked(linked).memories == (expected, (HOST_PAGES, HOST_PAGES))
    assert is_valid(get_linked_engine(), linked.code)


def test_link_module_script_without_memory_gets_an_empty_one() -> None:
    linked = link(build_wat("(module)"))

    after = decode_linked(linked)
    assert after.memories == ((0, 0), (HOST_PAGES, HOST_PAGES))
    assert (SCRIPT_MEMORY, HOST_MEMORY) == (0, 1)
    assert [section.id for section in after.sections] == [SectionId.MEMORY, SectionId.EXPORT]
    assert is_valid(get_linked_engine(), linked.code)


def test_link_module_table_maximum_is_the_smaller_of_both() -> None:
    code = build_wat(
        "(module (memory 1) (table 1 funcref) (table 2 7 funcref) (table 3 9 funcref))"
    )
    plan = replace(build_plan(decode_module(code)), max_table_elements=8)

    linked = link(code, plan)

    assert [table.limits for table in decode_linked(linked).tables] == [(1, 8), (2, 7), (3, 8)]
    assert is_valid(get_linked_engine(), linked.code)
    with pytest.raises(ValueError, match="3 elements in a table, 2 allowed"):
        link(code, replace(plan, max_table_elements=2))


def test_link_module_imports_without_functions_of_its_own_are_defined() -> None:
    code = build_wat('(module (import "eth2" "useTicks" (func (param i32))))')

    linked = link(code)

    assert len(decode_linked(linked).bodies) == 1
    expect_same_script(code, linked)


def test_link_module_custom_sections_are_left_out() -> None:
    code = build_wat("""(module (@custom "note" "hello") (import "eth2" "t" (func $named))
      (memory 1) (func $main (call $named)))""")
    assert [each.name for each in decode_module(code).custom_sections] == ["note", "name"]

    linked = link(code)

    assert decode_linked(linked).custom_sections == ()


def test_link_module_types_are_shared_where_they_are_equal() -> None:
    script_types = decode_module(SCRIPT).types
    seen: list[int] = []
    wide = FunctionType((I64, I64), (I32,))

    def note(symbols: Symbols) -> bytes:
        seen.extend(symbols.signature(kind) for kind in (NOTHING, wide, wide, script_types[0]))
        return b""

    plan = build_plan(decode_module(SCRIPT))
    definition = NewFunction(type=plan.definitions[0].type, code=note)

    linked = link(SCRIPT, replace(plan, definitions=[definition]))

    assert seen == [1, 2, 2, 0]
    assert decode_linked(linked).types == (*script_types, wide)


def test_link_module_first_of_equal_types_is_used() -> None:
    code = build_wat("""(module (type (func)) (type (func (param i32))) (type (func))
      (import "eth2" "f" (func (type 1))) (memory 1))""")
    helper = define(NOTHING, "")
    definition = NewFunction(type=FunctionType((I32,), ()), code=call_helper("it"))
    plan = replace(
        build_plan(decode_module(code)), definitions=[definition], helpers={"it": helper}
    )

    assert decode_linked(link(code, plan)).functions == (1, 0)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_link_module_metered_script_is_linked_like_any_other(path: Path) -> None:
    metered = inject(path.read_bytes())

    expect_same_script(metered, link(metered))


def test_link_module_helpers_follow_in_the_order_in_which_they_are_reached() -> None:
    helpers = {
        "unused": define(NOTHING, "unreachable"),
        "second": define(NOTHING, "i32.const 2 drop"),
        "first": NewFunction(type=NOTHING, code=call_helper("third")),
        "third": NewFunction(type=NOTHING, code=call_helper("first")),
    }

    def call_two(symbols: Symbols) -> bytes:
        names = ("first", "second", "first")
        return b"".join(assemble("call $it", it=symbols.function(name)) for name in names)

    plan = build_plan(decode_module(SCRIPT))
    definition = NewFunction(type=plan.definitions[0].type, code=call_two)

    linked = link(SCRIPT, replace(plan, definitions=[definition], helpers=helpers))

    # Functions 0 and 1 are the definition and main.
    entries = [
        encode_body((), assemble(text))
        for text in ("call 2 call 3 call 2", "i32.const 3 call 0", "call 4", "i32.const 2 drop")
    ]
    code_section = [linked.code[body.offset : body.end] for body in decode_linked(linked).bodies]
    assert code_section == [*entries, encode_body((), assemble("call 2"))]
    assert decode_linked(linked).functions == (0, 1, 1, 1, 1)
    assert is_valid(get_linked_engine(), linked.code)


def test_link_module_plan_that_does_not_fit_is_a_value_error() -> None:
    plan = build_plan(decode_module(SCRIPT))

    for changed, message in (
        (replace(plan, definitions=[]), "0 definitions for 1 imports"),
        (replace(plan, definitions=list(plan.definitions) * 2), "2 definitions for 1 imports"),
        (
            replace(plan, definitions=[define(NOTHING, "")]),
            r"eth2.useTicks is \(i32\) -> \(\), its definition \(\) -> \(\)",
        ),
        (replace(plan, max_script_pages=0), "1 pages of a script, 0 allowed"),
        (replace(plan, host_max_pages=1), "64 to 1 of the host"),
    ):
        with pytest.raises(ValueError, match=message):
            link(SCRIPT, changed)


def test_link_module_import_that_is_no_function_is_a_value_error() -> None:
    code = build_wat('(module (import "env" "memory" (memory 1)))')

    with pytest.raises(ValueError, match="0 definitions for 1 imports"):
        link(code)


def test_link_module_linked_code_is_not_linked_again() -> None:
    linked = link(SCRIPT)

    with pytest.raises(ValueError, match="2 memories"):
        link_module(linked.code, decode_linked(linked), build_plan(decode_linked(linked)))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (call_helper("nobody"), "no function is called 'nobody'"),
        (lambda symbols: bytes(symbols.bridge_table), "the plan has no bridge"),
    ],
)
def test_link_module_asking_for_what_is_not_there_is_a_value_error(
    ask: Callable[[Symbols], bytes], message: str
) -> None:
    plan = build_plan(decode_module(SCRIPT))
    definition = NewFunction(type=plan.definitions[0].type, code=ask)

    with pytest.raises(ValueError, match=message):
        link(SCRIPT, replace(plan, definitions=[definition]))
