"""Standard output that takes nothing: full devices, readers that have gone, closed streams."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from simulator.guarded_output import OutputRefused, guard_output

REFUSED = "error: standard output: cannot be written: No space left on device\n"
COMMANDS = (["--version"], ["run", "--help"], ["scenarios"], ["schema"])

on_linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def write_to(descriptor: int, command: Iterable[str], *, buffered: bool) -> tuple[int, str]:
    """The exit status and the diagnostics of a command that writes to a file descriptor."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", *command],
        stdout=descriptor,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "" if buffered else "1"},
    )
    return ended.returncode, ended.stderr


@on_linux
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("buffered", [True, False])
def test_full_device_is_one_line_and_exit_status_2(command: list[str], buffered: bool) -> None:  # noqa: FBT001 - pytest passes by name
    with Path("/dev/full").open("wb") as full:
        assert write_to(full.fileno(), command, buffered=buffered) == (2, REFUSED)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("buffered", [True, False])
def test_reader_that_has_gone_ends_a_command_as_it_ends_any_program(
    command: list[str],
    buffered: bool,  # noqa: FBT001 - as above
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert write_to(writer, command, buffered=buffered) == (141, "")
    finally:
        os.close(writer)


def test_stdout_that_was_closed_before_is_nobodys_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    with guard_output():
        sys.stdout.write("unheard")

    assert sys.stdout is None


def test_guard_output_leaves_other_errors_of_the_system_alone() -> None:
    with pytest.raises(BrokenPipeError), guard_output():
        raise BrokenPipeError("between processes of ours")


@on_linux
def test_guard_output_finds_what_is_only_written_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = Path("/dev/full").open("w", buffering=4096, encoding="utf-8")  # noqa: SIM115 - closing it fails, too
    monkeypatch.setattr(sys, "stdout", full)

    with pytest.raises(OutputRefused, match="No space left on device"), guard_output():
        sys.stdout.write("short")

    with pytest.raises(OSError, match="No space"):
        full.close()


@on_linux
@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-"])
def test_status_is_the_same_where_messages_cannot_be_written(redirected: str) -> None:
    command = f"{sys.executable} -m simulator.cli run none.yaml {redirected}"

    ended = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", command],
        env={**os.environ, "PYTHONUNBUFFERED": ""},  # where messages wait in a buffer
        check=False,
    )

    assert ended.returncode == 2
