"""The cache of compiled scripts: what it keeps, and everything it refuses to believe."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest
import wasmtime

from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from simulator.module_cache import CACHE_VARIABLE, DiskModuleCache, default_cache_folder
from tests.helpers.wat import KEEP, PRE_STATE, build_script, declare_names

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ownership cannot be checked there")

KEY = "code-engine"
COMPILED = b"machine code"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def filled(folder: Path) -> DiskModuleCache:
    cache = DiskModuleCache(folder)
    cache.save(KEY, COMPILED)
    return cache


def get_entry(folder: Path) -> Path:
    (entry,) = folder.glob("*.module")
    return entry


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
    DiskModuleCache(entry.parent).save("other", b"other code")
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


@pytest.mark.parametrize(
    "spoil",
    [
        flip_first_byte,
        flip_last_byte,
        flip_mac_byte,
        truncate,
        truncate_to_nothing,
        append,
        replace_by_raw_module,
        replace_by_entry_of_another_folder,
        replace_by_entry_of_another_key,
        replace_by_link_to_itself,
        replace_by_folder,
        replace_by_pipe,
        open_to_the_group,
        open_to_all_writers,
    ],
)
def test_load_entry_that_was_tampered_with_returns_nothing(
    filled: DiskModuleCache, folder: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(get_entry(folder))

    assert filled.load(KEY) is None


def test_save_over_a_damaged_entry_heals_it(filled: DiskModuleCache, folder: Path) -> None:
    truncate(get_entry(folder))

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

        def read(self) -> bytes:
            return os.read(self._descriptor, 1000)

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


# With the runtime.

SCRIPT = build_script(
    """(local i32) (loop $again (call $useTicks (i32.const 1))
      (br_if $again (i32.lt_u
        (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10))))""",
    imports=declare_names("eth2.useTicks i32"),
)


def execute(cache: DiskModuleCache | None) -> tuple[ScriptResult, int]:
    """Run in a new runtime; also tell how many modules it compiled."""
    runtime = ScriptRuntime(KEEP, cache)
    return runtime.execute(ScriptCall(SCRIPT, PRE_STATE, b"")), runtime.compile_count


def test_execute_from_the_cache_compiles_nothing_and_has_the_same_result(folder: Path) -> None:
    cache = DiskModuleCache(folder)

    plain, first, second = execute(None), execute(cache), execute(cache)

    assert (plain[1], first[1], second[1]) == (1, 1, 0)
    assert plain[0] == first[0] == second[0]
    assert plain[0].outcome == "returned"


@pytest.mark.parametrize("spoil", [flip_last_byte, truncate, replace_by_raw_module, append])
def test_execute_with_a_damaged_cache_compiles_again_and_heals_it(
    folder: Path, spoil: Callable[[Path], None]
) -> None:
    cache = DiskModuleCache(folder)
    plain = execute(cache)
    spoil(get_entry(folder))

    assert execute(cache) == plain
    assert execute(cache) == (plain[0], 0)


def test_execute_with_authentic_bytes_of_another_engine_compiles_again(folder: Path) -> None:
    foreign = bytes(wasmtime.Module(wasmtime.Engine(), SCRIPT).serialize())

    class Foreign(DiskModuleCache):
        """Holds what wasmtime with other settings would have saved under the same key."""

        def load(self, key: str) -> bytes | None:
            return foreign if super().load(key) else None

    cache = Foreign(folder)
    plain = execute(cache)

    assert plain[1] == 1
    assert execute(cache) == plain


def test_execute_in_another_process_finds_the_entry(folder: Path) -> None:
    plain, _ = execute(DiskModuleCache(folder))
    program = (
        "import sys; from pathlib import Path;"
        "from tests.simulator.test_module_cache import execute, DiskModuleCache;"
        "result, compiled = execute(DiskModuleCache(Path(sys.argv[1])));"
        "sys.stdout.write(f'{result.outcome} {result.fuel_used} {compiled}')"
    )

    answer = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert answer.stdout == f"returned {plain.fuel_used} 0"
