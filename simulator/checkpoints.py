"""Checkpoints: all that a run's program holds, on the disk: a long run need not start over.

A checkpoint is pickled, and reading a pickle runs whatever it says. So each carries a code made
with a secret key that only this user has, over its bytes and over what run, which versions and
which sources made it. Nothing of a file is read as a pickle before that code is found right: any
other file, be it damaged, foreign or old, is as good as absent, and the run is simulated from its
beginning instead. Nothing here ever ends a run: a checkpoint that cannot be written is not there.

Source:
    Ours: the pace keeps the time that checkpoints take below a fiftieth of the run's.
"""

import hmac
import json
import os
import pickle
import platform
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import chain
import simulator
from chain.config import ChainConfig
from chain.eei import CompiledStore, ScriptRuntime
from simulator.costs.clock import Clock, read_clock
from simulator.engine import Engine
from simulator.metrics import Metrics
from simulator.module_cache import DiskModuleCache, default_cache_folder
from simulator.parallel import ShardExecutor
from simulator.store import CHECKPOINT_DRAFT_NAME, CHECKPOINT_NAME, RunWriter

LEAST_SECONDS: Final = 10.0
"""Between two checkpoints: so much of a run may be lost without anybody minding."""

MAX_BYTES: Final = 2**30

_SHARE: Final = 50
"""A checkpoint is made at the earliest this many times as long after the last as that one took."""

_FORMAT: Final = b"shardlab checkpoint 1\n"
_MAC_BYTES: Final = 32
_RUNTIME: Final = "runtime"
_EXECUTOR: Final = "executor"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run behind one of its slots.

    Attributes:
        slot: The slot.
        digest: What the rows of all slots up to it are known by.
        scripts: The hashes of all scripts that were added up to it.
        engine: The engine; it has no executor.
        metrics: What was counted.
    """

    slot: int
    digest: bytes
    scripts: tuple[str, ...]
    engine: Engine
    metrics: Metrics


class CheckpointKeeper:
    """Writes and reads the checkpoints of one run, each in the place of the one before."""

    def __init__(
        self, folder: Path, described: Mapping[str, Any], clock: Clock = read_clock
    ) -> None:
        """Name the run.

        Args:
            folder: The run folder.
            described: What identifies the run.
            clock: Tells seconds; only when checkpoints are made depends on it.
        """
        self._path = folder / CHECKPOINT_NAME
        self._draft = folder / CHECKPOINT_DRAFT_NAME
        self._described = described
        self._clock = clock
        self._due = clock() + LEAST_SECONDS

    def offer(self, engine: Engine, metrics: Metrics, writer: RunWriter) -> None:
        """Make a checkpoint if it is time for one.

        Args:
            engine: Between two slots.
            metrics: What was counted so far.
            writer: Has written the last slot.
        """
        began = self._clock()
        if began < self._due:
            return
        digest, scripts = writer.compute_digest(), writer.list_added_scripts()
        self.save(Checkpoint(writer.slot, digest, scripts, engine, metrics))
        ended = self._clock()
        self._due = ended + max(LEAST_SECONDS, _SHARE * (ended - began))

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint as a whole, if that is possible."""
        secret = _get_secret()
        if secret is None:
            return
        packed = BytesIO()
        _Pickler(packed, pickle.HIGHEST_PROTOCOL).dump(checkpoint)
        body = packed.getbuffer()
        if len(body) > MAX_BYTES:
            return
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with os.fdopen(os.open(self._draft, flags, 0o600), "wb") as file:
                file.writelines([_FORMAT, self._authenticate(secret, body), body])
            self._draft.replace(self._path)
        except OSError:
            with suppress(OSError):
                self._draft.unlink()

    def load(self, config: ChainConfig, compiled: CompiledStore | None) -> Checkpoint | None:
        """Return the run's last checkpoint, if it is ours.

        Args:
            config: Settings of the run.
            compiled: Where compiled scripts are kept between runs, if anywhere.
        """
        secret = _get_secret()
        data = None if secret is None else _read(self._path)
        start = len(_FORMAT) + _MAC_BYTES
        if secret is None or data is None or len(data) < start:
            return None
        body = memoryview(data)[start:]
        expected = _FORMAT + self._authenticate(secret, body)
        if not hmac.compare_digest(data[:start], expected):
            return None
        runtime = ScriptRuntime(config.execution, compiled)
        checkpoint = _Unpickler(BytesIO(body), runtime).load()
        return checkpoint if isinstance(checkpoint, Checkpoint) else None

    @property
    def exists(self) -> bool:
        """Tell whether there is any file in a checkpoint's place."""
        return os.path.lexists(self._path)

    def remove(self) -> None:
        """Remove what is not needed any more."""
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)

    def _authenticate(self, secret: bytes, body: "memoryview[int]") -> bytes:
        """Return the code that only the secret makes, for this run, these sources and bytes."""
        named = json.dumps([self._described, _describe_program()], sort_keys=True).encode()
        code = hmac.new(secret, _FORMAT + len(named).to_bytes(8, "little") + named, "sha256")
        code.update(body)
        return code.digest()


class _Pickler(pickle.Pickler):
    """Leaves out what belongs to a process: compiled code, and other processes."""

    def persistent_id(self, obj: object) -> str | None:
        if isinstance(obj, ScriptRuntime):
            return _RUNTIME
        return _EXECUTOR if isinstance(obj, ShardExecutor) else None


class _Unpickler(pickle.Unpickler):
    """Puts in this process' own."""

    def __init__(self, file: BytesIO, runtime: ScriptRuntime) -> None:
        super().__init__(file)
        self._runtime = runtime

    def persistent_load(self, pid: object) -> ScriptRuntime | None:
        return self._runtime if pid == _RUNTIME else None


def _get_secret() -> bytes | None:
    """Return the key of this user's cache, for this purpose; None where none can be kept."""
    secret = DiskModuleCache(default_cache_folder()).get_secret()
    return None if secret is None else hmac.digest(secret, _FORMAT, "sha256")


def _read(path: Path) -> bytes | None:
    """Read a regular file that is no link and not too large; None for anything else."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
                return file.read(MAX_BYTES)
    return None


@cache
def _describe_program() -> dict[str, str]:
    """Return what decides whether a pickle fits: Python, and every line of ours."""
    sources = sha256()
    for package in (chain, simulator):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*.py")):
            data = path.read_bytes()
            sources.update(f"{path.relative_to(folder)} {len(data)}\n".encode())
            sources.update(data)
    return {
        "python": sys.version,
        "machine": platform.machine(),
        "sources": sources.hexdigest(),
    }
