"""Calibration: the rates of this machine, for ``profile: measured``.

Source:
    Ours; what is measured is this implementation's validation (PROTOCOL 6: our rules and the
    engine's type check) and wasmtime's compiler.
"""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chain.config import DEMO
from chain.constants import CODE_BYTES_LIMIT
from chain.eei import ScriptRuntime
from chain.eei.engine import get_engine_name
from chain.validation import get_rules, validate_script
from simulator.costs.clock import Clock, read_clock
from simulator.costs.corpus import build_corpus
from simulator.costs.measure import Compiler, time_call
from simulator.costs.profile_file import encode_profile


@dataclass(frozen=True, slots=True)
class MeasuredModule:
    """One module of the corpus and the median of its times."""

    name: str
    size_bytes: int
    validating_seconds: float
    compiling_seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured.

    Attributes:
        repeats: How often each module was timed.
        modules: The corpus.
    """

    repeats: int
    modules: tuple[MeasuredModule, ...]

    @property
    def size_bytes(self) -> int:
        """Return the length of the whole corpus."""
        return sum(module.size_bytes for module in self.modules)

    @property
    def validating_rate(self) -> float:
        """Return bytes validated per second, over the whole corpus."""
        return self.size_bytes / sum(module.validating_seconds for module in self.modules)

    @property
    def compiling_rate(self) -> float:
        """Return bytes compiled per second, over the whole corpus."""
        return self.size_bytes / sum(module.compiling_seconds for module in self.modules)

    def describe(self) -> dict[str, Any]:
        """Return the machine-readable form, as it goes into the file."""
        return {
            "engine": get_engine_name(),
            "validating_bytes_per_second": round(self.validating_rate),
            "compiling_bytes_per_second": round(self.compiling_rate),
            "repeats": self.repeats,
            "corpus": [
                {
                    "name": module.name,
                    "size_bytes": module.size_bytes,
                    "validating_seconds": round(module.validating_seconds, 9),
                    "compiling_seconds": round(module.compiling_seconds, 9),
                }
                for module in self.modules
            ],
        }

    def encode(self) -> bytes:
        """Return the profile file."""
        return encode_profile(self.describe())


def calibrate(
    repeats: int,
    clock: Clock = read_clock,
    corpus: Mapping[str, bytes] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Time validating and compiling on the corpus.

    Args:
        repeats: How often to time each module; the median counts.
        clock: Seconds.
        corpus: Modules by name, by default the built-in ones; all must be valid.
        progress: Told how many modules are done.

    Source:
        Ours: medians, because whatever disturbs a machine only makes it slower.
    """
    modules = []
    for name, code in (build_corpus() if corpus is None else corpus).items():
        modules.append(_measure(name, code, repeats, clock))
        if progress is not None:
            progress(len(modules))
    return Calibration(repeats, tuple(modules))


def _measure(name: str, code: bytes, repeats: int, clock: Clock) -> MeasuredModule:
    rules = get_rules(replace(DEMO, max_code_bytes=CODE_BYTES_LIMIT))
    runtime, compiler = ScriptRuntime(DEMO.execution), Compiler()
    # The first time pays for what only the first time needs.
    validate_script(code, rules, runtime)
    validating = [
        time_call(lambda: validate_script(code, rules, runtime), clock)[1] for _ in range(repeats)
    ]
    compiling = [time_call(lambda: compiler.compile(code), clock)[1] for _ in range(repeats)]
    return MeasuredModule(
        name, len(code), statistics.median(validating), statistics.median(compiling)
    )
