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
from tests.trust.pywasm_oracle.host import NAMES, PRINTED, Host
from tests.trust.pywasm_oracle.interpreter import Ending, run_module
from tests.trust.pywasm_oracle.scripts import write_script

_TICKS: Final = (500, 3_000, 20_000, 60_000, 60_000, 60_000)
_MAX_PAGES: Final = 8
_ROWS: Final = [row for row in HOST_FUNCTIONS if row.name in NAMES and row.parameters is not None]
_NEVER_RAN: Final = ("trapped:link_error", "trapped:invalid_module", "memory_limit")

FRAMES: Final = "pywasm ends a script after 1,024 calls inside one another; ours went on"
DIVISION: Final = (
    "pywasm stops with an OverflowError where i64.div_u comes to 2**63 or more, which it stores as "
    "a signed number; the specification has no such trap"
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
def _build_limits(ticks: int, backend: Backend) -> ExecutionLimits:
    return replace(
        LIMITS,
        metering=Metering.INJECTED,
        max_ticks=Ticks(ticks),
        max_memory_pages=_MAX_PAGES,
        backend=backend,
    )


def _choose_limits(rng: Random) -> ExecutionLimits:
    return _build_limits(rng.choice(_TICKS), rng.choice([Backend.LINKED, Backend.HOST]))


def _compare(
    call: ScriptCall, limits: ExecutionLimits, ours: ScriptResult, number: int, tally: Tally
) -> None:
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
    ending = run_module(code, host, _MAX_PAGES)
    if ending.limit:
        tally.explain(FRAMES if ending.outcome else DIVISION)
        return
    expected = _describe(ours)
    found = _describe_host(host, ending, limits)
    for name, value in expected.items():
        if value != found[name]:
            tally.fail(number, f"{name}: ours {value!r:.300}, pywasm {found[name]!r:.300}")
            return


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


EXPERIMENTS: Final = (
    Experiment(
        name="execution_pywasm",
        section=Section.ORACLES,
        claim="An interpreter in Python comes to the same outcome, post state, deposits, memory, "
        "globals, output and ticks.",
        method="Random scripts without floats and vectors, with injected metering, in pywasm with "
        "a host written from docs/eei.md alone: random instructions of every family whose globals "
        "and memory are handed out in the end, and random host calls in and out of range, with "
        "budgets of 500 to 60,000 ticks.",
        unit="scripts",
        full=2_000,
        quick=80,
        examine=examine_pywasm,
    ),
)
