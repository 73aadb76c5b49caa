"""Runs Scout test files and says where they disagree.

Source:
    PROTOCOL 9 and 5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Final

from chain.config import Backend, ExecutionLimits, Libraries, PrimeField, UnsavedPostState
from chain.constants import ZERO_ROOT
from chain.eei import RETURNED, CompiledStore, ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Fuel, Root, ShardIndex
from simulator.errors import ScoutFileError
from simulator.printable import make_printable
from simulator.scout_file import DepositReceipt, ScoutFile, decode_deposit, load_scout_file
from simulator.watchdog import keep_watch

_MAX_MEMORY_PAGES: Final = 16_384
_MAX_TABLE_ELEMENTS: Final = 1_000_000
_MAX_DIFFERENCES: Final = 100


@dataclass(frozen=True, slots=True)
class ScoutOptions:
    """How test files run, where they do not say so themselves.

    Attributes:
        unsaved: Post state of a script that saves none; Scout keeps zeros.
        strict: Whether the deposits must be exactly the listed ones, in order; a file that
            lists none then expects none.
        prime_field: Field of the bignum library's field arithmetic.
        max_fuel: Fuel of one block. Scout sets no limit; a hostile loop must end.
        backend: How scripts reach the host; files with libraries of their own use the host
            backend, and native system libraries, in any case.
        libraries: What the system libraries are made of; native with the host backend.
        allow_outside: Whether a file may name wasm files anywhere, not only in its folder and
            in the working directory.
    """

    unsaved: UnsavedPostState = UnsavedPostState.ZERO
    strict: bool = False
    prime_field: PrimeField = PrimeField.BLS12_381
    max_fuel: Fuel = Fuel(20_000_000_000)
    backend: Backend = Backend.LINKED
    libraries: Libraries = Libraries.WASM
    allow_outside: bool = False


@dataclass(frozen=True, slots=True)
class ScoutFileResult:
    """What came of one file: it passed, or there are differences, or an error.

    Attributes:
        path: The file as it was named, printable.
        passed: Whether it ran and nothing differs.
        differences: One line each, starting with the key or block that disagrees.
        warnings: Unknown keys, one line each, starting with the path.
        blocks: Blocks that were executed, a failing one included.
        error: Why the file cannot be run, starting with the path; empty if it can.
    """

    path: str
    passed: bool
    differences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    blocks: int = 0
    error: str = ""


def run_scout_files(
    paths: Sequence[Path], options: ScoutOptions, compiled: CompiledStore | None = None
) -> Iterator[ScoutFileResult]:
    """Run test files one after the other; a file that cannot be run does not stop the rest.

    Args:
        paths: The files.
        options: How to run them.
        compiled: Keeps compiled modules between runs, if anything does.

    Yields:
        One result a file, in order.

    Source:
        PROTOCOL 9.
    """
    runtimes = _Runtimes(build_limits(options), compiled)
    for path in paths:
        yield _run_path(path, options, runtimes)


def build_limits(options: ScoutOptions) -> ExecutionLimits:
    """Choose limits that only hostile scripts meet; ticks are the protocol's.

    Source:
        Ours; PROTOCOL 5 for ticks.
    """
    return ExecutionLimits(
        max_fuel=options.max_fuel,
        max_memory_pages=_MAX_MEMORY_PAGES,
        max_table_elements=_MAX_TABLE_ELEMENTS,
        unsaved_post_state=options.unsaved,
        prime_field=options.prime_field,
        backend=options.backend,
        libraries=Libraries.NATIVE if options.backend is Backend.HOST else options.libraries,
    )


class _Runtimes:
    """Makes runtimes, a new one only where a file asks for other limits than the one before."""

    def __init__(self, base: ExecutionLimits, compiled: CompiledStore | None) -> None:
        self._base = self._limits = base
        self._compiled = compiled
        self._latest = ScriptRuntime(base, compiled)

    def get(self, file: ScoutFile) -> ScriptRuntime:
        limits = file.chain.limit(self._base)
        if limits != self._limits:
            self._limits, self._latest = limits, ScriptRuntime(limits, self._compiled)
        return self._latest


def _run_path(path: Path, options: ScoutOptions, runtimes: _Runtimes) -> ScoutFileResult:
    name = make_printable(str(path))
    try:
        file = load_scout_file(path, allow_outside=options.allow_outside)
    except ScoutFileError as error:
        return ScoutFileResult(name, passed=False, error=error.message)
    runtime = runtimes.get(file)
    with keep_watch(runtime):
        run = _run_blocks(file, runtime)
    differences = (run.failure,) if run.failure else _compare(file, run, options)
    return ScoutFileResult(
        path=name,
        passed=not differences,
        differences=tuple(map(make_printable, differences)),
        warnings=file.warnings,
        blocks=run.blocks,
    )


@dataclass(slots=True)
class _FileRun:
    """Where a file's blocks have led so far; ``failure`` is the line that ends them."""

    states: list[Root]
    deposits: list[DepositReceipt]
    blocks: int = 0
    failure: str = ""


