"""Engine profiles: how fast an engine validates code, and how fast it compiles it.

Source:
    PROTOCOL 7 (rates).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MEGABYTE: Final = 1_000_000


class ProfileName(StrEnum):
    """Names of engine profiles, as in scenario files."""

    WASMTIME = "wasmtime"
    WINCH = "winch"
    LINEAR_PASS = "linear-pass"  # noqa: S105 - a way to compile, no password
    WASMI = "wasmi"
    FIZZY = "fizzy"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class EngineProfile:
    """Rates of an engine, in bytes of wasm per second on one core.

    Attributes:
        name: As in scenario files.
        validating: Bytes validated per second.
        compiling: Bytes compiled per second; None for an interpreter, which compiles nothing.
    """

    name: str
    validating: float
    compiling: float | None

    def compute_validating_seconds(self, size_bytes: int) -> float:
        """Return the modelled seconds of validating that many bytes of code."""
        return size_bytes / self.validating

    def compute_compiling_seconds(self, size_bytes: int) -> float:
        """Return the modelled seconds of compiling that many bytes of code."""
        return 0.0 if self.compiling is None else size_bytes / self.compiling

    def compute_seconds(self, size_bytes: int) -> float:
        """Return x of PROTOCOL 7: the modelled seconds of validating and compiling code once.

        Source:
            PROTOCOL 7. Code that breaks a rule is charged in full: a compiler of one pass meets a
            mistake in the last function after it has compiled all the others.
        """
        return self.compute_validating_seconds(size_bytes) + self.compute_compiling_seconds(
            size_bytes
        )


_MEGABYTES_PER_SECOND: Final[Mapping[ProfileName, tuple[float, float | None]]] = {
    ProfileName.WASMTIME: (130, 0.9),
    # Winch is a compiler inside wasmtime and shares its validator.
    ProfileName.WINCH: (130, 5.9),
    # The record names no validator beside this compiler; wasmtime's is taken.
    ProfileName.LINEAR_PASS: (130, 20),
    ProfileName.WASMI: (16, None),
    ProfileName.FIZZY: (69, None),
}
"""The rates of PROTOCOL 7: validating, and compiling unless the engine interprets."""

PROFILES: Final[Mapping[ProfileName, EngineProfile]] = {
    name: EngineProfile(
        name, validating * _MEGABYTE, None if compiling is None else compiling * _MEGABYTE
    )
    for name, (validating, compiling) in _MEGABYTES_PER_SECOND.items()
}
"""Every profile but ``measured``, which comes from a file."""
