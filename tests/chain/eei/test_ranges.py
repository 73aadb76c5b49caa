"""Every host function, called with every awkward pointer and every awkward length."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from chain.eei import HOST_FUNCTIONS, HostFunction, ScriptResult
from chain.eei.interface import Counted, PerRun, Role
from tests.helpers.wat import KEEP, PAGE_BYTES, PRE_STATE, build_script, declare, run

HUGE = 0xFFFF_FFFF
DATA_BYTES = 300
ARGUMENTS_AT = 30_000
"""Where the script keeps its arguments, away from every range that is inside memory."""

FIELD_BYTES = {"f1m": 48, "frm": 32}
"""Elements under the default config, bls12-381."""

ROWS = [row for row in HOST_FUNCTIONS if row.parameters]


def get_unit(row: HostFunction, name: str) -> int:
    """Bytes per count of the pointer whose size this parameter gives; 1 if it gives none."""
    sizes = [each.size for each in row.parameters or ()]
    counted = [each for each in sizes if isinstance(each, Counted) and each.parameter == name]
    return counted[0].unit_bytes if counted else 1


def get_size(row: HostFunction, index: int, arguments: Mapping[str, int]) -> int:
    """The size in bytes of the range at a pointer parameter."""
    assert row.parameters
    size = row.parameters[index].size
    if isinstance(size, Counted):
        return arguments[size.parameter] * size.unit_bytes
    return FIELD_BYTES[size.name] if isinstance(size, PerRun) else size


def list_values(row: HostFunction, index: int) -> list[int]:
    """0, the last valid, one past it, and the largest, for one parameter."""
    assert row.parameters
    parameter = row.parameters[index]
    if parameter.role in (Role.INPUT, Role.OUTPUT):
        size = 0 if isinstance(parameter.size, Counted) else get_size(row, index, {})
        last = PAGE_BYTES - size
        return [0, last, last + 1, HUGE]
    if row.name == "pushNewDeposit":
        return [0, 184, 185, HUGE]
    if row.name == "blockDataCopy":
        return [0, DATA_BYTES, DATA_BYTES + 1, HUGE]
    if parameter.name == "limit_log2":
        return [0, 64, 65, HUGE]
    last = PAGE_BYTES // get_unit(row, parameter.name)
    return [0, last, last + 1, HUGE]


def list_calls(row: HostFunction) -> Iterator[tuple[int, ...]]:
    assert row.parameters
    values = [list_values(row, index) for index in range(len(row.parameters))]
    yield from product(*values)
    # A range at the very end that is not empty.
    counted = [each for each in row.parameters if isinstance(each.size, Counted)]
    if counted:
        unit = counted[0].size.unit_bytes if isinstance(counted[0].size, Counted) else 1
        for count, distance in ((1, unit), (1, unit - 1), (184, 184), (184, 183)):
            yield tuple(
                PAGE_BYTES - distance
                if each is counted[0]
                else count
                if isinstance(counted[0].size, Counted) and each.name == counted[0].size.parameter
                else 0
                for each in row.parameters
            )


def expect_check(row: HostFunction, arguments: Mapping[str, int]) -> str | None:
    """What the arguments by themselves lead to, before any range is looked at."""
    if row.name == "pushNewDeposit" and arguments["length"] != 184:
        return "trapped:malformed_deposit"
    if row.name == "blockDataCopy" and arguments["offset"] + arguments["length"] > DATA_BYTES:
        return "trapped:block_data_out_of_bounds"
    if row.name == "merkleize":
        limit_log2 = arguments["limit_log2"]
        if limit_log2 > 64 or arguments["count"] > 2**limit_log2:
            return "trapped:merkleize_limit"
    return None


def expect_outcome(row: HostFunction, values: tuple[int, ...]) -> str:
    assert row.parameters
    arguments = {each.name: value for each, value in zip(row.parameters, values, strict=True)}
    checked = expect_check(row, arguments)
    if checked:
        return checked
    for index, parameter in enumerate(row.parameters):
        is_pointer = parameter.role in (Role.INPUT, Role.OUTPUT)
        if is_pointer and values[index] + get_size(row, index, arguments) > PAGE_BYTES:
            return "trapped:memory_out_of_bounds"
    if row.name == "useTicks" and arguments["ticks"] > KEEP.max_ticks:
        return "out_of_ticks"
    return "returned"


def build_caller(row: HostFunction) -> bytes:
    """A script that fills memory with ones, calls with arguments from block data, and exposes.

    The call ends ``main`` first if it traps. Results are dropped.
    """
    assert row.parameters
    loads = " ".join(
        f"({each.type}.load offset={8 * index} (i32.const {ARGUMENTS_AT}))"
        for index, each in enumerate(row.parameters)
    )
    call = f"(call ${row.name} {loads})"
    expose = '(import "env" "eth2_exposeModifiedState" (func $expose (param i32 i32)))'
    copy = '(import "env" "eth2_blockDataCopy" (func $copy (param i32 i32 i32)))'
    return build_script(
        f"""(memory.fill (i32.const 0) (i32.const 1) (i32.const {PAGE_BYTES}))
        (call $copy (i32.const {ARGUMENTS_AT}) (i32.const 0) (i32.const 64))
        {f"(drop {call})" if row.result else call}
        (memory.fill (i32.const {ARGUMENTS_AT}) (i32.const 1) (i32.const 64))
        (call $expose (i32.const 0) (i32.const {PAGE_BYTES}))""",
        imports=f"{expose} {copy} {declare(row)}",
    )


def call_row(row: HostFunction, values: tuple[int, ...]) -> ScriptResult:
    packed = b"".join(value.to_bytes(8, "little") for value in values)
    return run(build_caller(row), data=packed.ljust(DATA_BYTES, b"\x02"))


def assert_nothing_else_was_written(
    row: HostFunction, values: tuple[int, ...], memory: bytes
) -> None:
    """Outside the output ranges memory is still all ones."""
    assert row.parameters
    arguments = {each.name: value for each, value in zip(row.parameters, values, strict=True)}
    expected = bytearray(b"\x01" * PAGE_BYTES)
    for index, parameter in enumerate(row.parameters):
        if parameter.role is Role.OUTPUT:
            span = slice(values[index], values[index] + get_size(row, index, arguments))
            expected[span] = memory[span]
    # A call that reads its own arguments area as an operand may leave it changed.
    area = slice(ARGUMENTS_AT, ARGUMENTS_AT + 64)
    expected[area] = memory[area]
    assert memory == bytes(expected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_host_function_with_every_awkward_argument_has_the_expected_outcome(
    row: HostFunction,
) -> None:
    outcomes = set()

    for values in list_calls(row):
        result = call_row(row, values)

        assert result.outcome == expect_outcome(row, values), (values, result.detail)
        outcomes.add(result.outcome)
        if result.outcome == "returned":
            assert_nothing_else_was_written(row, values, result.modified_state)
        else:
            assert result.post_state_root == PRE_STATE
            assert result.modified_state == b""

    assert "returned" in outcomes
    if any(each.role is not Role.VALUE for each in row.parameters or ()):
        assert "trapped:memory_out_of_bounds" in outcomes


@pytest.mark.parametrize("count", [2**27, 2**27 + 1, 2**31, 2**32 - 1])
def test_merkleize_size_that_wraps_around_32_bits_is_out_of_bounds(count: int) -> None:
    row = next(row for row in ROWS if row.name == "merkleize")

    assert call_row(row, (0, count, 64, 0)).outcome == "trapped:memory_out_of_bounds"


def test_memory_that_grew_is_in_bounds_at_once() -> None:
    script = build_script(
        f"""(call $save (i32.const {PAGE_BYTES - 32}))
        (drop (memory.grow (i32.const 1)))
        (call $save (i32.const {2 * PAGE_BYTES - 32}))""",
        imports='(import "eth2" "savePostStateRoot" (func $save (param i32)))',
    )

    result = run(script)

    assert (result.outcome, result.post_state_root) == ("returned", bytes(32))
