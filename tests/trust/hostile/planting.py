"""Entries of the module cache that somebody else wrote: real machine code, with another result."""

import os
import shutil
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Final, NamedTuple

import wasmtime

from chain.config import Backend, ExecutionLimits
from chain.eei import CompiledStore, ScriptCall, ScriptRuntime
from chain.eei.facts import pack_record, unpack_record
from chain.types import Root
from simulator.module_cache import MAX_CACHE_BYTES, DiskModuleCache
from tests.helpers.wat import build_script
from tests.trust.experiment import Cases
from tests.trust.hostile.warden import Answer

_ZERO: Final = Root(bytes(32))
_IMPORT: Final = '(import "eth2" "savePostStateRoot" (func $save (param i32)))'
_VERSION: Final = version("wasmtime").partition(".")[0].encode()
"""By which the engine tells code of its own from that of others: the first such bytes in it."""

_LOADS_IN_A_RACE: Final = 20


def _build(number: int) -> bytes:
    body = f"(i64.store (i32.const 0) (i64.const {number})) (call $save (i32.const 0))"
    return build_script(body, imports=_IMPORT)


HONEST: Final = _build(1)
EVIL: Final = _build(666)


class Forgery(NamedTuple):
    """What is to be planted.

    Attributes:
        key: Of the honest script.
        honest: The record that belongs there.
        evil_key: Of the other script.
        evil: Its record: executed in place of the honest one it leads to another state.
    """

    key: str
    honest: bytes
    evil_key: str
    evil: bytes


class _Shelf:
    """Believes whatever was put into it."""

    def __init__(self, **records: bytes) -> None:
        self.records = records

    def load(self, key: str) -> bytes | None:
        return self.records.get(key)

    def save(self, key: str, compiled: bytes) -> None:
        self.records[key] = compiled


@dataclass(slots=True)
class Place:
    """A cache that was used once, and what somebody puts into it.

    Attributes:
        cache: Used by the honest script.
        folder: Its folder.
        entry: The honest script's entry.
        forgery: What is to be planted.
        rng: Decides.
    """

    cache: DiskModuleCache
    folder: Path
    entry: Path
    forgery: Forgery
    rng: Random

    def make_foreign(self) -> Path:
        """Return a folder of somebody else, whose key and whose entry fit together."""
        foreign = self.folder.with_name("foreign")
        DiskModuleCache(foreign).save(self.forgery.key, self.forgery.evil)
        return foreign

    def forge(self) -> bytes:
        """Return an entry made with another key."""
        return (self.make_foreign() / self.entry.name).read_bytes()


def execute(code: bytes, backend: Backend, compiled: CompiledStore | None) -> tuple[str, Root, int]:
    """Run in a new runtime: the outcome, the state, and how many modules it compiled."""
    runtime = ScriptRuntime(ExecutionLimits(backend=backend), compiled)
    result = runtime.execute(ScriptCall(code, _ZERO, b""))
    return result.outcome, result.post_state_root, runtime.compile_count


@cache
def forge(backend: Backend) -> Forgery:
    """Make the forgery, and prove that it would be executed if it were believed.

    Raises:
        RuntimeError: It would not be, so that planting it shows nothing.
    """
    records: list[tuple[str, bytes]] = []
    for code in (HONEST, EVIL):
        shelf = _Shelf()
        execute(code, backend, shelf)
        records += shelf.records.items()
    (key, honest), (evil_key, evil) = records
    believing = _Shelf(**{key: evil})
    if execute(HONEST, backend, believing) != (*execute(EVIL, backend, None)[:2], 0):
        raise RuntimeError("what would be planted does nothing")
    return Forgery(key, honest, evil_key, evil)


