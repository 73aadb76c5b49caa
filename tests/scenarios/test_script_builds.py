"""The committed wasm is what the committed sources build to."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers.scripts import SCRIPTS

RUSTC = Path("/usr/bin/rustc")
WASM_CORE = Path("/usr/lib/rustlib/wasm32-unknown-unknown")


def run_build(
    folder: Path, *arguments: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script, from a fixed path
        ["/bin/sh", folder / "build.sh", *arguments],
        env={**os.environ, **(environment or {})},
        cwd=folder.anchor,
        capture_output=True,
        text=True,
        check=False,
    )


def is_debian_toolchain_present() -> bool:
    if not (RUSTC.exists() and WASM_CORE.is_dir() and shutil.which("wasm-ld")):
        return False
    version = subprocess.run([RUSTC, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - fixed path
    return version.stdout.startswith("rustc 1.63.0")


needs_debian_toolchain = pytest.mark.skipif(
    not is_debian_toolchain_present(),
    reason="reproducing the bytes needs Debian 12's rustc libstd-rust-dev-wasm32 lld",
)


def read_modules(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.wasm"))}


@needs_debian_toolchain
def test_build_committed_sources_give_committed_bytes(tmp_path: Path) -> None:
    built = run_build(SCRIPTS, tmp_path)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert read_modules(tmp_path) == read_modules(SCRIPTS)


@pytest.mark.slow
@needs_debian_toolchain
def test_build_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "some where else"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("*.wasm"))
    assert run_build(copy).returncode == 0
    assert read_modules(copy) == read_modules(SCRIPTS)


def test_build_without_wasm_compiler_says_what_to_install(tmp_path: Path) -> None:
    built = run_build(SCRIPTS, tmp_path, environment={"RUSTC": "/bin/false"})
    assert built.returncode == 1
    assert "apt-get install rustc libstd-rust-dev-wasm32 lld" in built.stderr
    assert read_modules(tmp_path) == {}
