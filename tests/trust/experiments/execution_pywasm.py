"""Scripts with injected metering in pywasm, an interpreter that shares no code with wasmtime."""

from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

from chain.config import Backend, ExecutionLimits, Metering
from chain.eei import HOST_FUNCTIONS, ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Ticks
from chain.wasm import decode_module, inject_metering
from tests.helpers import random_scripts
from tests.helpers.backends import LIMITS, build_call
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.pywasm_oracle.floats import explain_floats
from tests.trust.pywasm_oracle.host import NAMES, PRINTED, Host
from tests.trust.pywasm_oracle.interpreter import Ending, run_module
from tests.trust.pywasm_oracle.probes import PROBES, SLOT_BYTES, choose_operands, write_probe
from tests.trust.pywasm_oracle.scripts import write_script
from tests.trust.random_wasm.spec import PLAIN, Plain

_TICKS: Final = (500, 12_000, 20_000, 60_000, 60_000, 60_000)
_MAX_PAGES: Final = 8
_ROWS: Final = [row for row in HOST_FUNCTIONS if row.name in NAMES and row.parameters is not None]
_CASES_PER_RUNTIME: Final = 100
"""Runtimes keep what they compiled."""
_NEVER_RAN: Final = ("trapped:link_error", "trapped:invalid_module", "memory_limit")

FRAMES: Final = "pywasm ends a script after 1,024 calls inside one another; ours went on"
DIVISION: Final = (
    "pywasm stops with an OverflowError where i64.div_u comes to 2**63 or more, which it stores as "
    "a signed number; the specification has no such trap"
)

_FOUND_ABORT: Final = (
    "docs/eei.md did not tell that `abort` may be called while a start function runs, and takes "
    "nothing of the budget: a host written from the page alone did otherwise."
)


def examine_pywasm(cases: Cases, tally: Tally) -> None:
    """Run scripts in both and compare what they did."""
    for number in cases:
        rng = cases.make_rng(number)
        kind, code = _choose_code(rng)
        limits = _choose_limits(rng)
        call = build_call(
            code,
            rng.randbytes(rng.choice([0, 16, 64])),
            random_scripts.ask_for_rounds(rng.randrange(9)),
        )
        ours = ScriptRuntime(limits).execute(call)
        tally.count(f"{kind}: {ours.outcome}")
        if ours.outcome in _NEVER_RAN:
            continue
        tally.peak("ticks", int(ours.ticks_used))
        try:
            _compare(call, limits, ours, number, tally)
        except Exception as error:  # noqa: BLE001 - whatever it is, this script shows it
            tally.fail(number, f"{type(error).__name__}: {error}, ours {ours.outcome}")


def _choose_code(rng: Random) -> tuple[str, bytes]:
    if rng.random() < 0.6:
        return "instructions", write_script(rng)
    share = rng.choice([0.8, 0.95, 1])
    return "host calls", random_scripts.write_script(
        rng, _ROWS, rng.randrange(1, 12), safe_share=share
    )


@cache
def build_limits(ticks: int, backend: Backend) -> ExecutionLimits:
    """Return limits with injected metering."""
    return replace(
        LIMITS,
        metering=Metering.INJECTED,
        max_ticks=Ticks(ticks),
        max_memory_pages=_MAX_PAGES,
        backend=backend,
    )


def _choose_limits(rng: Random) -> ExecutionLimits:
    return build_limits(rng.choice(_TICKS), rng.choice([Backend.LINKED, Backend.HOST]))


def _compare(
    call: ScriptCall, limits: ExecutionLimits, ours: ScriptResult, number: int, tally: Tally
) -> None:
    ending, host = run_in_pywasm(call, limits)
    if ending.limit:
        tally.explain(FRAMES if ending.outcome else DIVISION)
        return
    expected = _describe(ours)
    found = _describe_host(host, ending, limits)
    for name, value in expected.items():
        if value != found[name]:
            tally.fail(number, f"{name}: {_show(value, found[name])}")
            return


def _show(ours: object, theirs: object) -> str:
    """Show two values, bytes from where they begin to differ."""
    if isinstance(ours, bytes) and isinstance(theirs, bytes) and len(ours) == len(theirs):
        place = next(each for each, byte in enumerate(ours) if byte != theirs[each])
        cut = slice(place, place + 32)
        return f"at {place} ours {ours[cut].hex()}, pywasm {theirs[cut].hex()}"
    return f"ours {ours!r:.300}, pywasm {theirs!r:.300}"


