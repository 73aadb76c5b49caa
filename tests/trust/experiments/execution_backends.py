"""The two ways in which scripts reach the host, against each other."""

from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

from chain.config import Backend, BlsBackend, ExecutionLimits, Libraries, Metering
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Fuel, Ticks
from tests.helpers.backends import LIMITS, build_call, leave_fuel_out
from tests.helpers.random_scripts import CALLABLE, ask_for_rounds, write_script
from tests.helpers.scripts import SCENARIOS
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.script_rules.oracle import ALL, find_rejection

_LARGEST_MUTATED: Final = 20_000
_CASES_PER_RUNTIME: Final = 200
"""Runtimes keep what they compiled."""

_CHEAP: Final = replace(LIMITS, max_fuel=Fuel(5_000_000), bls=BlsBackend.INSECURE)
_SETTINGS: Final = {
    "fuel": _CHEAP,
    "few ticks": replace(_CHEAP, max_ticks=Ticks(50)),
    "little fuel": replace(_CHEAP, max_fuel=Fuel(20_000)),
    "injected": replace(_CHEAP, metering=Metering.INJECTED, max_ticks=Ticks(5_000_000)),
    "few injected": replace(_CHEAP, metering=Metering.INJECTED, max_ticks=Ticks(10_000)),
    "no metering": replace(_CHEAP, metering=Metering.NONE, watchdog_fuel=Fuel(2_000_000)),
}
_ATTEMPTS: Final = 6
"""At wrong bytes that leave a module valid."""

_WASM_SHARE: Final = 0.1
"""Of the runs, how many have libraries in wasm too: those take a hundred times longer to link."""

_DATA_SIZES: Final = (0, 0, 1, 4, 16, 40, 64, 100, 1_000)


@cache
def _list_shipped() -> tuple[bytes, ...]:
    codes = (path.read_bytes() for path in sorted(SCENARIOS.rglob("*.wasm")))
    return tuple(code for code in codes if len(code) <= _LARGEST_MUTATED)


class _Runtimes:
    """One runtime for each way to reach the host, under the same limits."""

    def __init__(self) -> None:
        self._known: dict[ExecutionLimits, ScriptRuntime] = {}

    def execute(
        self, call: ScriptCall, limits: ExecutionLimits, backend: Backend, libraries: Libraries
    ) -> ScriptResult:
        """Run a script."""
        chosen = replace(limits, backend=backend, libraries=libraries)
        if chosen not in self._known:
            self._known[chosen] = ScriptRuntime(chosen)
        return self._known[chosen].execute(call)


def examine_backends(cases: Cases, tally: Tally) -> None:
    """Run scripts in all ways and compare everything that they come to."""
    runtimes = _Runtimes()
    for place, number in enumerate(cases):
        if place % _CASES_PER_RUNTIME == 0:
            runtimes = _Runtimes()
        rng = cases.make_rng(number)
        kind, code = _choose_code(rng)
        name, limits = rng.choice(list(_SETTINGS.items()))
        call = build_call(
            code, rng.randbytes(rng.choice(_DATA_SIZES)), ask_for_rounds(rng.randrange(9))
        )
        tally.count(f"{kind}, {name}")
        host = _compare(runtimes, call, limits, number, tally)
        if rng.random() < _WASM_SHARE and not _ends_by_fuel(host, limits):
            tally.count("with libraries in wasm too")
            _compare_wasm(runtimes, call, limits, (number, host), tally)


def _choose_code(rng: Random) -> tuple[str, bytes]:
    if rng.random() < 0.7:
        calls = rng.randrange(1, 12)
        return "random", write_script(rng, CALLABLE, calls, safe_share=rng.choice([0.8, 0.95, 1]))
    shipped = rng.choice(_list_shipped())
    code = _mutate(rng, shipped)
    for _ in range(_ATTEMPTS):
        if find_rejection(code, ALL) is None:
            break
        code = _mutate(rng, shipped)
    return "mutated", code


def _mutate(rng: Random, shipped: bytes) -> bytes:
    code = bytearray(shipped)
    for _ in range(rng.randrange(1, 4)):
        code[rng.randrange(8, len(code))] = rng.randrange(256)
    return bytes(code)


def _ends_by_fuel(host: ScriptResult, limits: ExecutionLimits) -> bool:
    """Tell whether the end of a run depends on its fuel, which libraries in wasm change."""
    return host.outcome in ("out_of_fuel", "watchdog") or limits.metering is Metering.NONE


def _compare(
    runtimes: _Runtimes, call: ScriptCall, limits: ExecutionLimits, number: int, tally: Tally
) -> ScriptResult:
    host = runtimes.execute(call, limits, Backend.HOST, Libraries.NATIVE)
    linked = runtimes.execute(call, limits, Backend.LINKED, Libraries.NATIVE)
    tally.count(f"came to {host.outcome}")
    tally.peak("fuel", int(host.fuel_used))
    tally.peak("host calls", host.host_call_count)
    if linked.outcome == host.outcome == "stack_overflow":
        # How deep calls go is a matter of compiled frames, which are not alike.
        if linked != host:
            tally.explain("the stack overflows a few calls sooner or later")
    elif linked != host:
        tally.fail(number, f"linked {linked}, host {host}")
    return host


def _compare_wasm(
    runtimes: _Runtimes,
    call: ScriptCall,
    limits: ExecutionLimits,
    expected: tuple[int, ScriptResult],
    tally: Tally,
) -> None:
    number, host = expected
    as_wasm = runtimes.execute(call, limits, Backend.LINKED, Libraries.WASM)
    if as_wasm.outcome == "out_of_fuel":
        tally.count("more fuel than there is, with libraries in wasm")
    elif as_wasm.outcome == host.outcome == "stack_overflow":
        tally.count("the stack overflows, with libraries in wasm too")
    elif leave_fuel_out(as_wasm) != leave_fuel_out(host):
        tally.fail(number, f"with libraries in wasm {as_wasm}, host {host}")


EXPERIMENTS: Final = (
    Experiment(
        name="execution_backends",
        section=Section.ORACLES,
        claim="Linked code and host functions in Python come to the same, to the unit of fuel and "
        "the last word of the detail.",
        method="Random scripts that call every host function with arguments in and out of range, "
        "in loops, tables and start functions, and shipped ones with wrong bytes; under six "
        "settings of metering. The result is compared as a whole: outcome, detail, post state, "
        "deposits, fuel, ticks, debug output, modified state, host calls. A tenth run once more "
        "with the system libraries linked in as wasm, where all but the fuel must be the same.",
        unit="scripts",
        full=10_000,
        quick=100,
        examine=examine_backends,
    ),
)
