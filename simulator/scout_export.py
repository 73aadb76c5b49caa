"""A shard's history as a Scout test file: what a run database holds in, files out.

Others can replay our blocks in their engines: the file's Scout keys say all about scripts that
use core functions alone, and the keys of our dialect say the rest.

Source:
    PROTOCOL 9; what a history leaves out (blocks called back, no-ops) is ours.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from chain.constants import ZERO_ROOT
from chain.errors import InvalidScript
from chain.types import Root
from chain.wasm import decode_module
from simulator.errors import ScoutFileError, UserError
from simulator.printable import make_printable
from simulator.scout import ScoutOptions, build_limits
from simulator.scout_dialect import CHAIN_KEY, MIN_TIMESTAMP_KEY, describe_limits
from simulator.scout_file import decode_deposit, load_scout_file
from simulator.scout_history import ShardHistory, read_history
from simulator.store import RunReader

_MAX_NAME: Final = 64
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")
_ROOTS_FUNCTION: Final = "getShardStateRoot"


class ExportedScript(NamedTuple):
    """A wasm file to be written, named relative to the test file."""

    file: str
    code: bytes


@dataclass(frozen=True, slots=True)
class ScoutExport:
    """Everything to be written.

    Attributes:
        text: The test file.
        scripts: The wasm files that it names, by ``env``.
        blocks: How many blocks the file has.
    """

    text: str
    scripts: tuple[ExportedScript, ...]
    blocks: int


def build_scout_export(
    reader: RunReader,
    shard: int,
    folder: str,
    first_slot: int = 0,
    last_slot: int | None = None,
) -> ScoutExport:
    """Turn a shard's history into a Scout test file.

    Args:
        reader: The run.
        shard: Index of the shard.
        folder: Where the wasm files will be, relative to the test file.
        first_slot: Earlier blocks only make the states before.
        last_slot: The history ends here, by default with the run.

    Raises:
        UserError: The run has no such shard.
        RunFolderError: A script is missing.

    Source:
        PROTOCOL 9.
    """
    shard_count = reader.meta["config"]["shard_count"]
    if not 0 <= shard < shard_count:
        raise UserError(f"--shard {shard}: the run has shards 0 to {shard_count - 1}")
    history = read_history(reader, shard, first_slot, last_slot)
    scripts = tuple(
        ExportedScript(
            f"{folder}/{env}_{_name_file(script.name)}.wasm", reader.read_script(script.code_hash)
        )
        for env, script in enumerate(history.scripts)
    )
    text = "".join(f"{line}\n" for line in _render(reader.meta, shard, history, scripts))
    return ScoutExport(text, scripts, len(history.blocks))


def write_scout_export(export: ScoutExport, path: Path, *, force: bool) -> None:
    """Write a test file and its wasm files, all or nothing.

    Args:
        export: What to write.
        path: The test file.
        force: Whether files that are there already may be replaced.

    Raises:
        UserError: Something is there already, or cannot be written, or the file is too long
            for ``shardlab scout``.
    """
    folder = path.parent / get_scripts_folder(path)
    taken = [target for target in (path, folder) if os.path.lexists(target)]
    if taken and not force:
        raise UserError(f"{taken[0]}: exists already; use --force to replace it")
    try:
        with TemporaryDirectory(prefix=".shardlab-", dir=path.parent) as name:
            staged = Path(name)
            _write_files(export, staged, path.name)
            _validate_file(staged, path)
            if export.scripts:
                folder.mkdir(exist_ok=True)
            for script in export.scripts:
                (staged / script.file).replace(path.parent / script.file)
            (staged / path.name).replace(path)
    except (OSError, ValueError) as error:  # ValueError: a name that is no UTF-8
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{path}: cannot be written: {reason}") from error


def get_scripts_folder(path: Path) -> str:
    """Return the folder of a test file's scripts, as the file names it."""
    return f"{path.stem}_scripts"


def _write_files(export: ScoutExport, folder: Path, name: str) -> None:
    for script in export.scripts:
        target = folder / script.file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(script.code)
    (folder / name).write_text(export.text, encoding="utf-8", newline="\n")


def _validate_file(folder: Path, path: Path) -> None:
    """Refuse a file that ``shardlab scout`` would refuse: it reads files up to some size."""
    try:
        load_scout_file(folder / path.name)
    except ScoutFileError as error:
        problem = error.message.removeprefix(f"{folder}/")
        raise UserError(f"{problem}; choose fewer slots (--first-slot, --last-slot)") from error


