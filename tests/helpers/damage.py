"""Ways in which the entry of a module cache can be damaged or replaced."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from simulator.module_cache import MAX_CACHE_BYTES, DiskModuleCache

KEY = "code-engine"
COMPILED = b"machine code"


def get_entry(folder: Path) -> Path:
    (entry,) = folder.glob("*.module")
    return entry


def flip_first_byte(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[0] ^= 1
    entry.write_bytes(data)


def flip_last_byte(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[-1] ^= 1
    entry.write_bytes(data)


def flip_mac_byte(entry: Path) -> None:
    data = bytearray(entry.read_bytes())
    data[-len(COMPILED) - 1] ^= 1
    entry.write_bytes(data)


def truncate(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes()[:-1])


def truncate_to_nothing(entry: Path) -> None:
    entry.write_bytes(b"")


def append(entry: Path) -> None:
    entry.write_bytes(entry.read_bytes() + b"\0")


def replace_by_raw_module(entry: Path) -> None:
    entry.write_bytes(COMPILED)


def replace_by_entry_of_another_folder(entry: Path) -> None:
    other = entry.parent.parent / "other"
    DiskModuleCache(other).save(KEY, COMPILED)
    entry.write_bytes(get_entry(other).read_bytes())


def replace_by_entry_of_another_key(entry: Path) -> None:
    data = entry.read_bytes()
    entry.unlink()
    DiskModuleCache(entry.parent).save("other" + KEY[5:], COMPILED)
    get_entry(entry.parent).rename(entry)
    assert entry.read_bytes() != data


def replace_by_link_to_itself(entry: Path) -> None:
    moved = entry.with_name("moved")
    entry.rename(moved)
    entry.symlink_to(moved)


def replace_by_folder(entry: Path) -> None:
    entry.unlink()
    entry.mkdir()


def replace_by_pipe(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry, 0o600)


def open_to_the_group(entry: Path) -> None:
    entry.chmod(0o640)


def open_to_all_writers(entry: Path) -> None:
    entry.chmod(0o602)


def link_elsewhere(entry: Path) -> None:
    moved = entry.parent.with_name("elsewhere")
    entry.rename(moved)
    entry.symlink_to(moved)


def give_a_second_name(entry: Path) -> None:
    entry.with_name("second").hardlink_to(entry)


def replace_by_endless_device(entry: Path) -> None:
    """Where this user may not make devices, the file goes all the same."""
    entry.unlink()
    with suppress(PermissionError):
        os.mknod(entry, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def grow_beyond_the_cache(entry: Path) -> None:
    """Without taking room on the disk."""
    os.truncate(entry, MAX_CACHE_BYTES + 1)


def give_to_another_user(entry: Path) -> None:
    """Where this user may not do that, the file goes instead."""
    try:
        os.chown(entry, os.geteuid() + 1, -1)
    except PermissionError:
        entry.unlink()
