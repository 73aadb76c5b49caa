"""Compiled modules in memory, so that no benchmark measures a disk."""


class MemoryStore:
    """A cache of compiled modules that lasts as long as itself."""

    def __init__(self) -> None:
        self._entries: dict[str, bytes] = {}

    def load(self, key: str) -> bytes | None:
        return self._entries.get(key)

    def save(self, key: str, compiled: bytes) -> None:
        self._entries[key] = compiled
