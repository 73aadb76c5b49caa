"""How scripts end when something is wrong: silently in release builds, with a place in debug."""

import pytest

from tests.helpers.sdk import CHECKS, read_check, run_check

CHOICES = {
    0: "0 => trap(),",
    1: "require(data.is_empty()),",
    2: "None.or_trap(),",
    3: "Err(Malformed).or_trap(),",
    4: "assert!(data.is_empty()",
    6: "&[data[usize::from(choice)]; 32]",
    7: "&[choice - 8; 32]",
}
"""What is on the line that traps, by the first byte of data."""

WRAPS_IN_RELEASE = 7
LONG_MESSAGE = 5


def find_line(text: str) -> int:
    lines = (CHECKS / "panics.rs").read_text().splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if text in line]
    return number


@pytest.mark.parametrize("choice", sorted({*CHOICES} - {WRAPS_IN_RELEASE}))
def test_release_build_traps_without_a_word(choice: int) -> None:
    result = run_check("panics", bytes([choice]))
    assert (result.outcome, result.debug) == ("trapped:unreachable", ())


@pytest.mark.parametrize("choice", sorted(CHOICES))
def test_debug_build_says_file_and_line_and_traps(choice: int) -> None:
    result = run_check("panics_debug", bytes([choice]))
    assert result.outcome == "trapped:unreachable"
    [line] = result.debug
    assert line.startswith("log: panicked at")
    assert f"panics.rs:{find_line(CHOICES[choice])}:" in line


def test_debug_build_says_the_message_too() -> None:
    [line] = run_check("panics_debug", b"\x04").debug
    assert "data of 1 bytes" in line


def test_debug_build_long_message_is_cut_off() -> None:
    result = run_check("panics_debug", bytes([LONG_MESSAGE]))
    assert result.outcome == "trapped:unreachable"
    [line] = result.debug
    assert len(line) == len("log: ") + 256


@pytest.mark.parametrize("name", ["panics", "panics_debug"])
def test_require_what_holds_goes_on(name: str) -> None:
    """Nothing is saved then, and so it traps later, for another reason."""
    assert run_check(name, b"\x08").outcome == "trapped:unsaved_post_state"


def test_release_build_carries_no_text_of_requirements() -> None:
    for text in (b"trapped", b"panicked", b"src/trap.rs"):
        assert text not in read_check("panics")
        assert text not in read_check("helloworld")
