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
from chain.eei.model import OVERRAN, ScriptCall, ScriptResult
from chain.errors import ScriptOverran

if TYPE_CHECKING:
    from chain.eei.host_backend import HostBackend


class ScriptRuntime:
    """Executes scripts under one config.

    Executions of one runtime do not nest, and wasmtime keeps the exception of a host
    function where all threads of a process see it: run in one thread.

    Attributes:
        under_way: Number of the execution that is under way, 0 if none is. Another thread may
            look at it, and end that execution with ``interrupt``.
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
        self._count = 0
        self._overdue = 0
        self.under_way = 0

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
        return sum(backend.compile_count for backend in self._get_backends())

    def _get_backends(self) -> "list[LinkedBackend | HostBackend]":
        """Return the backends that were used."""
        used = [self.__dict__.get(name) for name in ("_linked", "_host")]
        return [backend for backend in used if backend is not None]

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

    def interrupt(self, number: int) -> None:
        """End an execution, if it is still under way; any thread may call this.

        Code ends at its next loop or call. The compiler and host functions come to their own
        end first, so whoever wants to be sure calls again.

        Args:
            number: The value of ``under_way`` that is meant.

        Source:
            Ours.
        """
        self._overdue = number
        for backend in self._get_backends():
            backend.interrupt()

    def execute(self, call: ScriptCall, *, trace: bool = False) -> ScriptResult:
        """Run a script once; nothing that a script does raises.

        Args:
            call: The script and what it sees.
            trace: Whether to record host calls.

        Returns:
            The outcome, and the effects if that is ``returned``.

        Raises:
            ScriptOverran: ``overran``: it was interrupted.

        Source:
            PROTOCOL 5.
        """
        result = self.attempt(call, trace=trace)
        if result.outcome == OVERRAN:
            raise ScriptOverran("overran", script=call.env, shard=call.shard, slot=call.slot)
        return result

    def attempt(self, call: ScriptCall, *, trace: bool = False) -> ScriptResult:
        """Run a script once, outside of any chain: being interrupted is an outcome too.

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
        self._count += 1
        self.under_way = number = self._count
        try:
            while True:
                result = self._attempt(call, trace=trace)
                # An engine's epoch is everybody's: the interrupt may have been another's.
                if result.outcome != OVERRAN or self._overdue == number:
                    return result
        finally:
            self.under_way = 0

    def _attempt(self, call: ScriptCall, *, trace: bool) -> ScriptResult:
        if trace or call.libraries or self._limits.backend is Backend.HOST:
            return self._host.execute(call, trace=trace)
        return self._linked.execute(call)

    @cached_property
    def _validator(self) -> Engine:
        return build_engine()
