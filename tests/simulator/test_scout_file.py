"""Reading Scout files: hex in every dress, and where wasm files are looked for."""

from pathlib import Path

import pytest

from simulator.errors import ScoutFileError
from tests.helpers.scout import (
    CASE,
    KEEP,
    STATE,
    build_text,
    fail_to_load,
    load_text,
    write_scripts,
)

DIGITS = "0123456789" * 6 + "0123"


def load_data(folder: Path, lines: str) -> bytes:
    """Load a file whose only block has these lines behind ``data:``."""
    (block,) = load_text(folder, CASE.replace('    data: ""\n', f"    data: {lines}\n")).blocks
    return block.data


def test_load_scout_file_reads_every_part(tmp_path: Path) -> None:
    file = load_text(tmp_path, CASE)
    assert [tuple(script) for script in file.scripts] == [("script.wasm", KEEP)]
    assert file.pre_states == file.post_states == (b"\xab" * 32,)
    assert [(block.env, block.data) for block in file.blocks] == [(0, b"")]
    assert [tuple(deposit) for deposit in file.deposits] == [
        (b"\x11" * 48, b"\x12" * 32, 32_000_000_000, b"\x13" * 96, None)
    ]
    assert (file.libraries, file.warnings) == ((), ())


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("0000", b"\0\0"),
        ("0010", b"\0\x10"),
        ("1e10", b"\x1e\x10"),
        ("'1e10'", b"\x1e\x10"),
        ("12345678901234567890", bytes.fromhex("12345678901234567890")),
        ("aBcD", b"\xab\xcd"),
        ('"ABCDEF"', b"\xab\xcd\xef"),
        (">-\n      abcd\n      0102\n\n      03", b"\xab\xcd\1\2\3"),
        (">\n      abc\n      d01", b"\xab\xcd\1"),
        ("|\n      ab\n      cd", b"\xab\xcd"),
        ("ab\n      cd", b"\xab\xcd"),
        ('"ab \\t cd\\r\\n"', b"\xab\xcd"),
        ("'a b c d'", b"\xab\xcd"),
        ("", b""),
        ("~", b""),
        ("null", b""),
        ('""', b""),
        ("!!str", b""),
        ("!!binary abcd", b"\xab\xcd"),
        (".1", None),
        ("2020-01-01", None),
    ],
)
def test_load_scout_file_data_is_text_not_a_number(
    tmp_path: Path, lines: str, expected: bytes | None
) -> None:
    if expected is None:
        with pytest.raises(ScoutFileError, match="no hex digit"):
            load_data(tmp_path, lines)
    else:
        assert load_data(tmp_path, lines) == expected


def test_load_scout_file_state_of_digits_keeps_every_digit(tmp_path: Path) -> None:
    file = load_text(tmp_path, CASE.replace(STATE, DIGITS))
    assert file.pre_states == (bytes.fromhex(DIGITS),)


def test_load_scout_file_data_far_over_16_kib_is_read_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 280
    text = data.hex()
    folded = ">-\n" + "\n".join(f"      {text[at : at + 98]}" for at in range(0, len(text), 98))
    assert load_data(tmp_path, folded) == load_data(tmp_path, text) == data
    assert len(data) == 71_680


@pytest.mark.parametrize("encoding", ["utf-8-sig", "crlf"])
def test_load_scout_file_byte_order_mark_and_crlf_are_no_problem(
    tmp_path: Path, encoding: str
) -> None:
    text = CASE.replace("\n", "\r\n") if encoding == "crlf" else "\ufeff" + CASE
    assert load_text(tmp_path, text).pre_states == (b"\xab" * 32,)


def test_load_scout_file_json_is_yaml(tmp_path: Path) -> None:
    states = f'{{"exec_env_states": ["{STATE}"]}}'
    text = (
        '{"beacon_state": {"execution_scripts": ["script.wasm"]}, "shard_blocks": [],'
        f' "shard_pre_state": {states}, "shard_post_state": {states}}}'
    )
    assert load_text(tmp_path, text).post_states == (b"\xab" * 32,)


def test_load_scout_file_aliases_share_their_bytes(tmp_path: Path) -> None:
    first = "  - {env: 0, data: &big " + "ab" * 50_000 + "}"
    others = "\n  - {env: 0, data: *big}" * 1_000
    text = CASE.replace('  - env: 0\n    data: ""', first + others)
    file = load_text(tmp_path, text)
    assert len(file.blocks) == 1_001
    assert len({id(block.data) for block in file.blocks}) == 1


