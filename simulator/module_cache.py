"""Compiled scripts on disk, between runs.

What comes out of this cache is run as machine code. So the folder must belong to this user
and be closed to others, and every entry carries a code made with a secret key from the same
folder: a file that anything else wrote, or that was damaged, is as good as absent. The key counts
only as the very file that was made here: a whole folder that comes out of somebody's archive, key
and all, holds nothing. Nothing here ever fails: a cache that cannot be used only costs time.

Whoever can write files as this user can run what they like without any cache.

Source:
    Ours: an entry that cannot be trusted is ignored.
"""

import hmac
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

CACHE_VARIABLE: Final = "SHARDLAB_CACHE"
"""Environment variable that names another folder."""

MAX_CACHE_BYTES: Final = 512 * 1024 * 1024
"""Entries beyond this are deleted, the oldest first."""

_FORMAT: Final = b"shardlab compiled module 1\n"
_KEY_NAME: Final = "key"
_KEY_BYTES: Final = 32
_MAC_BYTES: Final = 32
_ENTRY_SUFFIX: Final = ".module"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def default_cache_folder() -> Path:
    """Return the folder that ``SHARDLAB_CACHE`` names, or the system's place for caches.

    Source:
        Ours.
    """
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_cache_path  # noqa: PLC0415 - only where nobody names a folder

    return user_cache_path("shardlab") / "modules"


class DiskModuleCache:
    """Keeps compiled modules in a private folder; several processes may share it.

    Without POSIX ownership nothing can be checked, so elsewhere it keeps nothing.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_CACHE_BYTES) -> None:
        """Name the folder, which is created at the first ``save``.

        Args:
            folder: Where to keep entries.
            max_bytes: Size of all entries together.
        """
        self._folder = folder
        self._max_bytes = max_bytes

    def load(self, key: str) -> bytes | None:
        """Return what ``save`` was given under a key, or None.

        Args:
            key: Names code, engine and settings.

        Source:
            Ours.
        """
        with suppress(OSError), self._open_folder() as folder:
            secret = _read_secret(folder)
            entry = _read_private(folder, _get_entry_name(key), self._max_bytes)
            if secret is not None and entry is not None:
                return _open_entry(secret, key, entry.data)
        return None

    def save(self, key: str, compiled: bytes) -> None:
        """Keep compiled code under a key, if that is possible.

        Args:
            key: Names code, engine and settings.
            compiled: Any bytes.

        Source:
            Ours.
        """
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._open_folder() as folder:
                secret = _get_secret(folder)
                entry = _FORMAT + _authenticate(secret, key, compiled) + compiled
                if len(entry) <= self._max_bytes:
                    _write_private(folder, _get_entry_name(key), entry)
                    _delete_oldest(folder, self._max_bytes)

    def get_secret(self) -> bytes | None:
        """Return the folder's key, made at first use; None where no secret can be kept.

        Source:
            Ours: whoever derives a key from it for a purpose of its own needs no other folder.
        """
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._open_folder() as folder:
                return _get_secret(folder)
        return None

    @contextmanager
    def _open_folder(self) -> Iterator[int]:
        """Open the folder, which then stays the same one whatever happens to its name.

        Raises:
            PermissionError: It belongs to somebody else, or others may use it.
        """
        if os.name != "posix":
            raise PermissionError("ownership cannot be checked here")
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if not _is_private(os.fstat(folder)):
                raise PermissionError(f"{self._folder} is not private")
            yield folder
        finally:
            os.close(folder)


def _is_private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS


def _get_entry_name(key: str) -> str:
    return sha256(key.encode()).hexdigest() + _ENTRY_SUFFIX


def _authenticate(secret: bytes, key: str, compiled: bytes) -> bytes:
    """Return the code that only the secret makes, for this key and these bytes."""
    named = key.encode()
    message = _FORMAT + len(named).to_bytes(8, "little") + named + compiled
    return hmac.digest(secret, message, "sha256")


def _open_entry(secret: bytes, key: str, entry: bytes) -> bytes | None:
    start = len(_FORMAT) + _MAC_BYTES
    compiled = entry[start:]
    expected = _FORMAT + _authenticate(secret, key, compiled)
    return compiled if hmac.compare_digest(entry[:start], expected) else None


class _PrivateFile(NamedTuple):
    data: bytes
    number: int


def _read_private(folder: int, name: str, max_bytes: int) -> _PrivateFile | None:
    """Read a regular file that only this user can touch, by this name; None for any other."""
    # A pipe of that name must not block, and a link must not lead elsewhere.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        status = os.fstat(file.fileno())
        # It has no name any more if it was replaced just now.
        is_usable = stat.S_ISREG(status.st_mode) and _is_private(status) and status.st_nlink <= 1
        if not is_usable or status.st_size > max_bytes:
            return None
        return _PrivateFile(file.read(max_bytes + 1), status.st_ino)


def _write_private(folder: int, name: str, data: bytes) -> None:
    """Write a file as a whole: readers see the old one or the new one."""
    temporary = f"{name}.{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(data)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _get_secret(folder: int) -> bytes:
    """Return the folder's key; make one if it is missing or unusable.

    Two processes that do so at once lose each other's entries, and nothing else.
    """
    with suppress(OSError):
        secret = _read_secret(folder)
        if secret is not None:
            return secret
    _write_private(folder, _KEY_NAME, os.urandom(_KEY_BYTES))
    made = _read_secret(folder)
    if made is None:
        raise FileNotFoundError("another process took the key away")
    return made


def _read_secret(folder: int) -> bytes | None:
    """Return what entries are authenticated with: the key, and which file it is in."""
    file = _read_private(folder, _KEY_NAME, _KEY_BYTES)
    if file is None or len(file.data) != _KEY_BYTES:
        return None
    return sha256(file.data + file.number.to_bytes(8, "little")).digest()


def _delete_oldest(folder: int, max_bytes: int) -> None:
    """Delete entries, the oldest first, until the rest fits."""
    entries = []
    for name in os.listdir(folder):
        with suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if _ENTRY_SUFFIX in name and not stat.S_ISDIR(status.st_mode):
                entries.append((status.st_mtime_ns, name, status.st_size))
    excess = sum(size for _, _, size in entries) - max_bytes
    for _, name, size in sorted(entries):
        if excess <= 0:
            break
        # Another process may have been faster.
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        excess -= size
