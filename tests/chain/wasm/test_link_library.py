"""Libraries in linked code: what goes along, at which indices, and in which memory."""

from dataclasses import replace

import pytest
import wasmtime

from chain.wasm import (
    FunctionType,
    LinkedCode,
    LinkPlan,
    Module,
    SectionId,
    ValueType,
    assemble,
    decode_library,
    decode_module,
    link_module,
)
from chain.wasm.link_functions import FunctionTable
from chain.wasm.rewrite import TypeTable
from chain.wasm.rules import LINKED_RULES
from tests.helpers.linking import build_plan, call_exported, define, get_linked_engine, link
from tests.helpers.wasm_modules import build_wat, is_valid

I32 = ValueType.I32
TAKES_ONE = FunctionType((I32,), ())
TO_ONE = FunctionType((I32,), (I32,))

LIBRARY = decode_library(
    build_wat("""(module
      (type $wide (func (param i64) (result i64 i64)))
      (import "script" "fail" (func $fail (param i32)))
      (import "script" "unused" (func $unused))
      (memory (export "memory") 1)
      (global $stack (mut i32) (i32.const 4096))
      (global $seed i64 (i64.const -3))
      (func $other (export "other") (result i32) (i32.const 1))
      (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
      (func (export "compute") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (call $fail (i32.const 7)) unreachable))
        (global.set $stack (i32.sub (global.get $stack) (i32.const 16)))
        (i64.store offset=300 align=4 (global.get $stack) (global.get $seed))
        (memory.copy (i32.const 8) (i32.const 1024) (i32.const 4))
        (memory.fill (i32.const 12) (i32.const 1) (i32.const 4))
        (v128.store (i32.const 32)
          (v128.load8_lane offset=1 2 (i32.const 1024) (v128.const i64x2 0 0)))
        (global.get $seed) (block (type $wide) i64.const 5) drop drop
        (block (result i32) (call $twice (i32.load (i32.const 8)))))
      (data (i32.const 1024) "\\05\\00\\00\\00")
      (data (i32.const 2048) "later"))""")
)
SCRIPT = build_wat("""(module
  (import "eth2" "compute" (func $compute (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $own (mut i32) (i32.const 77))
  (export "own" (global $own))
  (func (export "main") (param i32) (result i32) (call $compute (local.get 0)))
  (data (i32.const 1024) "mine"))""")


# What the library imports: it stores what failed where the host finds it.
FAIL = define(TAKES_ONE, "i32.const 100 local.get 0 i32.store memory=1 unreachable")
PLAN = LinkPlan(
    definitions=[call_exported("compute", TO_ONE)],
    helpers={"fail": FAIL},
    library=LIBRARY,
    max_script_pages=2,
    host_pages=2,
    host_max_pages=3,
)


def decode_linked(linked: LinkedCode) -> Module:
    return decode_module(linked.code, LINKED_RULES)


class Instance:
    """Linked code that runs."""

    def __init__(self, linked: LinkedCode) -> None:
        self.store = wasmtime.Store(get_linked_engine())
        self.store.set_fuel(10**6)
        module = wasmtime.Module(get_linked_engine(), linked.code)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)

    def call(self, argument: int) -> object:
        main = self.exports["main"]
        assert isinstance(main, wasmtime.Func)
        return main(self.store, argument)

    def read(self, memory_export: str, start: int, size: int) -> bytes:
        memory = self.exports[memory_export]
        assert isinstance(memory, wasmtime.Memory)
        return bytes(memory.read(self.store, start, start + size))


def test_link_module_library_computes_in_host_memory() -> None:
    instance = Instance(link(SCRIPT, PLAN))

    assert instance.call(1) == 10
    # The low half of the seed, what was copied and filled, one lane.
    assert instance.read("host_memory", 4380, 8) == (-3).to_bytes(8, "little", signed=True)
    assert instance.read("host_memory", 8, 8) == b"\x05\0\0\0\x01\x01\x01\x01"
    assert instance.read("host_memory", 32, 4) == bytes(4)
    assert instance.read("host_memory", 2048, 5) == b"later"
    # The script's own memory has nothing of it.
    assert instance.read("memory", 0, 1024) == bytes(1024)
    assert instance.read("memory", 1024, 1024) == b"mine".ljust(1024, b"\0")
    assert instance.read("memory", 2048, 8192) == bytes(8192)


def test_link_module_library_calls_helpers_for_what_it_imports() -> None:
    instance = Instance(link(SCRIPT, PLAN))

    with pytest.raises(wasmtime.Trap) as caught:
        instance.call(0)

    assert caught.value.trap_code is wasmtime.TrapCode.UNREACHABLE
    assert instance.read("host_memory", 100, 4) == b"\x07\0\0\0"


def test_link_module_takes_along_only_what_is_reached() -> None:
    after = decode_linked(link(SCRIPT, PLAN))

    # The definition and main; then compute, what it calls in order: fail, twice. Not other.
    assert len(after.bodies) == 5
    assert [str(after.get_function_type(index)) for index in range(5)] == [
        "(i32) -> (i32)",
        "(i32) -> (i32)",
        "(i32) -> (i32)",
        "(i32) -> ()",
        "(i32) -> (i32)",
    ]
    # Types: the script's one, then fail's, then that of the block.
    assert [str(kind) for kind in after.types] == [
        "(i32) -> (i32)",
        "(i32) -> ()",
        "(i64) -> (i64, i64)",
    ]


