"""Scripts written as WAT, and runs of them with few words."""

from collections.abc import Mapping
from functools import cache

import wasmtime

from chain.config import ExecutionLimits, UnsavedPostState
from chain.eei import ScriptCall, ScriptLibrary, ScriptResult, ScriptRuntime
from chain.eei.interface import HostFunction
from chain.types import Root, ShardIndex

PAGE_BYTES = 65_536
PRE_STATE = Root(bytes(range(32)))
KEEP = ExecutionLimits(unsaved_post_state=UnsavedPostState.KEEP)
"""Limits under which a script need not save a state."""


@cache
def compile_wat(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def build_script(
    body: str, *, imports: str = "", extra: str = "", memory: str = "1", main: str = ""
) -> bytes:
    """A script whose ``main`` has this body; ``main`` holds its results and locals."""
    return compile_wat(
        f"""(module
          {imports}
          (memory (export "memory") {memory})
          {extra}
          (func (export "main") {main} {body}))"""
    )


def declare(row: HostFunction, spelling: tuple[str, str] | None = None) -> str:
    """Import a host function as ``$name``, by default under its first spelling."""
    module, field = spelling or row.spellings[0]
    signature = row.signature
    kinds = " ".join(f"(param {kind})" for kind in signature.params) if signature else ""
    if signature and signature.results:
        kinds += f" (result {signature.results[0]})"
    return f'(import "{module}" "{field}" (func ${row.name} {kinds}))'


def declare_names(*signatures: str) -> str:
    """Import functions given as ``module.name i32 i64 -> i32``, named ``$name``."""
    lines = []
    for text in signatures:
        taken, _, result = text.partition(" -> ")
        label, *kinds = taken.split()
        module, name = label.split(".")
        params = " ".join(f"(param {kind})" for kind in kinds)
        results = f"(result {result})" if result else ""
        lines.append(f'(import "{module}" "{name}" (func ${name} {params} {results}))')
    return "\n".join(lines)


def store_bytes(data: bytes, at: int = 0) -> str:
    """A data segment."""
    return f'(data (i32.const {at}) "{"".join(f"{chr(92)}{byte:02x}" for byte in data)}")'


@cache
def get_runtime(limits: ExecutionLimits) -> ScriptRuntime:
    return ScriptRuntime(limits)


def run(
    code: bytes,
    *,
    limits: ExecutionLimits = KEEP,
    data: bytes = b"",
    roots: Mapping[ShardIndex, Root] | None = None,
    libraries: tuple[ScriptLibrary, ...] = (),
    trace: bool = False,
) -> ScriptResult:
    call = ScriptCall(
        code=code,
        pre_state_root=PRE_STATE,
        data=data,
        shard_state_roots=roots or {},
        libraries=libraries,
    )
    return get_runtime(limits).execute(call, trace=trace)


def run_body(body: str, *signatures: str, data: bytes = b"", extra: str = "") -> ScriptResult:
    """Run a script with imports by name, under limits that keep the state."""
    return run(build_script(body, imports=declare_names(*signatures), extra=extra), data=data)
