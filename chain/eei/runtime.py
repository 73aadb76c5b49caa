"""Runs scripts: a fresh instance for every block, within the limits of the config.

Source:
    PROTOCOL 5.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from wasmtime import Engine

from chain.config import Backend, ExecutionLimits, Libraries
from chain.eei.engine import build_engine, validate_types
from chain.eei.linked_backend import LinkedBackend
from chain.eei.loading import CompiledStore
from chain.eei.model import ScriptCall, ScriptResult

if TYPE_CHECKING:
    from chain.eei.host_backend import HostBackend


class ScriptRuntime:
    """Executes scripts under one config.

    Executions of one runtime do not nest, and wasmtime keeps the exception of a host
    function where all threads of a process see it: run in one thread.
    """

    def __init__(self, limits: ExecutionLimits, compiled: CompiledStore | None = None) -> None:
        """Choose the backend.

        Args:
            limits: The config.
            compiled: Keeps compiled modules between runs, if anything does.

        Raises:
            ValueError: The host backend has no wasm libraries.
        """
        if limits.backend is Backend.HOST and limits.libraries is Libraries.WASM:
            raise ValueError("wasm libraries are linked into scripts: not with the host backend")
        self._limits = limits
        self._compiled = compiled

    @cached_property
    def _linked(self) -> LinkedBackend:
        return LinkedBackend(self._limits, self._compiled)

    @cached_property
    def _host(self) -> "HostBackend":
        from chain.eei.host_backend import HostBackend  # noqa: PLC0415 - few runs need it

        return HostBackend(self._limits, self._compiled)

    @property
    def compile_count(self) -> int:
        """Return how many modules were compiled, those from the store not counted."""
        used = [self.__dict__.get(name) for name in ("_linked", "_host")]
        return sum(backend.compile_count for backend in used if backend is not None)

    def validate_types(self, code: bytes) -> None:
        """Let the engine validate a module: the last rule a script is checked against.

        Args:
            code: Any bytes.

        Raises:
            InvalidScript: ``type_check``, at the offset that the engine names, or 0.

        Source:
            PROTOCOL 6 (well-formed wasm).
        """
        validate_types(self._validator, code)

    def execute(self, call: ScriptCall, *, trace: bool = False) -> ScriptResult:
        """Run a script once; nothing that a script does raises.

        Traces, and libraries of the user, whose pointers refer to their own memories, need
        the host backend whatever the config says; system libraries are then native.

        Args:
            call: The script and what it sees.
            trace: Whether to record host calls.

        Returns:
            The outcome, and the effects if that is ``returned``.

        Source:
            PROTOCOL 5.
        """
        if trace or call.libraries or self._limits.backend is Backend.HOST:
            return self._host.execute(call, trace=trace)
        return self._linked.execute(call)

    @cached_property
    def _validator(self) -> Engine:
        return build_engine()
