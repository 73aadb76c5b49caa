"""Builds with Debian 12's Rust, whose bytes the repository holds."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

RUSTC = Path("/usr/bin/rustc")
WASM_CORE = Path("/usr/lib/rustlib/wasm32-unknown-unknown")


def run_shell(
    script: Path,
    *arguments: Path | str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a shell script of ours, by default from the root of the file system."""
    return subprocess.run(  # noqa: S603 - our own script, from a fixed path
        ["/bin/sh", script, *arguments],
        env={**os.environ, **(environment or {})},
        cwd=folder or script.anchor,
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