def attempt_planting(cases: Cases, number: int, folder: Path) -> Answer:
    """Plant something, run the honest script, and see which of the two was executed."""
    rng = cases.make_rng(number)
    backend = tuple(Backend)[number // len(WAYS) % len(Backend)]
    name = list(WAYS)[number % len(WAYS)]
    place = _prepare(folder / "planted", backend, rng)
    answer = Answer()
    try:
        honest = execute(HONEST, backend, None)
        WAYS[name](place)
        found = execute(HONEST, backend, place.cache)
        if found != honest:
            answer.failures.append(f"{name}, {backend}: {found} instead of {honest}")
        answer.outcomes.append(f"{name}: not executed")
        again = execute(HONEST, backend, place.cache)
        if again[:2] != honest[:2]:
            answer.failures.append(f"{name}, {backend}: then {again} instead of {honest}")
    finally:
        _clean(folder)
    return answer


def _prepare(folder: Path, backend: Backend, rng: Random) -> Place:
    cache_ = DiskModuleCache(folder)
    execute(HONEST, backend, cache_)
    [entry] = folder.glob("*.module")
    return Place(cache_, folder, entry, forge(backend), rng)


def _clean(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
            shutil.rmtree(path)
        else:
            path.unlink()


def _plant(place: Place, data: bytes) -> None:
    place.entry.write_bytes(data)


def _plant_raw_code(place: Place) -> None:
    found = unpack_record(place.forgery.evil)
    if found is not None:
        _plant(place, found[1])


def _plant_under_the_honest_code(place: Place) -> None:
    head = len(place.entry.read_bytes()) - len(place.forgery.honest)
    _plant(place, place.entry.read_bytes()[:head] + place.forgery.evil)


def _plant_entry_of_another_script(place: Place) -> None:
    before = set(place.folder.iterdir())
    place.cache.save(place.forgery.evil_key, place.forgery.evil)
    [other] = set(place.folder.iterdir()) - before
    other.replace(place.entry)


def _plant_truncated(place: Place) -> None:
    data = place.entry.read_bytes()
    _plant(place, data[: place.rng.randrange(len(data))])


def _plant_one_bit(place: Place) -> None:
    data = bytearray(place.entry.read_bytes())
    data[place.rng.randrange(len(data))] ^= 1 << place.rng.randrange(8)
    _plant(place, bytes(data))


def _plant_longer(place: Place) -> None:
    _plant(place, place.entry.read_bytes() + place.rng.randbytes(place.rng.randrange(1, 50)))


def _plant_link(place: Place) -> None:
    target = place.make_foreign() / place.entry.name
    place.entry.unlink()
    place.entry.symlink_to(target)


def _plant_second_name(place: Place) -> None:
    place.folder.with_name("second").hardlink_to(place.entry)


def _plant_folder(place: Place) -> None:
    shutil.rmtree(place.folder)
    shutil.copytree(place.make_foreign(), place.folder)


def _plant_folder_link(place: Place) -> None:
    shutil.rmtree(place.folder)
    place.folder.symlink_to(place.make_foreign())


def _plant_key_and_entry(place: Place) -> None:
    foreign = place.make_foreign()
    for name in ("key", place.entry.name):
        shutil.copyfile(foreign / name, place.folder / name)
        (place.folder / name).chmod(0o600)
    # Written over, the key's file would be the one that this cache had made.
    (place.folder / "key").rename(place.folder / "old")
    shutil.copy(foreign / "key", place.folder / "key")


def _open_entry(place: Place) -> None:
    place.entry.chmod(0o600 | place.rng.randrange(1, 0o100))


def _open_key(place: Place) -> None:
    (place.folder / "key").chmod(0o600 | place.rng.randrange(1, 0o100))


def _open_folder(place: Place) -> None:
    place.folder.chmod(0o700 | place.rng.randrange(1, 0o100))


def _give_away(path: Path) -> None:
    try:
        os.chown(path, os.geteuid() + 1, -1)
    except PermissionError:
        # Nor could anybody else have put a file of theirs here.
        path.chmod(0o606)


def _plant_other_engine(place: Place) -> None:
    """Authentic, as if an older simulator had saved under the same key."""
    found = unpack_record(place.forgery.evil)
    if found is not None:
        foreign = bytes(wasmtime.Module(wasmtime.Engine(), EVIL).serialize())
        place.cache.save(place.forgery.key, pack_record(found[0], foreign))


def _plant_other_version(place: Place) -> None:
    """Authentic, made by an engine of these settings and another version."""
    found = unpack_record(place.forgery.evil)
    if found is not None:
        facts, code = found
        changed = code.replace(_VERSION, bytes([_VERSION[0] ^ 1]) + _VERSION[1:], 1)
        place.cache.save(place.forgery.key, pack_record(facts, changed))


def _plant_pipe(place: Place) -> None:
    place.entry.unlink()
    os.mkfifo(place.entry, 0o600)


def _plant_device(place: Place) -> None:
    place.entry.unlink()
    with suppress(PermissionError):
        os.mknod(place.entry, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def _plant_subfolder(place: Place) -> None:
    place.entry.unlink()
    place.entry.mkdir()


def _plant_too_much(place: Place) -> None:
    os.truncate(place.entry, MAX_CACHE_BYTES + 1)


def _swap_while_it_is_read(place: Place) -> None:
    """Let the file take turns with a forged one while it is loaded; then leave the forged one."""
    forged, honest = place.forge(), place.entry.read_bytes()
    is_over = Event()

    def swap() -> None:
        while not is_over.is_set():
            for data in (forged, honest):
                new = place.folder / "new"
                new.write_bytes(data)
                new.chmod(0o600)
                new.replace(place.entry)

    thread = Thread(target=swap)
    thread.start()
    seen = {place.cache.load(place.forgery.key) for _ in range(_LOADS_IN_A_RACE)}
    is_over.set()
    thread.join()
    if not seen <= {None, place.forgery.honest}:
        raise RuntimeError("a forged entry was loaded while it was swapped")
    _plant(place, forged)


WAYS: Final[Mapping[str, Callable[[Place], None]]] = {
    "machine code without anything": _plant_raw_code,
    "record without a code": lambda place: _plant(place, place.forgery.evil),
    "record behind the honest entry's code": _plant_under_the_honest_code,
    "entry made with another key": lambda place: _plant(place, place.forge()),
    "entry of another script": _plant_entry_of_another_script,
    "entry truncated": _plant_truncated,
    "entry with one bit flipped": _plant_one_bit,
    "entry with more behind it": _plant_longer,
    "link to an entry": _plant_link,
    "entry with a second name": _plant_second_name,
    "whole folder, with its key": _plant_folder,
    "link to a whole folder": _plant_folder_link,
    "key and entry": _plant_key_and_entry,
    "entry open to others": _open_entry,
    "key open to others": _open_key,
    "folder open to others": _open_folder,
    "entry of another user": lambda place: _give_away(place.entry),
    "key of another user": lambda place: _give_away(place.folder / "key"),
    "folder of another user": lambda place: _give_away(place.folder),
    "code of other settings": _plant_other_engine,
    "code of another version": _plant_other_version,
    "pipe": _plant_pipe,
    "device": _plant_device,
    "folder as an entry": _plant_subfolder,
    "entry too large": _plant_too_much,
    "entry swapped while it is read": _swap_while_it_is_read,
}
"""What somebody may do to a cache, short of being the user whose cache it is."""
