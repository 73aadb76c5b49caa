"""What makes of a script what a backend compiles, and the name under which that is kept.

Most modules come from the store of compiled ones. What judges, meters and links the others is
imported for the first of them.

Source:
    Ours.
"""

import hashlib
from functools import cached_property
from typing import Final

from wasmtime import Engine

from chain.config import ExecutionLimits, Metering
from chain.eei.engine import build_engine, get_engine_key
from chain.eei.loading import Prepared

RECORD_VERSION: Final = 1
"""To be raised whenever the same module would be prepared otherwise; a test notices."""


class HostPreparer:
    """Prepares modules for the host backend: scripts, and libraries of the user."""

    def __init__(self, engine: Engine, limits: ExecutionLimits) -> None:
        """Take what the outcome depends on.

        Args:
            engine: Validates.
            limits: The config.
        """
        self._engine = engine
        self._limits = limits
        self.name = _build_name(limits, is_linked=False)

    def prepare(self, code: bytes) -> Prepared:
        """Judge a module by itself, and rewrite it.

        Raises:
            ScriptFault: ``invalid_module`` or ``too_complex``.

        Source:
            PROTOCOL 5.
        """
        from chain.eei.preparing import prepare_for_host  # noqa: PLC0415 - see the module

        return prepare_for_host(code, self._engine, self._limits)


class LinkedPreparer:
    """Prepares scripts for the linked backend."""

    def __init__(self, limits: ExecutionLimits) -> None:
        """Take what the outcome depends on.

        Args:
            limits: The config.
        """
        self._limits = limits
        self.name = _build_name(limits, is_linked=True)

    @cached_property
    def _engine(self) -> Engine:
        """An engine that accepts of scripts what the host backend does, for types alone."""
        return build_engine()

    def prepare(self, code: bytes) -> Prepared:
        """Judge a script as a whole, and link it.

        Raises:
            ScriptFault: Whatever keeps it from running.

        Source:
            PROTOCOL 5.
        """
        from chain.eei.preparing import prepare_linked  # noqa: PLC0415 - see the module

        return prepare_linked(code, self._engine, self._limits)


def _build_name(limits: ExecutionLimits, *, is_linked: bool) -> str:
    """Name what the outcome depends on: the engine, and what of the config matters."""
    relevant: list[object] = [RECORD_VERSION]
    if limits.metering is Metering.INJECTED:
        relevant.append(limits.tick_costs)
    if is_linked:
        relevant += [
            limits.metering is Metering.INJECTED,
            limits.libraries,
            limits.prime_field,
            limits.deposit_min_timestamp,
            limits.max_memory_pages,
            limits.max_table_elements,
        ]
    digest = hashlib.sha256(repr(relevant).encode()).hexdigest()
    return f"{get_engine_key(is_linked=is_linked)}-{digest[:16]}"
