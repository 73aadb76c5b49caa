"""Reading Scout files: hex in every dress, and a clean error for everything else."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScoutFileError
from simulator.scout import ScoutOptions, run_scout_files
from simulator.scout_file import ScoutFile, load_scout_file
from tests.helpers.properties import PROPERTY
from tests.helpers.scout import KEEP, build_text, run_text, write_scripts

STATE = "ab" * 32
DIGITS = "0123456789" * 6 + "0123"

CASE = f"""\
beacon_state:
  execution_scripts:
    - script.wasm
shard_pre_state:
  exec_env_states:
    - {STATE}
shard_blocks:
  - env: 0
    data: ""
shard_post_state:
  exec_env_states:
    - {STATE}
deposit_receipts:
  - pubkey: {"11" * 48}
    withdrawal_credentials: {"12" * 32}
    amount: 32000000000
    signature: {"13" * 96}
"""


def load(folder: Path, text: str | bytes) -> ScoutFile:
    write_scripts(folder, {"script.wasm": KEEP})
    path = folder / "case.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_scout_file(path)


def load_data(folder: Path, lines: str) -> bytes:
    """Load a file whose only block has these lines behind ``data:``."""
    (block,) = load(folder, CASE.replace('    data: ""\n', f"    data: {lines}\n")).blocks
    return block.data


def fail(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ScoutFileError) as caught:
        load(folder, text)
    return caught.value.message.removeprefix(f"{folder}/")


def test_load_scout_file_reads_every_part(tmp_path: Path) -> None:
    file = load(tmp_path, CASE)
    assert [tuple(script) for script in file.scripts] == [("script.wasm", KEEP)]
    assert file.pre_states == file.post_states == (b"\xab" * 32,)
    assert [tuple(block) for block in file.blocks] == [(0, b"")]
    assert [tuple(deposit) for deposit in file.deposits] == [
        (b"\x11" * 48, b"\x12" * 32, 32_000_000_000, b"\x13" * 96)
    ]
    assert file.libraries == file.warnings == ()


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
    file = load(tmp_path, CASE.replace(STATE, DIGITS))
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
    assert load(tmp_path, text).pre_states == (b"\xab" * 32,)


def test_load_scout_file_json_is_yaml(tmp_path: Path) -> None:
    states = f'{{"exec_env_states": ["{STATE}"]}}'
    text = (
        '{"beacon_state": {"execution_scripts": ["script.wasm"]}, "shard_blocks": [],'
        f' "shard_pre_state": {states}, "shard_post_state": {states}}}'
    )
    assert load(tmp_path, text).post_states == (b"\xab" * 32,)


def test_load_scout_file_aliases_share_their_bytes(tmp_path: Path) -> None:
    blocks = ["  - {env: 0, data: &big " + "ab" * 50_000 + "}"] + [
        "  - {env: 0, data: *big}"
    ] * 1_000
    text = CASE.replace('  - env: 0\n    data: ""', "\n".join(blocks))
    file = load(tmp_path, text)
    assert len(file.blocks) == 1_001
    assert len({id(block.data) for block in file.blocks}) == 1


@pytest.mark.parametrize("empty", ["", "~", "[]"])
def test_load_scout_file_optional_lists_may_be_empty(tmp_path: Path, empty: str) -> None:
    text = build_text() + f"deposit_receipts: {empty}\n"
    text = text.replace("beacon_state:\n", f"beacon_state:\n  libraries: {empty}\n")
    file = load(tmp_path, text)
    assert file.deposits == file.libraries == file.blocks == ()


def test_load_scout_file_more_states_than_scripts_are_allowed(tmp_path: Path) -> None:
    text = CASE.replace(f"    - {STATE}\n", f"    - {STATE}\n    - {STATE}\n", 1)
    assert len(load(tmp_path, text).pre_states) == 2


def test_load_scout_file_unknown_keys_are_warnings_one_a_kind(tmp_path: Path) -> None:
    text = CASE.replace("    data:", "    slot: 1\n    data:").replace(
        "shard_post_state:\n", '  - {env: 0, data: "", slot: 2}\nshard_post_state:\n  root: 00\n'
    )
    file = load(tmp_path, text + "title: a test\n")
    assert [line.removeprefix(f"{tmp_path}/") for line in file.warnings] == [
        "case.yaml:21: title: unknown key, ignored",
        "case.yaml:9: shard_blocks[0].slot: unknown key, ignored (and 1 more like it)",
        "case.yaml:13: shard_post_state.root: unknown key, ignored",
    ]


ENV = "case.yaml:8: shard_blocks[0].env: "
DATA = "case.yaml:9: shard_blocks[0].data: "
PRE = "case.yaml:6: shard_pre_state.exec_env_states[0]: "
POST = "case.yaml:12: shard_post_state.exec_env_states[0]: "

MALFORMED = {
    "env negative": ("env: 0", "env: -1", ENV + "a decimal number is expected, not '-1'"),
    "env hex": ("env: 0", "env: 0x0", ENV + "a decimal number is expected, not '0x0'"),
    "env float": ("env: 0", "env: 0.0", ENV + "a decimal number is expected, not '0.0'"),
    "env digits of another script": ("env: 0", "env: ٣", ENV + "a decimal number"),
    "env null": ("env: 0", "env:", ENV + "text is expected, not nothing"),
    "env list": ("env: 0", "env: [0]", ENV + "text is expected, not a list"),
    "env out of range": ("env: 0", "env: 1", ENV + "1 is no script: execution_scripts lists 1"),
    "env of 5000 digits": ("env: 0", f"env: {'9' * 5000}", ENV + "9999"),
    "env missing": ("- env: 0\n    ", "- ", "case.yaml:8: shard_blocks[0].env: missing key"),
    "data missing": (
        '    data: ""\n',
        "    date: 00\n",
        "case.yaml:8: shard_blocks[0].data: missing key (there are: env, date)",
    ),
    "data with prefix": ('data: ""', "data: 0x00", DATA + "hex is written without 0x here"),
    "data of odd length": ('data: ""', "data: abc", DATA + "an odd number of hex digits (3)"),
    "data with a letter": ('data: ""', "data: ab0g", DATA + "'g' is no hex digit (character 4)"),
    "data with a wide space": ('data: ""', 'data: "ab\\_cd"', DATA + "'\\xa0' is no hex digit"),
    "data with a zero byte": ('data: ""', 'data: "ab\\0cd"', DATA + "'\\x00' is no hex digit"),
    "data quoted null": ('data: ""', 'data: "null"', DATA + "'n' is no hex digit"),
    "data mapping": ('data: ""', "data: {a: b}", DATA + "hex is expected, not keys"),
    "data list": ('data: ""', "data: [ab]", DATA + "hex is expected, not a list"),
    "state of 31 bytes": (STATE, "ab" * 31, PRE + "32 bytes of hex are expected, not 31"),
    "state of 33 bytes": (STATE, "ab" * 33, PRE + "32 bytes of hex are expected, not 33"),
    "state null": (STATE, "~", PRE + "hex is expected, not nothing"),
    "state with prefix": (STATE, "0x" + STATE, PRE + "hex is written without 0x here"),
    "states not a list": (
        f"exec_env_states:\n    - {STATE}",
        f"exec_env_states: {STATE}",
        "case.yaml:5: shard_pre_state.exec_env_states: a list is expected, not text",
    ),
    "no state for the script": (
        f"exec_env_states:\n    - {STATE}",
        "exec_env_states: []",
        (
            "case.yaml:7: shard_blocks[0].env: script 0 has no state: "
            "shard_pre_state.exec_env_states lists 0"
        ),
    ),
    "blocks null": (
        '\n  - env: 0\n    data: ""',
        "",
        "case.yaml:7: shard_blocks: a list is expected, not nothing",
    ),
    "block is text": (
        '- env: 0\n    data: ""',
        "- nothing",
        "case.yaml:8: shard_blocks[0]: keys are expected here (env, data), not text",
    ),
    "script is a list": (
        "- script.wasm",
        "- [script.wasm]",
        "case.yaml:3: beacon_state.execution_scripts[0]: text is expected, not a list",
    ),
    "beacon state missing": (
        "beacon_state:",
        "state:",
        "case.yaml:1: beacon_state: missing key (there are: state, shard_pre_state, ",
    ),
    "post state missing": ("shard_post_state:", "shard_post:", "case.yaml:1: shard_post_state: "),
    "pubkey too short": (
        "pubkey: 11",
        "pubkey: ",
        "case.yaml:14: deposit_receipts[0].pubkey: 48 bytes of hex are expected, not 47",
    ),
    "signature null": (
        "signature: " + "13" * 96,
        "signature:",
        "case.yaml:17: deposit_receipts[0].signature: hex is expected, not nothing",
    ),
    "amount hex": (
        "amount: 32",
        "amount: 0x32",
        "case.yaml:16: deposit_receipts[0].amount: a decimal number is expected",
    ),
    "amount too large": (
        "amount: 32000000000",
        f"amount: {2**64}",
        f"case.yaml:16: deposit_receipts[0].amount: {2**64} is larger than {2**64 - 1}",
    ),
    "amount missing": (
        "    amount: 32000000000\n",
        "",
        "case.yaml:14: deposit_receipts[0].amount: missing key (there are: pubkey, ",
    ),
    "deposits are text": (
        CASE[CASE.index("deposit_receipts:") :],
        "deposit_receipts: none",
        "case.yaml:13: deposit_receipts: a list is expected, not text",
    ),
    "libraries are text": (
        "beacon_state:\n",
        "beacon_state:\n  libraries: lib.wasm\n",
        "case.yaml:2: beacon_state.libraries: a list is expected, not text",
    ),
    "library without a file": (
        "beacon_state:\n",
        "beacon_state:\n  libraries: [{name: lib}]\n",
        "case.yaml:2: beacon_state.libraries[0].file: missing key (there are: name)",
    ),
    "key twice": (
        "    data:",
        "    env: 0\n    data:",
        "case.yaml:9: shard_blocks[0].env: given twice",
    ),
    "key is a list": ("    data:", "    ? [data]\n    :", "case.yaml:9: a key must be plain text"),
    "tab": ("    data:", "\tdata:", "case.yaml:9: not YAML: "),
    "alias of nothing": ("env: 0", "env: *nothing", "case.yaml:8: not YAML: "),
    "two documents": ("shard_blocks:", "---\nshard_blocks:", "case.yaml:7: not YAML: "),
}


@pytest.mark.parametrize(("old", "new", "message"), MALFORMED.values(), ids=MALFORMED)
def test_load_scout_file_malformed_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in CASE
    assert fail(tmp_path, CASE.replace(old, new, 1)).startswith(message)


def test_load_scout_file_bad_post_state_is_found_before_anything_runs(tmp_path: Path) -> None:
    text = CASE[::-1].replace(STATE[::-1], "ab", 1)[::-1]
    assert fail(tmp_path, text) == POST + "32 bytes of hex are expected, not 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "case.yaml:1: keys are expected here"),
        (b"# nothing\n", "case.yaml:1: keys are expected here"),
        (b"text", "case.yaml:1: keys are expected here"),
        (b"[1, 2]", "case.yaml:1: keys are expected here"),
        (b"\0", "case.yaml: not YAML: "),
        (b"a: \xff", "case.yaml: not UTF-8 text (byte 3)"),
        (b"[" * 1_000_000, "case.yaml: nested too deeply"),
        (b"&a [*a]", "case.yaml: aliases expand to too much"),
        (b"a: &a {a: *a}", "case.yaml: aliases expand to too much"),
    ],
    ids=range(9),
)
def test_load_scout_file_not_a_test_file_is_a_clean_error(
    tmp_path: Path, text: bytes, message: str
) -> None:
    assert fail(tmp_path, text).startswith(message)


def test_load_scout_file_alias_bomb_is_a_clean_error(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert fail(tmp_path, "\n".join(lines)) == "case.yaml: aliases expand to too much"


def test_load_scout_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    with path.open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(ScoutFileError, match="larger than 64000000 bytes"):
        load_scout_file(path)


def test_load_scout_file_wasm_is_taken_from_the_files_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "tests"
    write_scripts(elsewhere, {"out/a.wasm": b"far a", "out/b.wasm": b"far b"})
    write_scripts(folder, {"out/a.wasm": b"near a"})
    monkeypatch.chdir(elsewhere)
    text = CASE.replace("- script.wasm", "- out/a.wasm\n    - out/b.wasm")
    scripts = load(folder, text).scripts
    assert [script.code for script in scripts] == [b"near a", b"far b"]


def test_load_scout_file_absolute_wasm_path_is_used_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "x" / "y.wasm"
    write_scripts(tmp_path / "x", {"y.wasm": b"there"})
    (script,) = load(tmp_path, CASE.replace("script.wasm", str(target))).scripts
    assert script.code == b"there"


def test_load_scout_file_missing_wasm_names_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    message = fail(tmp_path, CASE.replace("script.wasm", "out/none.wasm"))
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
    message = fail(tmp_path, CASE.replace("script.wasm", name))
    assert message.startswith("case.yaml:3: beacon_state.execution_scripts[0]: cannot be read")
    assert reason in message


def test_load_scout_file_missing_library_names_its_key(tmp_path: Path) -> None:
    libraries = "beacon_state:\n  libraries: [{name: lib, file: none.wasm}]\n"
    message = fail(tmp_path, CASE.replace("beacon_state:\n", libraries))
    assert message.startswith("case.yaml:2: beacon_state.libraries[0].file: cannot be read: tried")


def test_load_scout_file_wasm_named_many_times_is_read_once(tmp_path: Path) -> None:
    text = CASE.replace("    - script.wasm\n", "    - script.wasm\n" * 1_000)
    scripts = load(tmp_path, text).scripts
    assert len(scripts) == 1_000
    assert len({id(script.code) for script in scripts}) == 1


def run_bytes(folder: Path, data: bytes) -> None:
    """Run a file; whatever is in it, there is one consistent result."""
    path = folder / "fuzz.yaml"
    path.write_bytes(data)
    (result,) = run_scout_files([path], ScoutOptions())
    assert result.passed is not bool(result.error or result.differences)
    assert not (result.error and result.differences)
    assert all(each.isprintable() for each in (result.error, *result.differences))


@pytest.fixture(scope="module")
def fuzz_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    write_scripts(folder, {"script.wasm": KEEP})
    return folder


@PROPERTY
@given(data=st.binary(max_size=200))
def test_scout_any_bytes_never_raise(fuzz_folder: Path, data: bytes) -> None:
    run_bytes(fuzz_folder, data)


@PROPERTY
@given(data=st.data())
def test_scout_any_edit_of_a_file_never_raises(fuzz_folder: Path, data: st.DataObject) -> None:
    text = bytearray(CASE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 20)))
        text[start:stop] = data.draw(
            st.sampled_from(
                [b"", b"~", b"- ", b": ", b"*a", b"&a ", b"? ", b"[", b"}", b"\n", b"'", b"\xff"]
            )
            | st.binary(max_size=4)
        )
    run_bytes(fuzz_folder, bytes(text))


SCALARS = st.none() | st.integers(-2, 3) | st.text(max_size=5) | st.sampled_from([STATE, "", "0"])
KEYS = st.sampled_from(
    [
        "env",
        "data",
        "name",
        "file",
        "exec_env_states",
        "execution_scripts",
        "libraries",
        "shard_blocks",
        "beacon_state",
        "pubkey",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@PROPERTY
@given(
    tree=st.fixed_dictionaries(
        {},
        optional={
            "beacon_state": st.just({"execution_scripts": ["script.wasm"]}) | TREES,
            "shard_pre_state": st.just({"exec_env_states": [STATE]}) | TREES,
            "shard_blocks": st.just([{"env": 0, "data": ""}]) | TREES,
            "shard_post_state": st.just({"exec_env_states": [STATE]}) | TREES,
            "deposit_receipts": TREES,
        },
    )
)
def test_scout_any_structure_never_raises(fuzz_folder: Path, tree: object) -> None:
    run_bytes(fuzz_folder, yaml.safe_dump(tree, allow_unicode=True).encode())


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_scout_file_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    (result,) = run_scout_files([tmp_path / os.fsdecode(b"\xff.yaml")], ScoutOptions())
    assert result.path == f"{tmp_path}/\\udcff.yaml"
    assert result.error.startswith(result.path)


def test_scout_error_has_no_differences_and_no_blocks(tmp_path: Path) -> None:
    result = run_text(tmp_path, CASE.replace(STATE, "0"), script=KEEP)
    assert (result.passed, result.differences, result.blocks) == (False, (), 0)
    assert result.error.startswith(f"{tmp_path}/case.yaml:6: ")
