"""Scout test files: reads one, and everything it names, before anything runs.

Source:
    PROTOCOL 9.
"""

import re
import struct
from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from chain.eei import ScriptLibrary
from chain.types import Gwei, Pubkey, Root, ScriptIndex, Signature
from simulator.errors import ScenarioError, ScoutFileError
from simulator.yaml_source import Key, KeyPath, YamlSource, read_yaml

MAX_FILE_BYTES: Final = 64_000_000
"""Of a test file or a wasm file: room for hundreds of large blocks, and an end to /dev/zero."""

_MAX_LINE_CHARACTERS: Final = 4_000
_MAX_WARNINGS: Final = 100
_ROOT_BYTES: Final = 32
_MAX_AMOUNT: Final = 2**64 - 1
_MAX_INDEX_DIGITS: Final = 20
_DEPOSIT: Final = struct.Struct("<48s32sQ96s")
_HEX_SPACE: Final = b" \t\r\n"
_NOT_HEX: Final = re.compile(r"[^0-9A-Fa-f \t\r\n]")


class DepositReceipt(NamedTuple):
    """A deposit by its fields.

    The same 184 bytes as ``chain.containers.DepositData``, without SSZ: importing that takes
    longer than running a file.
    """

    pubkey: Pubkey
    withdrawal_credentials: Root
    amount: Gwei
    signature: Signature


class ScoutScript(NamedTuple):
    """A script's file, as the test file names it, and what is in it."""

    file: str
    code: bytes


