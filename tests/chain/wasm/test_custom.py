"""Custom sections."""

from wasmtime import wat2wasm

from chain.wasm import get_custom_section

MODULE = bytes(wat2wasm('(module (memory 1) (@custom "note" "held"))'))


def test_get_custom_section_returns_the_bytes_behind_the_name() -> None:
    assert get_custom_section(MODULE, "note") == b"held"


def test_get_custom_section_other_name_is_none() -> None:
    assert get_custom_section(MODULE, "notes") is None


def test_get_custom_section_first_of_two_wins() -> None:
    assert get_custom_section(MODULE + b"\x00\x06\x04note!", "note") == b"held"


def test_get_custom_section_any_truncation_is_none_or_the_whole() -> None:
    found = {get_custom_section(MODULE[:size], "note") for size in range(len(MODULE))}
    assert found == {None}
