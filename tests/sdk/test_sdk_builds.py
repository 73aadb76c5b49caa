"""The SDK builds, to the committed bytes, and into scripts that keep to the strict profile."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chain.validation import validate_script
from chain.wasm import STRICT_RULES
from tests.helpers.scripts import get_runtime
from tests.helpers.sdk import CHECKS, SDK, read_check, run_check
from tests.helpers.toolchain import RUSTC, needs_debian_toolchain, read_modules, run_shell

NAMES = sorted(path.stem for path in CHECKS.glob("*.wasm"))
STATE = bytes(range(32))


@pytest.mark.parametrize("name", NAMES)
def test_check_any_satisfies_the_strict_profile(name: str) -> None:
    validate_script(read_check(name), STRICT_RULES, get_runtime())


def test_checks_folder_every_source_has_its_wasm_and_every_wasm_its_source() -> None:
    sources = {path.stem for path in CHECKS.glob("*.rs")}
    assert {*NAMES} == sources | {"panics_debug"}


def test_helloworld_is_under_500_bytes_and_keeps_its_state() -> None:
    assert len(read_check("helloworld")) < 250
    result = run_check("helloworld", b"", pre_state=STATE)
    assert (result.outcome, result.post_state_root) == ("returned", STATE)
    assert run_check("helloworld", b"\x00").outcome == "trapped:unreachable"


@pytest.mark.parametrize("name", NAMES)
def test_readme_any_check_is_listed_with_its_size(name: str) -> None:
    assert f"| `{name}` | {len(read_check(name))} |" in (SDK / "README.md").read_text()


@needs_debian_toolchain
def test_build_helloworld_gives_the_committed_bytes(tmp_path: Path) -> None:
    built = run_shell(SDK / "build.sh", CHECKS / "helloworld.rs", tmp_path / "built.wasm")
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert (tmp_path / "built.wasm").read_bytes() == read_check("helloworld")


@pytest.mark.slow
@needs_debian_toolchain
def test_build_all_checks_gives_the_committed_bytes(tmp_path: Path) -> None:
    built = run_shell(CHECKS / "build.sh", tmp_path)
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert read_modules(tmp_path) == read_modules(CHECKS)


@pytest.mark.slow
@needs_debian_toolchain
def test_build_in_another_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "some where else"
    shutil.copytree(SDK, copy, ignore=shutil.ignore_patterns("*.wasm", "target"))
    assert run_shell(copy / "checks" / "build.sh").returncode == 0
    assert read_modules(copy / "checks") == read_modules(CHECKS)


def test_build_without_wasm_compiler_says_what_to_install(tmp_path: Path) -> None:
    environment = {"RUSTC": "/bin/false"}
    built = run_shell(SDK / "build.sh", "a.rs", tmp_path / "a.wasm", environment=environment)
    assert built.returncode == 1
    assert "apt-get install rustc libstd-rust-dev-wasm32 lld" in built.stderr


@pytest.mark.slow
@needs_debian_toolchain
@pytest.mark.skipif(not Path("/usr/bin/cargo").exists(), reason="needs Debian 12's cargo")
def test_cargo_builds_the_crate_offline(tmp_path: Path) -> None:
    copy = tmp_path / "sdk"
    shutil.copytree(SDK, copy, ignore=shutil.ignore_patterns("*.wasm", "target"))
    command = ["/usr/bin/cargo", "build", "--offline", "--target", "wasm32-unknown-unknown"]
    environment = {"RUSTC": str(RUSTC), "PATH": "/usr/bin:/bin", "CARGO_HOME": str(tmp_path)}
    built = subprocess.run(  # noqa: S603 - fixed path
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert "warning" not in built.stderr
