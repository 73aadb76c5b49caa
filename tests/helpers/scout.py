"""Builds Scout test files, and small scripts to name in them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from simulator.errors import ScoutFileError
from simulator.scout import ScoutFileResult, ScoutOptions, run_scout_files
from simulator.scout_file import ScoutFile, load_scout_file
from tests.helpers.wasm_modules import build_wat

ZERO: Final = bytes(32)
STATE: Final = "ab" * 32

CASE: Final = f"""\
beacon_state:
  execution_scripts:
    - script.wasm
shard_pre_state:
  exec_env_states:
    - {STATE}
shard_blocks:
  - env: 0
    data: ""
shard_post_state:
  exec_env_states:
    - {STATE}
deposit_receipts:
  - pubkey: {"11" * 48}
    withdrawal_credentials: {"12" * 32}
    amount: 32000000000
    signature: {"13" * 96}
"""
"""A test file with one block that keeps its state; tests replace parts of it."""

_IMPORTS: Final = """
  (import "eth2" "loadPreStateRoot" (func $load (param i32)))
  (import "eth2" "blockDataSize" (func $size (result i32)))
  (import "eth2" "blockDataCopy" (func $copy (param i32 i32 i32)))
  (import "eth2" "savePostStateRoot" (func $save (param i32)))
  (import "eth2" "pushNewDeposit" (func $push (param i32 i32)))
  (memory (export "memory") 4)
"""


def build_main(body: str, declarations: str = "") -> bytes:
    """Build a script from the body of ``main``; ``$load`` and the like are imported."""
    return build_wat(f'(module {_IMPORTS} {declarations} (func (export "main") {body}))')


KEEP: Final = build_main("(call $load (i32.const 0)) (call $save (i32.const 0))")
"""Saves the state it was given."""

ADD_SIZE: Final = build_main(
    """
    (call $load (i32.const 0))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (call $size)))
    (call $save (i32.const 0))
    """
)
"""Adds the size of the block data to the first four bytes of its state."""

PUSH: Final = build_main(
    """
    (local $at i32)
    (call $copy (i32.const 32) (i32.const 0) (call $size))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $at) (call $size)))
      (call $push (i32.add (i32.const 32) (local.get $at)) (i32.const 184))
      (local.set $at (i32.add (local.get $at) (i32.const 184)))
      (br $next)))
    (call $load (i32.const 0))
    (call $save (i32.const 0))
    """
)
"""Pushes every 184 bytes of its block data as a deposit."""


def write_scripts(folder: Path, scripts: Mapping[str, bytes]) -> None:
    """Put wasm files into a folder."""
    for name, code in scripts.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(code)


def build_text(
    scripts: Sequence[str] = ("script.wasm",),
    pre: Sequence[bytes] = (ZERO,),
    blocks: Sequence[tuple[int, bytes]] = (),
    post: Sequence[bytes] = (ZERO,),
    *,
    deposits: Sequence[bytes] | None = None,
    libraries: Mapping[str, str] | None = None,
) -> str:
    """Write a test file as other generators do: every value quoted."""
    lines = ["beacon_state:", "  execution_scripts:", *(f"    - {name}" for name in scripts)]
    if libraries is not None:
        lines.append("  libraries:")
        for name, file in libraries.items():
            lines += [f"    - name: {name}", f"      file: {file}"]
    lines += ["shard_pre_state:", "  exec_env_states:", *(f'    - "{s.hex()}"' for s in pre)]
    lines.append("shard_blocks:" if blocks else "shard_blocks: []")
    for env, data in blocks:
        lines += [f"  - env: {env}", f'    data: "{data.hex()}"']
    lines += ["shard_post_state:", "  exec_env_states:", *(f'    - "{s.hex()}"' for s in post)]
    if deposits is not None:
        lines.append("deposit_receipts:" if deposits else "deposit_receipts: []")
        lines += map(_build_deposit, deposits)
    return "\n".join(lines) + "\n"


def _build_deposit(deposit: bytes) -> str:
    amount = int.from_bytes(deposit[80:88], "little")
    return (
        f'  - pubkey: "{deposit[:48].hex()}"\n'
        f'    withdrawal_credentials: "{deposit[48:80].hex()}"\n'
        f"    amount: {amount}\n"
        f'    signature: "{deposit[88:].hex()}"'
    )


def run_text(
    folder: Path, text: str, options: ScoutOptions | None = None, **scripts: bytes
) -> ScoutFileResult:
    """Run a test file next to ``NAME.wasm`` for each script."""
    write_scripts(folder, {f"{name}.wasm": code for name, code in scripts.items()})
    path = folder / "case.yaml"
    path.write_text(text)
    (result,) = run_scout_files([path], options or ScoutOptions())
    return result


def load_text(folder: Path, text: str | bytes) -> ScoutFile:
    """Load a test file next to a ``script.wasm``."""
    write_scripts(folder, {"script.wasm": KEEP})
    path = folder / "case.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_scout_file(path)


def fail_to_load(folder: Path, text: str | bytes) -> str:
    """Return the message about a file that cannot be loaded, without its folder."""
    with pytest.raises(ScoutFileError) as caught:
        load_text(folder, text)
    return caught.value.message.removeprefix(f"{folder}/")
