"""Measured cost: what a clock says about validating and compiling on this machine.

Source:
    Ours: PROTOCOL 7 keeps measured wall time apart from everything that is modelled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from chain.config import ChainConfig
from chain.eei import ScriptRuntime
from chain.eei.complexity import validate_compile_work
from chain.eei.engine import build_engine, compile_module
from chain.effects import ScriptChecked
from chain.errors import ScriptFault
from chain.types import Root
from chain.validation import ScriptChecker, get_rules
from chain.wasm import decode_module
from simulator.costs.clock import Clock, read_clock

T = TypeVar("T")


@dataclass(slots=True)
class Measurements:
    """Wall time of this process so far.

    Attributes:
        codes: Distinct pieces of code validated.
        size_bytes: Their length together.
        validating_seconds: Validating them.
        compiled_codes: Valid ones that were compiled.
        compiled_bytes: The length of those.
        compiling_seconds: Compiling them.
    """

    codes: int = 0
    size_bytes: int = 0
    validating_seconds: float = 0.0
    compiled_codes: int = 0
    compiled_bytes: int = 0
    compiling_seconds: float = 0.0

    def to_metrics(self) -> dict[str, int | float]:
        """Return the group of metrics that only ``--measure`` makes."""
        return {
            "measured.codes": self.codes,
            "measured.bytes": self.size_bytes,
            "measured.validating_seconds": self.validating_seconds,
            "measured.compiled_codes": self.compiled_codes,
            "measured.compiled_bytes": self.compiled_bytes,
            "measured.compiling_seconds": self.compiling_seconds,
        }


class Compiler:
    """Compiles and forgets, so that nothing is found compiled already."""

    def __init__(self) -> None:
        """Set up an engine of the same settings as the runtime's."""
        self._engine = build_engine()

    def is_compilable(self, code: bytes) -> bool:
        """Tell whether valid code is within the bound on compiling."""
        try:
            validate_compile_work(code, decode_module(code))
        except ScriptFault:
            return False
        return True

    def compile(self, code: bytes) -> None:
        """Compile once."""
        compile_module(self._engine, code)


class MeasuringChecker(ScriptChecker):
    """Validates as any checker does, and looks at the clock while it works.

    Each code is validated once in a process, and compiled once if it is valid: that is what the
    measurements tell of, not what the simulated nodes pay.
    """

    def __init__(
        self, config: ChainConfig, runtime: ScriptRuntime, clock: Clock = read_clock
    ) -> None:
        """Take the config's rules, an engine, and a clock."""
        super().__init__(get_rules(config), runtime)
        self._clock = clock
        self._compiler = Compiler()
        self.measurements = Measurements()

    def _validate(self, code: bytes, code_hash: Root) -> ScriptChecked:
        validate = super()._validate
        checked, seconds = time_call(lambda: validate(code, code_hash), self._clock)
        totals = self.measurements
        totals.codes += 1
        totals.size_bytes += len(code)
        totals.validating_seconds += seconds
        if not checked.rule and self._compiler.is_compilable(code):
            _, seconds = time_call(lambda: self._compiler.compile(code), self._clock)
            totals.compiled_codes += 1
            totals.compiled_bytes += len(code)
            totals.compiling_seconds += seconds
        return checked


def time_call(call: Callable[[], T], clock: Clock) -> tuple[T, float]:
    """Return what a call returns, and how many seconds it took."""
    start = clock()
    result = call()
    return result, clock() - start