def _render(
    meta: Mapping[str, Any], shard: int, history: ShardHistory, scripts: tuple[ExportedScript, ...]
) -> Iterator[str]:
    """Write the file line by line; hex is quoted, so that no reader takes it for a number."""
    yield f"# Shard {shard} of {make_printable(meta['scenario'])}, seed {meta['seed']}."
    yield from _render_chain(meta["config"], shard)
    yield "beacon_state:"
    yield from _render_list("  execution_scripts", (_quote(script.file) for script in scripts))
    yield from _render_states("shard_pre_state", history.pre_states)
    yield from _render_blocks(history, scripts)
    yield from _render_states("shard_post_state", history.post_states)
    yield from _render_deposits(history)


def _render_chain(config: Mapping[str, Any], shard: int) -> Iterator[str]:
    yield f"{CHAIN_KEY}:"
    yield f"  shard: {shard}"
    yield f"  shard_count: {config['shard_count']}"
    limits = describe_limits(config["execution"], build_limits(ScoutOptions()))
    for name, value in limits.items():
        yield f"  {name}: {make_printable(str(value).lower())}"


def _render_blocks(history: ShardHistory, scripts: tuple[ExportedScript, ...]) -> Iterator[str]:
    """Write the blocks, and beside each where it stood.

    The crosslinked roots, one per shard, are written only if a script can ask for them.
    """
    yield "shard_blocks:" if history.blocks else "shard_blocks: []"
    asks = any(_imports_roots(scripts[env].code) for env in {block.env for block in history.blocks})
    known: Mapping[int, str] = {}
    for block in history.blocks:
        yield f"  - env: {block.env}"
        yield f"    data: {_quote(block.data.hex())}"
        yield f"    slot: {block.slot}"
        yield f"    beacon_root: {_quote(block.beacon_root)}"
        if not asks:
            continue
        changed = _find_changes(known, block.crosslinks)
        known = block.crosslinks
        if changed:
            yield "    crosslinks:"
            yield from (f"      {shard}: {_quote(root)}" for shard, root in changed)


def _find_changes(before: Mapping[int, str], after: Mapping[int, str]) -> list[tuple[int, str]]:
    """List the shards whose crosslinked root is another than before; none is zero."""
    zero = ZERO_ROOT.hex()
    shards = sorted(before.keys() | after.keys())
    roots = ((shard, before.get(shard, zero), after.get(shard, zero)) for shard in shards)
    return [(shard, new) for shard, old, new in roots if old != new]


def _render_deposits(history: ShardHistory) -> Iterator[str]:
    deposits = [decode_deposit(pushed) for block in history.blocks for pushed in block.pushed]
    yield "deposit_receipts:" if deposits else "deposit_receipts: []"
    for deposit in deposits:
        yield f"  - pubkey: {_quote(deposit.pubkey.hex())}"
        yield f"    withdrawal_credentials: {_quote(deposit.withdrawal_credentials.hex())}"
        yield f"    amount: {deposit.amount}"
        yield f"    signature: {_quote(deposit.signature.hex())}"
        if deposit.min_timestamp is not None:
            yield f"    {MIN_TIMESTAMP_KEY}: {deposit.min_timestamp}"


def _render_states(key: str, states: Iterable[Root]) -> Iterator[str]:
    yield f"{key}:"
    yield from _render_list("  exec_env_states", (_quote(state.hex()) for state in states))


def _render_list(key: str, values: Iterable[str]) -> Iterator[str]:
    lines = [f"    - {value}" for value in values]
    yield f"{key}:" if lines else f"{key}: []"
    yield from lines


def _quote(text: str) -> str:
    """Write text as a YAML scalar in double quotes, whatever is in it."""
    if text.isalnum():
        return f'"{text}"'
    plain = (
        each if each.isprintable() and each not in '"\\' else f"\\U{ord(each):08x}" for each in text
    )
    return f'"{"".join(plain)}"'


def _name_file(name: str) -> str:
    """Return a script's name without what could lead to another folder."""
    return _NOT_IN_NAMES.sub("_", name)[:_MAX_NAME]


def _imports_roots(code: bytes) -> bool:
    """Tell whether a script can ask for the state roots of shards."""
    try:
        imports = decode_module(code).imports
    except InvalidScript:  # a placement without validation registers anything, and it may run
        return True
    return any(each.field.endswith(_ROOTS_FUNCTION) for each in imports)