@pytest.mark.parametrize("empty", ["", "~", "[]"])
def test_load_scout_file_optional_lists_may_be_empty(tmp_path: Path, empty: str) -> None:
    text = build_text() + f"deposit_receipts: {empty}\n"
    text = text.replace("beacon_state:\n", f"beacon_state:\n  libraries: {empty}\n")
    file = load_text(tmp_path, text)
    assert (file.deposits, file.libraries, file.blocks) == ((), (), ())


def test_load_scout_file_more_states_than_scripts_are_allowed(tmp_path: Path) -> None:
    text = CASE.replace(f"    - {STATE}\n", f"    - {STATE}\n    - {STATE}\n", 1)
    assert len(load_text(tmp_path, text).pre_states) == 2


def test_load_scout_file_unknown_keys_are_warnings_one_a_kind(tmp_path: Path) -> None:
    text = CASE.replace("    data:", "    slot: 1\n    data:").replace(
        "shard_post_state:\n", '  - {env: 0, data: "", slot: 2}\nshard_post_state:\n  root: 00\n'
    )
    file = load_text(tmp_path, text + "title: a test\n")
    assert [line.removeprefix(f"{tmp_path}/") for line in file.warnings] == [
        "case.yaml:21: title: unknown key, ignored",
        "case.yaml:9: shard_blocks[0].slot: unknown key, ignored (and 1 more like it)",
        "case.yaml:13: shard_post_state.root: unknown key, ignored",
    ]


def test_load_scout_file_wasm_is_taken_from_the_files_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "tests"
    write_scripts(elsewhere, {"out/a.wasm": b"far a", "out/b.wasm": b"far b"})
    write_scripts(folder, {"out/a.wasm": b"near a"})
    monkeypatch.chdir(elsewhere)
    text = CASE.replace("- script.wasm", "- out/a.wasm\n    - out/b.wasm")
    scripts = load_text(folder, text).scripts
    assert [script.code for script in scripts] == [b"near a", b"far b"]


def test_load_scout_file_absolute_wasm_path_is_used_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "x" / "y.wasm"
    write_scripts(tmp_path / "x", {"y.wasm": b"there"})
    (script,) = load_text(tmp_path, CASE.replace("script.wasm", str(target))).scripts
    assert script.code == b"there"


def test_load_scout_file_missing_wasm_names_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    message = fail_to_load(tmp_path, CASE.replace("script.wasm", "out/none.wasm"))
    assert message == (
        "case.yaml:3: beacon_state.execution_scripts[0]: cannot be read: tried "
        f"{tmp_path}/out/none.wasm (No such file or directory) and "
        "out/none.wasm (No such file or directory)"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "Is a directory"),
        ("case.yaml/x.wasm", "Not a directory"),
        ("x" * 1000, "File name too long"),
        ('"a\\0b"', "null byte"),
    ],
)
def test_load_scout_file_unreadable_wasm_is_a_clean_error(
    tmp_path: Path, name: str, reason: str
) -> None:
    message = fail_to_load(tmp_path, CASE.replace("script.wasm", name))
    assert message.startswith("case.yaml:3: beacon_state.execution_scripts[0]: cannot be read")
    assert reason in message


def test_load_scout_file_missing_library_names_its_key(tmp_path: Path) -> None:
    libraries = "beacon_state:\n  libraries: [{name: lib, file: none.wasm}]\n"
    message = fail_to_load(tmp_path, CASE.replace("beacon_state:\n", libraries))
    assert message.startswith("case.yaml:2: beacon_state.libraries[0].file: cannot be read: tried")


def test_load_scout_file_wasm_named_many_times_is_read_once(tmp_path: Path) -> None:
    text = CASE.replace("    - script.wasm\n", "    - script.wasm\n" * 1_000)
    scripts = load_text(tmp_path, text).scripts
    assert len(scripts) == 1_000
    assert len({id(script.code) for script in scripts}) == 1


def test_load_scout_file_more_than_a_hundred_unknown_keys_are_cut(tmp_path: Path) -> None:
    file = load_text(tmp_path, CASE + "".join(f"key{number}: 0\n" for number in range(1_000)))
    assert len(file.warnings) == 101
    assert file.warnings[-1] == f"{tmp_path}/case.yaml: there are more unknown keys"