def test_link_module_accesses_of_the_library_keep_alignment_offset_and_lane() -> None:
    linked = link(SCRIPT, PLAN)

    # The script, in memory 0, has no such accesses.
    for access in (
        "37 42 01 ac 02",  # i64.store align=4 offset=300
        "28 42 01 00",  # i32.load
        "fd 0b 44 01 00",  # v128.store
        "fd 54 40 01 01 02",  # v128.load8_lane offset=1, lane 2
        "fc 0a 01 01",  # memory.copy
        "fc 0b 01",  # memory.fill
    ):
        assert linked.code.count(bytes.fromhex(access)) == 1


def test_link_module_appends_globals_and_data_of_the_library() -> None:
    linked = link(SCRIPT, PLAN)

    after = decode_linked(linked)
    assert [str(each.type.value) for each in after.globals] == ["i32", "i32", "i64"]
    assert [each.type.mutable for each in after.globals] == [True, True, False]
    assert [(each.memory, linked.code[slice(*each.payload)]) for each in after.data] == [
        (0, b"mine"),
        (1, b"\x05\0\0\0"),
        (1, b"later"),
    ]
    assert after.data_count is None


def test_link_module_counts_data_of_the_library() -> None:
    code = build_wat("""(module (import "eth2" "compute" (func (param i32) (result i32)))
      (memory 1) (data $spare "de") (func (data.drop $spare)))""")

    after = decode_linked(link(code, PLAN))

    assert after.data_count == len(after.data) == 3


def test_link_module_library_that_nobody_reaches_leaves_no_trace() -> None:
    module = decode_module(SCRIPT)
    with_it, without = replace(build_plan(module), library=LIBRARY), build_plan(module)

    assert link_module(SCRIPT, module, with_it) == link_module(SCRIPT, module, without)


def test_link_module_library_twice_gives_the_same_valid_bytes() -> None:
    assert link(SCRIPT, PLAN) == link(SCRIPT, PLAN)
    assert is_valid(get_linked_engine(), link(SCRIPT, PLAN).code)


def test_link_module_function_that_two_reach_is_there_once() -> None:
    script = build_wat("""(module
      (import "eth2" "compute" (func (param i32) (result i32)))
      (import "eth2" "compute" (func (param i32) (result i32)))
      (import "eth2" "other" (func (result i32)))
      (memory 1))""")
    other = call_exported("other", FunctionType((), (I32,)))

    linked = link(script, replace(PLAN, definitions=[*PLAN.definitions, *PLAN.definitions, other]))

    after = decode_linked(linked)
    calls = [linked.code[body.code : body.end] for body in after.bodies[:3]]
    assert calls == [
        assemble("local.get 0 call 3") + b"\x0b",
        assemble("local.get 0 call 3") + b"\x0b",
        assemble("call 4") + b"\x0b",
    ]
    assert len(after.bodies) == 3 + 4


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (replace(PLAN, helpers={}), r"imports fail \(i32\) -> \(\), no helper is like that"),
        (
            replace(PLAN, helpers={"fail": define(TO_ONE, "local.get 0")}),
            r"imports fail \(i32\) -> \(\), no helper is like that",
        ),
        (
            replace(PLAN, helpers={"fail": FAIL, "other": FAIL}),
            "both helpers and of the library: other",
        ),
        (replace(PLAN, host_pages=0), "1 pages of a library, 0 to 3 of the host"),
    ],
)
def test_link_module_plan_that_does_not_fit_its_library_is_a_value_error(
    plan: LinkPlan, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        link(SCRIPT, plan)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('(import "env" "f" (func)) (memory 1)', "imports other than functions of the script"),
        ('(import "script" "memory" (memory 1))', "imports other than functions of the script"),
        ("(memory 1) (table 1 funcref)", "tables"),
        ("(memory 1) (func $f) (elem declare func $f)", "element segments"),
        ("(memory 1) (func $f) (start $f)", "a start function"),
        ("", "a memory that is missing"),
        ('(memory 1) (data "x")', "passive data"),
        ("(memory 1) (func $f) (global funcref (ref.func $f))", "globals that hold functions"),
        ("(table 1 funcref) (func $f) (start $f)", "tables, a start function, a memory"),
    ],
)
def test_decode_library_what_linking_has_no_place_for_is_a_value_error(
    text: str, message: str
) -> None:
    code = build_wat(f"(module {text})")

    with pytest.raises(ValueError, match=f"a library cannot have {message}"):
        decode_library(code)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("memory.size drop", "memory.size"),
        ("i32.const 1 memory.grow drop", "memory.grow"),
        ("ref.null func drop", "ref.null"),
        ("ref.func $exported drop", "ref.func"),
    ],
)
def test_link_module_library_that_uses_what_it_cannot_is_a_value_error(
    body: str, name: str
) -> None:
    text = f'(memory 1) (func $exported (export "compute") (param i32) (result i32) {body}'
    library = decode_library(build_wat(f"(module {text} i32.const 1))"))

    with pytest.raises(ValueError, match=f"a library cannot use {name}"):
        link(SCRIPT, replace(PLAN, library=library))


def test_link_module_sections_of_the_script_come_first() -> None:
    before, linked = decode_module(SCRIPT), link(SCRIPT, PLAN)
    after = decode_linked(linked)
    for section_id in (SectionId.GLOBAL, SectionId.DATA):
        old, new = before.get_section(section_id), after.get_section(section_id)
        assert old is not None
        assert new is not None
        # Behind the number of entries, one byte each.
        entries = SCRIPT[old.payload.start + 1 : old.payload.end]
        assert linked.code[new.payload.start + 1 :].startswith(entries)


def test_function_table_without_a_library_has_no_functions_of_one() -> None:
    module = decode_module(SCRIPT)
    table = FunctionTable(module, replace(PLAN, library=None), TypeTable(module))

    with pytest.raises(ValueError, match="the plan has no library"):
        table.library_function(0)
    assert not table.has_library
