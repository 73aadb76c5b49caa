"""What linking makes of scripts: the same bytes every time, and valid ones."""

import hashlib
from dataclasses import replace

import pytest

from chain.config import Backend, ExecutionLimits, Libraries, Metering
from chain.eei import HOST_FUNCTIONS, ScriptCall, ScriptRuntime
from chain.eei.loading import Prepared
from chain.eei.preparers import RECORD_VERSION, LinkedPreparer
from chain.wasm import LINKED_RULES, validate_rules
from tests.helpers.backends import LIMITS, assert_same, build_call
from tests.helpers.wat import PRE_STATE, build_script, compile_wat, declare, declare_names

EVERYTHING = build_script(
    "(call $startTimer)",
    imports="\n".join(declare(row) for row in HOST_FUNCTIONS),
    extra="(start $begin) (func $begin) (table 3 funcref) (elem (i32.const 0) $log $abort)",
)
NATIVE = ExecutionLimits()
WASM = replace(NATIVE, libraries=Libraries.WASM)
INJECTED = replace(NATIVE, metering=Metering.INJECTED)
KINDS = pytest.mark.parametrize(
    "limits", [NATIVE, WASM, INJECTED], ids=["native", "wasm", "injected"]
)


def prepare(limits: ExecutionLimits) -> Prepared:
    return LinkedPreparer(limits).prepare(EVERYTHING)


@KINDS
def test_linked_code_is_deterministic_and_valid(limits: ExecutionLimits) -> None:
    first, second = prepare(limits), prepare(limits)

    assert first == second
    validate_rules(first.code, LINKED_RULES, {})


def test_record_version_is_raised_when_something_is_linked_otherwise() -> None:
    digest = hashlib.sha256()
    for limits in (NATIVE, WASM, INJECTED):
        digest.update(prepare(limits).code)

    # Caches hold what was linked before: raise RECORD_VERSION together with the digest.
    assert (RECORD_VERSION, digest.hexdigest()[:16]) == (1, "a38829ac6f647118")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "trapped:missing_export"),
        ('(memory (export "main") 1)', "trapped:export_kind"),
        (
            '(memory (export "memory") 1) (func (export "main") (param i32))',
            "trapped:main_signature",
        ),
        ('(memory (export "memory") 513) (func (export "main"))', "memory_limit"),
        (
            '(memory (export "memory") 1) (table 65537 funcref) (func (export "main"))',
            "memory_limit",
        ),
        (
            '(memory (export "memory") 1) (func (export "main")) (data (i32.const 65535) "ab")',
            "trapped:memory_out_of_bounds",
        ),
        (
            """(memory (export "memory") 1) (table 1 funcref) (elem (i32.const 1) $m)
            (func $m (export "main"))""",
            "trapped:table_out_of_bounds",
        ),
    ],
)
@pytest.mark.parametrize(
    "imports", ["", '(import "eth2" "nothing" (func))', '(import "eth2" "useTicks" (func))']
)
def test_refusal_is_the_same_in_both_backends(text: str, outcome: str, imports: str) -> None:
    result = assert_same(build_call(compile_wat(f"(module {imports} {text})")))

    is_about_main = outcome in (
        "trapped:missing_export",
        "trapped:export_kind",
        "trapped:main_signature",
    )
    assert result.outcome == (outcome if is_about_main or not imports else "trapped:link_error")


def test_block_data_of_any_size_arrives() -> None:
    code = build_script(
        """(local $n i32) (local.set $n (call $blockDataSize))
        (drop (memory.grow (i32.const 60)))
        (call $blockDataCopy (i32.const 0) (i32.const 0) (local.get $n))
        (call $sha256 (i32.const 0) (local.get $n) (i32.const 0))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names(
            "eth2.blockDataSize -> i32",
            "eth2.blockDataCopy i32 i32 i32",
            "hash.sha256 i32 i32 i32",
            "eth2.savePostStateRoot i32",
        ),
    )
    for size in (0, 1, 57_343, 57_344, 57_345, 65_536, 65_537, 3_000_000):
        data = bytes(index % 251 for index in range(size))

        result = assert_same(build_call(code, data))

        assert result.post_state_root == hashlib.sha256(data).digest()


def test_deposits_arrive_in_order_and_end_at_the_limit() -> None:
    code = build_script(
        """(local $n i32) (loop (i32.store (i32.const 0) (local.get $n))
          (call $pushNewDeposit (i32.const 0) (i32.const 184))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if 0 (i32.lt_u (local.get $n) (call $blockDataSize))))""",
        imports=declare_names("eth2.pushNewDeposit i32 i32", "eth2.blockDataSize -> i32"),
    )

    many = assert_same(build_call(code, bytes(1_024)))
    too_many = assert_same(build_call(code, bytes(1_025)))

    assert [int.from_bytes(deposit[:4], "little") for deposit in many.deposits] == list(
        range(1_024)
    )
    assert too_many.outcome == "trapped:too_many_deposits"


def test_wasm_libraries_need_the_linked_backend() -> None:
    limits = replace(LIMITS, backend=Backend.HOST, libraries=Libraries.WASM)

    with pytest.raises(ValueError, match="linked into scripts"):
        ScriptRuntime(limits).execute(ScriptCall(EVERYTHING, PRE_STATE, b""))
