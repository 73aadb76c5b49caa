"""The cache of compiled scripts: what it keeps, and everything it refuses to believe."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest

from simulator.module_cache import CACHE_VARIABLE, DiskModuleCache, default_cache_folder
from tests.helpers import damage
from tests.helpers.damage import COMPILED, KEY, get_entry

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ownership cannot be checked there")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def filled(folder: Path) -> DiskModuleCache:
    cache = DiskModuleCache(folder)
    cache.save(KEY, COMPILED)
    return cache


def test_load_returns_what_save_was_given_also_in_another_process(
    filled: DiskModuleCache, folder: Path
) -> None:
    assert filled.load(KEY) == COMPILED
    assert DiskModuleCache(folder).load(KEY) == COMPILED


def test_load_before_any_save_returns_nothing_and_makes_no_folder(folder: Path) -> None:
    assert DiskModuleCache(folder).load(KEY) is None
    assert not folder.exists()


def test_load_under_another_key_returns_nothing(filled: DiskModuleCache) -> None:
    assert filled.load(KEY + "x") is None


def test_save_again_replaces_the_entry(filled: DiskModuleCache, folder: Path) -> None:
    filled.save(KEY, b"newer")

    assert filled.load(KEY) == b"newer"
    assert len(list(folder.iterdir())) == 2


def test_save_makes_everything_private_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        DiskModuleCache(folder).save(KEY, COMPILED)
    finally:
        os.umask(before)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "spoil",
    [
        damage.flip_first_byte,
        damage.flip_last_byte,
        damage.flip_mac_byte,
        damage.truncate,
        damage.truncate_to_nothing,
        damage.append,
        damage.replace_by_raw_module,
        damage.replace_by_entry_of_another_folder,
        damage.replace_by_entry_of_another_key,
        damage.replace_by_link_to_itself,
        damage.replace_by_folder,
        damage.replace_by_pipe,
        damage.open_to_the_group,
        damage.open_to_all_writers,
        damage.link_elsewhere,
        damage.give_a_second_name,
        damage.replace_by_endless_device,
        damage.grow_beyond_the_cache,
        damage.give_to_another_user,
    ],
)
def test_load_entry_that_was_tampered_with_returns_nothing(
    filled: DiskModuleCache, folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(get_entry(folder))

    assert filled.load(KEY) is None


def test_save_over_a_damaged_entry_heals_it(filled: DiskModuleCache, folder: Path) -> None:
    damage.truncate(get_entry(folder))

    filled.save(KEY, COMPILED)

    assert filled.load(KEY) == COMPILED


@pytest.mark.parametrize("mode", [0o701, 0o720, 0o755, 0o777])
def test_folder_that_others_may_use_is_not_used(
    filled: DiskModuleCache, folder: Path, mode: int
) -> None:
    before = get_entry(folder).read_bytes()
    folder.chmod(mode)

    filled.save(KEY, b"newer")

    assert filled.load(KEY) is None
    assert get_entry(folder).read_bytes() == before


def test_folder_that_is_a_link_is_not_used(filled: DiskModuleCache, folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    linked = DiskModuleCache(link)

    linked.save("another", COMPILED)

    assert linked.load(KEY) is None
    assert filled.load("another") is None


def test_folder_of_another_user_is_not_used(
    filled: DiskModuleCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)

    filled.save(KEY, b"newer")

    assert filled.load(KEY) is None


@pytest.mark.parametrize("secret", [b"", b"short", bytes(33)])
def test_damaged_secret_loses_the_entries_and_is_replaced(
    filled: DiskModuleCache, folder: Path, secret: bytes
) -> None:
    (folder / "key").write_bytes(secret)

    assert filled.load(KEY) is None

    filled.save(KEY, COMPILED)

    assert filled.load(KEY) == COMPILED
    assert len((folder / "key").read_bytes()) == 32


def test_secret_that_others_could_read_is_replaced(filled: DiskModuleCache, folder: Path) -> None:
    known = (folder / "key").read_bytes()
    (folder / "key").chmod(0o644)

    assert filled.load(KEY) is None

    filled.save(KEY, COMPILED)

    assert (folder / "key").read_bytes() != known
    assert filled.load(KEY) == COMPILED


def test_folder_copied_with_its_key_holds_nothing(folder: Path, tmp_path: Path) -> None:
    """Else whoever packs a folder into an archive could say what runs where it is unpacked."""
    DiskModuleCache(folder).save(KEY, COMPILED)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    cache = DiskModuleCache(copy)

    assert [path.stat().st_mode & 0o77 for path in (copy, *copy.iterdir())] == [0, 0, 0]
    assert cache.load(KEY) is None

    cache.save(KEY, COMPILED)

    assert cache.load(KEY) == COMPILED


def test_folder_moved_with_its_key_is_the_same(folder: Path, tmp_path: Path) -> None:
    DiskModuleCache(folder).save(KEY, COMPILED)

    moved = folder.rename(tmp_path / "moved")

    assert DiskModuleCache(moved).load(KEY) == COMPILED


def test_load_entry_replaced_between_check_and_reading_returns_what_was_checked(
    filled: DiskModuleCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = get_entry(folder)
    fstat, checked = os.fstat, entry.stat().st_ino

    def check_and_replace(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if status.st_ino == checked:
            (folder / "new").write_bytes(b"planted")
            (folder / "new").replace(entry)
        return status

    monkeypatch.setattr("os.fstat", check_and_replace)

    assert filled.load(KEY) == COMPILED
    assert entry.read_bytes() == b"planted"


def test_load_entry_changed_in_place_after_the_check_returns_nothing(
    filled: DiskModuleCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fstat, checked = os.fstat, get_entry(folder).stat().st_ino

    def check_and_change(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if status.st_ino == checked:
            damage.flip_last_byte(get_entry(folder))
        return status

    monkeypatch.setattr("os.fstat", check_and_change)

    assert filled.load(KEY) is None


def test_folder_name_that_is_a_file_is_ignored(folder: Path) -> None:
    folder.write_bytes(b"a file")
    cache = DiskModuleCache(folder)

    cache.save(KEY, COMPILED)

    assert cache.load(KEY) is None
    assert folder.read_bytes() == b"a file"


@pytest.mark.parametrize("failing", ["os.replace", "os.open", "os.listdir"])
def test_save_that_the_system_refuses_is_quiet(
    filled: DiskModuleCache, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def refuse(*_arguments: object, **_names: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(failing, refuse)
        filled.save("another", COMPILED)

    assert filled.load(KEY) == COMPILED
    assert {path.suffix for path in folder.iterdir()} == {"", ".module"}


def test_save_on_a_full_disk_leaves_no_partial_entry(
    filled: DiskModuleCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk:
        def __init__(self, descriptor: int, _mode: str) -> None:
            self._descriptor = descriptor

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_error: object) -> None:
            os.close(self._descriptor)

        def fileno(self) -> int:
            return self._descriptor

        def read(self, size: int) -> bytes:
            return os.read(self._descriptor, size)

        def write(self, data: bytes) -> None:
            os.write(self._descriptor, data[:10])
            raise OSError(28, "No space left on device")

    before = sorted(folder.iterdir())

    with monkeypatch.context() as patch:
        patch.setattr("os.fdopen", FullDisk)
        filled.save("another", COMPILED)

    assert sorted(folder.iterdir()) == before


def test_oldest_entries_go_when_the_folder_is_full(folder: Path) -> None:
    cache = DiskModuleCache(folder, max_bytes=3_000)
    for number in range(5):
        cache.save(str(number), bytes(900))
        newest = max(folder.glob("*.module"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, ns=(number, number))

    assert [number for number in range(5) if cache.load(str(number))] == [2, 3, 4]


def test_folder_among_the_entries_does_not_keep_the_oldest_from_going(folder: Path) -> None:
    cache = DiskModuleCache(folder, max_bytes=2_000)
    cache.save("0", bytes(900))
    planted = folder / "planted.module"
    planted.mkdir()
    for number, path in enumerate((planted, *folder.glob("*.module"))):
        os.utime(path, ns=(number, number))

    for number in range(1, 4):
        cache.save(str(number), bytes(900))

    kept = [path for path in folder.glob("*.module") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) <= 2_000
    assert cache.load("3") == bytes(900)


def test_entry_larger_than_the_folder_is_not_kept(folder: Path) -> None:
    cache = DiskModuleCache(folder, max_bytes=100)

    cache.save(KEY, bytes(101))

    assert cache.load(KEY) is None
    assert not list(folder.glob("*.module"))


def test_several_writers_and_readers_at_once_see_whole_entries(folder: Path) -> None:
    DiskModuleCache(folder).save(KEY, bytes(50_000))

    def work(number: int) -> set[bytes | None]:
        cache = DiskModuleCache(folder)
        seen = set()
        for _ in range(20):
            cache.save(KEY, bytes([number]) * 50_000)
            seen.add(cache.load(KEY))
        return seen

    with ThreadPoolExecutor(4) as pool:
        seen = set().union(*pool.map(work, range(4)))

    assert seen <= {bytes([number]) * 50_000 for number in range(4)}


def test_default_cache_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    assert default_cache_folder() == tmp_path

    monkeypatch.delenv(CACHE_VARIABLE)
    assert "shardlab" in default_cache_folder().parts
