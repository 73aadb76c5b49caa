"""Scout test files: reads one, and everything it names, before anything runs.

Source:
    PROTOCOL 9.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from chain.eei import ScriptLibrary
from chain.types import Gwei, Pubkey, Root, ScriptIndex, Signature
from simulator.errors import ScenarioError, ScoutFileError
from simulator.printable import make_printable
from simulator.reach import FileRefused, build_reach
from simulator.scout_dialect import (
    BLOCK_KEYS,
    CHAIN_KEY,
    MIN_TIMESTAMP_KEY,
    BlockContext,
    ScoutChain,
    read_block_context,
    read_chain,
)
from simulator.scout_place import MAX_UINT64, ROOT_BYTES, Memory, Place
from simulator.yaml_source import YamlSource, read_yaml

MAX_FILE_BYTES: Final = 64_000_000
"""Of a test file or a wasm file: room for hundreds of large blocks, and an end to /dev/zero."""

_MAX_CODES_BYTES: Final = 4 * MAX_FILE_BYTES
_MAX_WARNINGS: Final = 100
_DEPOSIT: Final = struct.Struct("<48s32sQ96s")
_DEPOSIT_KEYS: Final = ("pubkey", "withdrawal_credentials", "amount", "signature")
_TIMESTAMP: Final = struct.Struct("<Q")


class DepositReceipt(NamedTuple):
    """A deposit by its fields.

    The same 184 bytes as ``chain.containers.DepositData``, without SSZ: importing that takes
    longer than running a file. ``min_timestamp`` is None where deposits carry none.
    """

    pubkey: Pubkey
    withdrawal_credentials: Root
    amount: Gwei
    signature: Signature
    min_timestamp: int | None = None

    def list_fields(self) -> dict[str, object]:
        """Return the fields that the deposit has, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class ScoutScript(NamedTuple):
    """A script's file, as the test file names it, and what is in it."""

    file: str
    code: bytes


class ScoutBlock(NamedTuple):
    """One shard block."""

    env: ScriptIndex
    data: bytes
    context: BlockContext


@dataclass(frozen=True, slots=True)
class ScoutFile:
    """A test file, ready to run: every block has a script and a pre-state.

    Attributes:
        scripts: The execution scripts; ``env`` is the index.
        libraries: Linked into every script, in this order.
        pre_states: States before the first block.
        blocks: In the order of the file, across scripts.
        post_states: Expected states after the last block.
        deposits: Deposits that must have been pushed.
        chain: The chain that the blocks were made for.
        warnings: One line for each kind of unknown key, those of outer keys first.
    """

    scripts: tuple[ScoutScript, ...]
    libraries: tuple[ScriptLibrary, ...]
    pre_states: tuple[Root, ...]
    blocks: tuple[ScoutBlock, ...]
    post_states: tuple[Root, ...]
    deposits: tuple[DepositReceipt, ...]
    chain: ScoutChain
    warnings: tuple[str, ...]


def load_scout_file(path: Path, *, allow_outside: bool = False) -> ScoutFile:
    """Read a test file and the wasm files that it names.

    Args:
        path: The file. Wasm files are looked for in its folder, then in the working directory.
        allow_outside: Whether they may be outside both.

    Raises:
        ScoutFileError: It cannot be run; the message names file, line and key.

    Source:
        PROTOCOL 9.
    """
    try:
        source = read_yaml(path, as_text=True, max_bytes=MAX_FILE_BYTES)
    except ScenarioError as error:
        raise ScoutFileError(make_printable(error.problems[0])) from error
    source.allow_outside = allow_outside
    return _FileReader(source).read()


def decode_deposit(deposit: bytes) -> DepositReceipt:
    """Return the fields of a serialized DepositData.

    Args:
        deposit: 184 bytes, or 192 with a min_timestamp; numbers are little-endian.

    Source:
        PROTOCOL 2; 9 (the amount is SSZ, not Scout's big-endian).
    """
    pubkey, credentials, amount, signature = _DEPOSIT.unpack_from(deposit)
    timestamp = deposit[_DEPOSIT.size :]
    return DepositReceipt(
        Pubkey(pubkey),
        Root(credentials),
        Gwei(amount),
        Signature(signature),
        min_timestamp=_TIMESTAMP.unpack(timestamp)[0] if timestamp else None,
    )