def _run_blocks(file: ScoutFile, runtime: ScriptRuntime) -> _FileRun:
    """Execute the blocks up to the first that fails: no state is right behind that."""
    run = _FileRun(list(file.pre_states), [])
    crosslinks = dict.fromkeys(map(ShardIndex, range(file.chain.shard_count)), ZERO_ROOT)
    for position, block in enumerate(file.blocks):
        crosslinks.update(block.context.crosslinks)
        result = runtime.attempt(
            ScriptCall(
                code=file.scripts[block.env].code,
                pre_state_root=run.states[block.env],
                data=block.data,
                env=block.env,
                shard=file.chain.shard,
                slot=block.context.slot,
                beacon_state_root=block.context.beacon_root,
                shard_state_roots=crosslinks,
                libraries=file.libraries,
            )
        )
        run.blocks += 1
        if result.outcome != RETURNED:
            run.failure = _describe_failure(file, position, result, runtime)
            return run
        run.states[block.env] = result.post_state_root
        run.deposits += map(decode_deposit, result.deposits)
    return run


def _describe_failure(
    file: ScoutFile, position: int, result: ScriptResult, runtime: ScriptRuntime
) -> str:
    from simulator.scout_failure import describe_failure  # noqa: PLC0415 - it has to decode wasm

    return describe_failure(file, position, result, runtime)


def _compare(file: ScoutFile, run: _FileRun, options: ScoutOptions) -> list[str]:
    """List what disagrees after the last block, states first."""
    compare_deposits = _compare_in_order if options.strict else _find_missing
    lines = chain(
        _compare_states(file.post_states, run.states),
        compare_deposits(file.deposits, run.deposits),
    )
    shown = list(islice(lines, _MAX_DIFFERENCES))
    return [*shown, "there are more differences"] if next(lines, None) else shown


def _compare_states(expected: Sequence[Root], actual: Sequence[Root]) -> Iterator[str]:
    if len(expected) != len(actual):
        yield f"exec_env_states: expected {len(expected)} states, got {len(actual)}"
    for position, (wanted, got) in enumerate(zip(expected, actual, strict=False)):
        if wanted != got:
            yield f"exec_env_states[{position}]: expected {wanted.hex()}, got {got.hex()}"


def _find_missing(
    expected: Sequence[DepositReceipt], pushed: Sequence[DepositReceipt]
) -> Iterator[str]:
    """List the listed deposits that were not pushed, each beside the one most like it.

    Source:
        PROTOCOL 9; like Scout, one push satisfies a deposit that is listed twice.
    """
    known = set(pushed)
    for position, wanted in enumerate(expected):
        if wanted in known:
            continue
        line = f"deposit_receipts[{position}]: not among the {len(pushed)} that were pushed"
        shared = [_count_shared(wanted, got) for got in pushed]
        if any(shared):
            nearest = shared.index(max(shared))
            fields = "; ".join(_list_fields(wanted, pushed[nearest]))
            yield f"{line}; nearest is number {nearest}: {fields}"
        else:
            yield f"{line}: {_show_deposit(wanted)}"


def _compare_in_order(
    expected: Sequence[DepositReceipt], pushed: Sequence[DepositReceipt]
) -> Iterator[str]:
    """List the positions at which listed and pushed deposits differ."""
    for position, (wanted, got) in enumerate(zip_longest(expected, pushed)):
        place = f"deposit_receipts[{position}]"
        if got is None:
            yield f"{place}: not pushed: {_show_deposit(wanted)}"
        elif wanted is None:
            yield f"{place}: pushed but not listed: {_show_deposit(got)}"
        elif wanted != got:
            yield f"{place}: {'; '.join(_list_fields(wanted, got))}"


def _count_shared(wanted: DepositReceipt, got: DepositReceipt) -> int:
    return len(wanted.list_fields().items() & got.list_fields().items())


def _list_fields(wanted: DepositReceipt, got: DepositReceipt) -> list[str]:
    """Return what differs between two deposits, field by field."""
    rows = zip(DepositReceipt._fields, wanted, got, strict=True)
    return [
        f"{name}: expected {_show(one)}, got {_show(other)}"
        for name, one, other in rows
        if one != other
    ]


def _show_deposit(deposit: DepositReceipt) -> str:
    return ", ".join(f"{name} {_show(value)}" for name, value in deposit.list_fields().items())


def _show(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
