"""The execution environment interface: host functions, libraries, and what runs scripts.

The only package that imports wasmtime.

Source:
    PROTOCOL 5.
"""

from typing import TYPE_CHECKING

from chain.lazy import import_lazily

if TYPE_CHECKING:
    from chain.eei.interface import HostFunction
    from chain.eei.loading import CompiledStore
    from chain.eei.model import (
        LIMIT_OUTCOMES,
        RETURNED,
        TRAP_CODES,
        HostCall,
        ScriptCall,
        ScriptLibrary,
        ScriptResult,
    )
    from chain.eei.reference import render_host_functions
    from chain.eei.runtime import ScriptRuntime
    from chain.eei.table import HOST_FUNCTIONS, HOST_IMPORTS
else:
    __getattr__ = import_lazily(
        __name__,
        {
            "interface": "HostFunction",
            "loading": "CompiledStore",
            "model": (
                "LIMIT_OUTCOMES RETURNED TRAP_CODES HostCall ScriptCall ScriptLibrary ScriptResult"
            ),
            "reference": "render_host_functions",
            "runtime": "ScriptRuntime",
            "table": "HOST_FUNCTIONS HOST_IMPORTS",
        },
    )

__all__ = [
    "HOST_FUNCTIONS",
    "HOST_IMPORTS",
    "LIMIT_OUTCOMES",
    "RETURNED",
    "TRAP_CODES",
    "CompiledStore",
    "HostCall",
    "HostFunction",
    "ScriptCall",
    "ScriptLibrary",
    "ScriptResult",
    "ScriptRuntime",
    "render_host_functions",
]