class _FileReader:
    """Walks over a parsed file."""

    def __init__(self, source: YamlSource) -> None:
        self._path = source.path
        self._root = Place(source, (), source.value, Memory())
        # A file can name one wasm file a thousand times.
        self._codes: dict[str, bytes] = {}
        # Scout looks for them from where it is started.
        self._reach = build_reach(self._path.parent, Path(), allow_outside=source.allow_outside)

    def read(self) -> ScoutFile:
        root = self._root
        root.expect_keys(
            "beacon_state",
            "shard_pre_state",
            "shard_blocks",
            "shard_post_state",
            "deposit_receipts",
            CHAIN_KEY,
        )
        chain = read_chain(root)
        beacon_state = root.at("beacon_state")
        beacon_state.expect_keys("execution_scripts", "libraries")
        scripts = beacon_state.at("execution_scripts").items()
        pre_states = _read_states(root.at("shard_pre_state"))
        blocks = root.at("shard_blocks").items()
        return ScoutFile(
            scripts=tuple(ScoutScript(each.text(), self._read_code(each)) for each in scripts),
            libraries=tuple(map(self._read_library, beacon_state.optional_items("libraries"))),
            pre_states=pre_states,
            blocks=tuple(
                _read_block(each, len(scripts), len(pre_states), chain) for each in blocks
            ),
            post_states=_read_states(root.at("shard_post_state")),
            deposits=tuple(
                map(partial(_read_deposit, chain), root.optional_items("deposit_receipts"))
            ),
            chain=chain,
            warnings=tuple(self._list_warnings()),
        )

    def _list_warnings(self) -> Iterator[str]:
        unknown = self._root.memory.unknown
        for where, count in islice(unknown.values(), _MAX_WARNINGS):
            others = f" (and {count - 1} more like it)" if count > 1 else ""
            yield make_printable(f"{where}: unknown key, ignored") + others
        if len(unknown) > _MAX_WARNINGS:
            yield make_printable(f"{self._path}: there are more unknown keys")

    def _read_library(self, place: Place) -> ScriptLibrary:
        place.expect_keys("name", "file")
        return ScriptLibrary(place.at("name").text(), self._read_code(place.at("file")))

    def _read_code(self, place: Place) -> bytes:
        """Read a wasm file, from the first place where it can be read."""
        name = place.text()
        if name not in self._codes:
            if sum(map(len, self._codes.values())) > _MAX_CODES_BYTES:
                raise place.fail(f"the files together have more than {_MAX_CODES_BYTES} bytes")
            self._codes[name] = self._find_code(place, name)
        return self._codes[name]

    def _find_code(self, place: Place, name: str) -> bytes:
        tried = []
        for candidate in dict.fromkeys((self._path.parent / name, Path(name))):
            try:
                return self._reach.read(candidate, MAX_FILE_BYTES)
            except FileRefused as error:
                tried.append(f"{candidate} ({error})")
        raise place.fail(f"cannot be read: tried {' and '.join(tried)}")


def _read_states(state: Place) -> tuple[Root, ...]:
    state.expect_keys("exec_env_states")
    return tuple(Root(each.hex(ROOT_BYTES)) for each in state.at("exec_env_states").items())


def _read_block(block: Place, script_count: int, state_count: int, chain: ScoutChain) -> ScoutBlock:
    block.expect_keys("env", "data", *(BLOCK_KEYS if chain.is_given else ()))
    place = block.at("env")
    env = place.number(MAX_UINT64)
    if env >= script_count:
        raise place.fail(f"{env} is no script: execution_scripts lists {script_count}")
    if env >= state_count:
        raise place.fail(
            f"script {env} has no state: shard_pre_state.exec_env_states lists {state_count}"
        )
    data = block.at("data")
    return ScoutBlock(
        ScriptIndex(env),
        b"" if data.value is None else data.hex(),
        read_block_context(block, chain),
    )


def _read_deposit(chain: ScoutChain, deposit: Place) -> DepositReceipt:
    has_timestamp = chain.has_timestamps
    deposit.expect_keys(*_DEPOSIT_KEYS, *((MIN_TIMESTAMP_KEY,) if has_timestamp else ()))
    return DepositReceipt(
        pubkey=Pubkey(deposit.at("pubkey").hex(48)),
        withdrawal_credentials=Root(deposit.at("withdrawal_credentials").hex(32)),
        amount=Gwei(deposit.at("amount").number(MAX_UINT64)),
        signature=Signature(deposit.at("signature").hex(96)),
        min_timestamp=deposit.at(MIN_TIMESTAMP_KEY).number(MAX_UINT64) if has_timestamp else None,
    )