class ScoutBlock(NamedTuple):
    """One shard block."""

    env: ScriptIndex
    data: bytes


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
        warnings: One line for each kind of unknown key, those of outer keys first.
    """

    scripts: tuple[ScoutScript, ...]
    libraries: tuple[ScriptLibrary, ...]
    pre_states: tuple[Root, ...]
    blocks: tuple[ScoutBlock, ...]
    post_states: tuple[Root, ...]
    deposits: tuple[DepositReceipt, ...]
    warnings: tuple[str, ...]


def load_scout_file(path: Path) -> ScoutFile:
    """Read a test file and the wasm files that it names.

    Args:
        path: The file. Wasm files are looked for in its folder, then in the working directory.

    Raises:
        ScoutFileError: It cannot be run; the message names file, line and key.

    Source:
        PROTOCOL 9.
    """
    try:
        source = read_yaml(path, as_text=True, max_bytes=MAX_FILE_BYTES)
    except ScenarioError as error:
        raise ScoutFileError(make_printable(error.problems[0])) from error
    return _FileReader(source).read()


def decode_deposit(deposit: bytes) -> DepositReceipt:
    """Return the fields of a serialized DepositData.

    Args:
        deposit: 184 bytes; the amount is little-endian.

    Source:
        PROTOCOL 2; 9 (the amount is SSZ, not Scout's big-endian).
    """
    pubkey, credentials, amount, signature = _DEPOSIT.unpack(deposit)
    return DepositReceipt(Pubkey(pubkey), Root(credentials), Gwei(amount), Signature(signature))


def make_printable(text: str) -> str:
    """Return text as one line of bounded length, without control characters.

    Files by other people end up on a terminal: names, keys and paths in them can hold anything.

    Source:
        Ours.
    """
    shown = text[:_MAX_LINE_CHARACTERS]
    if not shown.isprintable():
        shown = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown
        )
    return shown if len(text) <= _MAX_LINE_CHARACTERS else shown + "..."


class _FileReader:
    """Walks over a parsed file."""

    def __init__(self, source: YamlSource) -> None:
        self._path = source.path
        self._root = _Place(source, (), source.value, _Memory())
        # A file can name one wasm file a thousand times.
        self._codes: dict[str, bytes] = {}

    def read(self) -> ScoutFile:
        root = self._root
        root.expect_keys(
            "beacon_state",
            "shard_pre_state",
            "shard_blocks",
            "shard_post_state",
            "deposit_receipts",
        )
        beacon_state = root.at("beacon_state")
        beacon_state.expect_keys("execution_scripts", "libraries")
        scripts = beacon_state.at("execution_scripts").items()
        pre_states = _read_states(root.at("shard_pre_state"))
        blocks = root.at("shard_blocks").items()
        return ScoutFile(
            scripts=tuple(ScoutScript(each.text(), self._read_code(each)) for each in scripts),
            libraries=tuple(map(self._read_library, beacon_state.optional_items("libraries"))),
            pre_states=pre_states,
            blocks=tuple(_read_block(each, len(scripts), len(pre_states)) for each in blocks),
            post_states=_read_states(root.at("shard_post_state")),
            deposits=tuple(map(_read_deposit, root.optional_items("deposit_receipts"))),
            warnings=tuple(self._list_warnings()),
        )

    def _list_warnings(self) -> Iterator[str]:
        unknown = self._root.memory.unknown
        for where, count in islice(unknown.values(), _MAX_WARNINGS):
            others = f" (and {count - 1} more like it)" if count > 1 else ""
            yield make_printable(f"{where}: unknown key, ignored") + others
        if len(unknown) > _MAX_WARNINGS:
            yield make_printable(f"{self._path}: there are more unknown keys")

    def _read_library(self, place: "_Place") -> ScriptLibrary:
        place.expect_keys("name", "file")
        return ScriptLibrary(place.at("name").text(), self._read_code(place.at("file")))

    def _read_code(self, place: "_Place") -> bytes:
        """Read a wasm file, from the first place where it can be read."""
        name = place.text()
        if name not in self._codes:
            self._codes[name] = self._find_code(place, name)
        return self._codes[name]

    def _find_code(self, place: "_Place", name: str) -> bytes:
        tried = []
        for candidate in dict.fromkeys((self._path.parent / name, Path(name))):
            try:
                with candidate.open("rb") as file:
                    code = file.read(MAX_FILE_BYTES + 1)
            except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
                reason = getattr(error, "strerror", None) or str(error)
                tried.append(f"{candidate} ({reason})")
                continue
            if len(code) > MAX_FILE_BYTES:
                raise place.fail(f"{candidate} is larger than {MAX_FILE_BYTES} bytes")
            return code
        raise place.fail(f"cannot be read: tried {' and '.join(tried)}")


def _read_states(state: "_Place") -> tuple[Root, ...]:
    state.expect_keys("exec_env_states")
    return tuple(Root(each.hex(_ROOT_BYTES)) for each in state.at("exec_env_states").items())


def _read_block(block: "_Place", script_count: int, state_count: int) -> ScoutBlock:
    block.expect_keys("env", "data")
    place = block.at("env")
    env = place.number(_MAX_AMOUNT)
    if env >= script_count:
        raise place.fail(f"{env} is no script: execution_scripts lists {script_count}")
    if env >= state_count:
        raise place.fail(
            f"script {env} has no state: shard_pre_state.exec_env_states lists {state_count}"
        )
    data = block.at("data")
    return ScoutBlock(ScriptIndex(env), b"" if data.value is None else data.hex())


def _read_deposit(deposit: "_Place") -> DepositReceipt:
    deposit.expect_keys(*DepositReceipt._fields)
    return DepositReceipt(
        pubkey=Pubkey(deposit.at("pubkey").hex(48)),
        withdrawal_credentials=Root(deposit.at("withdrawal_credentials").hex(32)),
        amount=Gwei(deposit.at("amount").number(_MAX_AMOUNT)),
        signature=Signature(deposit.at("signature").hex(96)),
    )


@dataclass(slots=True)
class _Memory:
    """What reading one file remembers.

    Attributes:
        decoded: Bytes of every hex text: an alias may repeat a large one a thousand times.
        unknown: For every kind of unknown key (without list positions) the place of the first,
            and how many there are.
    """

    decoded: dict[str, bytes] = field(default_factory=dict)
    unknown: dict[KeyPath, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """A value of the file, and where it stands."""

    source: YamlSource
    keys: KeyPath
    value: Any
    memory: _Memory

    def fail(self, problem: str) -> ScoutFileError:
        """Build the error that says what is wrong here."""
        return ScoutFileError(make_printable(f"{self.source.describe(self.keys)}: {problem}"))

    def expect_keys(self, *known: str) -> None:
        """Refuse anything but a mapping, and note unknown keys.

        Raises:
            ScoutFileError: It is none.
        """
        if not isinstance(self.value, dict):
            raise self.fail(f"keys are expected here ({', '.join(known)}), not {self._name()}")
        for key in self.value:
            if key not in known:
                kind = tuple(each for each in (*self.keys, key) if isinstance(each, str))
                where = self.source.describe((*self.keys, key))
                first, count = self.memory.unknown.get(kind, (where, 0))
                self.memory.unknown[kind] = (first, count + 1)

    def at(self, key: str) -> "_Place":
        """Return the value of a key.

        Raises:
            ScoutFileError: There is no such key.
        """
        if key not in self.value:
            given = f" (there are: {', '.join(self.value)})" if self.value else ""
            raise self._child(key, None).fail(f"missing key{given}")
        return self._child(key, self.value[key])

    def optional_items(self, key: str) -> "Sequence[_Place]":
        """Return the elements of a list that may be absent or null.

        Raises:
            ScoutFileError: It is anything else.
        """
        return () if self.value.get(key) is None else self.at(key).items()

    def items(self) -> "Sequence[_Place]":
        """Return the elements of a list.

        Raises:
            ScoutFileError: It is none.
        """
        if not isinstance(self.value, tuple):
            raise self.fail(f"a list is expected, not {self._name()}")
        return [self._child(position, each) for position, each in enumerate(self.value)]

    def text(self) -> str:
        """Return a scalar as it is written.

        Raises:
            ScoutFileError: It is none, or nothing is written.
        """
        if not isinstance(self.value, str) or not self.value:
            raise self.fail(f"text is expected, not {self._name()}")
        return self.value

    def number(self, limit: int) -> int:
        """Return a decimal number.

        Raises:
            ScoutFileError: It is none, or larger than the limit.
        """
        text = self.text()
        if not (text.isascii() and text.isdigit()):
            raise self.fail(f"a decimal number is expected, not {text!r}")
        digits = text.lstrip("0") or "0"
        if len(digits) > _MAX_INDEX_DIGITS or int(digits) > limit:
            raise self.fail(f"{text} is larger than {limit}")
        return int(digits)

    def hex(self, size_bytes: int | None = None) -> bytes:
        """Return the bytes that hex digits stand for; spaces and line ends do not count.

        Args:
            size_bytes: How many there must be, if that is fixed.

        Raises:
            ScoutFileError: It is not hex, or of another size.
        """
        if not isinstance(self.value, str):
            raise self.fail(f"hex is expected, not {self._name()}")
        data = self.memory.decoded.get(self.value)
        if data is None:
            data = self.memory.decoded[self.value] = self._decode_hex(self.value)
        if size_bytes is not None and len(data) != size_bytes:
            raise self.fail(f"{size_bytes} bytes of hex are expected, not {len(data)}")
        return data

    def _decode_hex(self, text: str) -> bytes:
        digits = text.encode().translate(None, _HEX_SPACE)
        try:
            return unhexlify(digits)
        except HexError as error:
            if digits[:2] in (b"0x", b"0X"):
                raise self.fail("hex is written without 0x here") from error
            wrong = _NOT_HEX.search(text)
            if wrong is None:
                problem = f"an odd number of hex digits ({len(digits)})"
            else:
                problem = f"{wrong[0]!r} is no hex digit (character {wrong.start() + 1})"
            raise self.fail(problem) from error

    def _child(self, key: Key, value: object) -> "_Place":
        return _Place(self.source, (*self.keys, key), value, self.memory)

    def _name(self) -> str:
        """Name what is here, for people."""
        if isinstance(self.value, dict):
            return "keys"
        if isinstance(self.value, tuple):
            return "a list"
        return "text" if self.value else "nothing"
