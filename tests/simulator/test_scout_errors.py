"""Scout files that cannot be run: a clean error with file, line and key, whatever is in them."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScoutFileError
from simulator.scout import ScoutOptions, run_scout_files
from simulator.scout_file import load_scout_file
from tests.helpers.properties import PROPERTY
from tests.helpers.scout import CASE, KEEP, STATE, fail_to_load, run_text, write_scripts

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
    assert fail_to_load(tmp_path, CASE.replace(old, new, 1)).startswith(message)


def test_load_scout_file_bad_post_state_is_found_before_anything_runs(tmp_path: Path) -> None:
    text = CASE[::-1].replace(STATE[::-1], "ab", 1)[::-1]
    assert fail_to_load(tmp_path, text) == POST + "32 bytes of hex are expected, not 1"


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
    assert fail_to_load(tmp_path, text).startswith(message)


def test_load_scout_file_alias_bomb_is_a_clean_error(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert fail_to_load(tmp_path, "\n".join(lines)) == "case.yaml: aliases expand to too much"


def test_load_scout_file_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    with path.open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(ScoutFileError, match="larger than 64000000 bytes"):
        load_scout_file(path)


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