def run_in_pywasm(call: ScriptCall, limits: ExecutionLimits) -> tuple[Ending, Host]:
    """Run a script with injected metering in pywasm; return how it ended and what it did."""
    code = inject_metering(call.code, decode_module(call.code), limits.tick_costs)
    host = Host(
        pre_state=bytes(call.pre_state_root),
        data=call.data,
        slot=int(call.slot),
        env=int(call.env),
        shard=int(call.shard),
        beacon_root=bytes(call.beacon_state_root),
        shard_roots={int(shard): bytes(root) for shard, root in call.shard_state_roots.items()},
        ticks=int(limits.max_ticks),
    )
    return run_module(code, host, _MAX_PAGES), host


def _describe(ours: ScriptResult) -> dict[str, object]:
    return {
        "outcome": ours.outcome,
        "ticks": int(ours.ticks_used),
        "post state": bytes(ours.post_state_root),
        "deposits": ours.deposits,
        "memory and globals": ours.modified_state,
        "lines": tuple(line for line in ours.debug if line.startswith(PRINTED)),
    }


def _describe_host(host: Host, ending: Ending, limits: ExecutionLimits) -> dict[str, object]:
    """Only a script that returns has effects; one that saves nothing keeps its state."""
    has_effects = ending.outcome == "returned"
    return {
        "outcome": ending.outcome,
        "ticks": int(limits.max_ticks) - host.ticks,
        "post state": (host.saved if has_effects else None) or host.pre_state,
        "deposits": tuple(host.deposits) if has_effects else (),
        "memory and globals": host.modified_state if has_effects else b"",
        "lines": tuple(host.lines),
    }


def examine_instructions(cases: Cases, tally: Tally) -> None:
    """Try each instruction in turn on chosen operands."""
    limits = build_limits(_TICKS[-1], Backend.LINKED)
    runtime = ScriptRuntime(limits)
    for place, number in enumerate(cases):
        if place % _CASES_PER_RUNTIME == 0:
            runtime = ScriptRuntime(limits)
        rng = cases.make_rng(number)
        row = PLAIN[number % len(PLAIN)]
        operands = [choose_operands(rng, row, slot) for slot in range(PROBES)]
        if not _try_probe(runtime, limits, (rng, row, operands), number, tally):
            # One of them traps: each by itself.
            for one in operands:
                _try_probe(runtime, limits, (rng, row, [one]), number, tally)


def _try_probe(
    runtime: ScriptRuntime,
    limits: ExecutionLimits,
    probe: tuple[Random, Plain, list[bytes]],
    number: int,
    tally: Tally,
) -> bool:
    """Compare what an instruction makes of operands; return False if there are too many."""
    rng, row, operands = probe
    call = build_call(write_probe(rng, row, operands))
    ours = runtime.execute(call)
    if ours.outcome != "returned" and len(operands) > 1:
        return False
    tally.count(f"operands, {ours.outcome}", len(operands))
    ending, host = run_in_pywasm(call, limits)
    if ending.limit:
        tally.explain(DIVISION)
    elif ending.outcome != ours.outcome:
        shown = f"{row.prefix:x} {row.number:x} on {operands[0].hex()}"
        tally.fail(number, f"{shown}: ours {ours.outcome}, pywasm {ending.outcome}")
    else:
        for slot, code in enumerate(operands):
            cut = slice(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)
            _compare_slots(
                row, code, (ours.modified_state[cut], host.modified_state[cut]), number, tally
            )
    return True


def _compare_slots(
    row: Plain, code: bytes, values: tuple[bytes, bytes], number: int, tally: Tally
) -> None:
    ours, theirs = values
    if ours == theirs:
        return
    reason = explain_floats(row, ours, theirs)
    if reason is None:
        shown = f"{row.prefix:x} {row.number:x} on {code.hex()}"
        tally.fail(number, f"{shown}: ours {ours.hex()}, pywasm {theirs.hex()}")
    else:
        tally.explain(reason)


EXPERIMENTS: Final = (
    Experiment(
        name="execution_pywasm",
        section=Section.ORACLES,
        claim="An interpreter in Python comes to the same outcome, post state, deposits, memory, "
        "globals, output and ticks.",
        method="Random scripts without floats, with injected metering, in pywasm with "
        "a host written from docs/eei.md alone: random instructions of every family whose globals "
        "and memory are handed out in the end, and random host calls in and out of range, with "
        "budgets of 500 to 60,000 ticks. pywasm runs only what ended by itself or by its ticks.",
        unit="scripts",
        full=2_000,
        quick=60,
        examine=examine_pywasm,
        found=(_FOUND_ABORT,),
    ),
    Experiment(
        name="execution_instructions",
        section=Section.ORACLES,
        claim="Every instruction comes to the same in an interpreter in Python.",
        method="Each instruction for numbers, vectors and memory accesses eight times on 24 "
        "sets of operands, many of them at the ends of ranges, zeros, infinities and NaNs.",
        unit="scripts",
        full=len(PLAIN) * 8,
        quick=len(PLAIN) // 4,
        examine=examine_instructions,
    ),
)
