"""The committed wasm is what the committed sources build to."""

import shutil
from pathlib import Path

import pytest

from tests.helpers.scripts import SCRIPTS
from tests.helpers.toolchain import needs_debian_toolchain, read_modules, run_shell


@needs_debian_toolchain
def test_build_committed_sources_give_committed_bytes(tmp_path: Path) -> None:
    built = run_shell(SCRIPTS / "build.sh", tmp_path)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert read_modules(tmp_path) == read_modules(SCRIPTS)


@pytest.mark.slow
@needs_debian_toolchain
def test_build_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "some where else"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("*.wasm"))
    assert run_shell(copy / "build.sh").returncode == 0
    assert read_modules(copy) == read_modules(SCRIPTS)


def test_build_without_wasm_compiler_says_what_to_install(tmp_path: Path) -> None:
    built = run_shell(SCRIPTS / "build.sh", tmp_path, environment={"RUSTC": "/bin/false"})
    assert built.returncode == 1
    assert "apt-get install rustc libstd-rust-dev-wasm32 lld" in built.stderr
    assert read_modules(tmp_path) == {}
