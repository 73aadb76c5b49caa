"""Modules of the crate ``wasm-smith``, made by a small program that cargo builds when needed."""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

SOURCES: Final = Path(__file__).parents[1] / "smith"
FLAVOURS: Final = ("few additions", "all additions", "any bodies", "everything there is")

_WEIGHTS: Final = (2, 4, 2, 2)
_SMALLEST, _LARGEST = 50, 2_500
_SECONDS: Final = 600


def find_obstacle() -> str:
    """Return why the program cannot be built here; empty where it can."""
    cargo = shutil.which("cargo")
    if cargo is None:
        return "wasm-smith needs cargo, which is not installed"
    fetched = _run_cargo(cargo, "fetch")
    if fetched.returncode:
        told = fetched.stderr.strip().splitlines()
        return f"cargo does not get wasm-smith: {told[0] if told else 'it says nothing'}"
    return ""


@cache
def build() -> Path:
    """Build the program, if that was not done before, and return it.

    Raises:
        RuntimeError: It does not compile.
    """
    target = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shardlab-smith"
    built = _run_cargo(
        shutil.which("cargo") or "cargo", "build", "--release", "--target-dir", target
    )
    if built.returncode:
        raise RuntimeError(built.stderr)
    return target / "release" / "smith"


def _run_cargo(
    cargo: str, command: str, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own sources, with locked dependencies
        [cargo, command, "--locked", "--manifest-path", SOURCES / "Cargo.toml", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )


def choose_request(rng: Random) -> tuple[int, bytes]:
    """Choose a flavour and entropy for one module."""
    [flavour] = rng.choices(range(len(FLAVOURS)), _WEIGHTS)
    return flavour, rng.randbytes(rng.randrange(_SMALLEST, _LARGEST))


def make_modules(requests: Sequence[tuple[int, bytes]]) -> list[bytes]:
    """Make a module for each request; it is empty where the entropy makes none.

    Raises:
        RuntimeError: There are not as many answers as requests.
    """
    asked = b"".join(
        bytes([flavour]) + struct.pack("<I", len(entropy)) + entropy
        for flavour, entropy in requests
    )
    done = subprocess.run([build()], input=asked, capture_output=True, check=True)  # noqa: S603 - ours
    modules = list(_read_answers(done.stdout))
    if len(modules) != len(requests):
        raise RuntimeError(f"{len(modules)} modules for {len(requests)} requests")
    return modules


def _read_answers(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        [size] = struct.unpack_from("<I", data, position)
        position += 4 + size
        yield data[position - size : position]
