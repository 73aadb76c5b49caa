"""Reading YAML: lines of keys, duplicates, bombs, and bytes that are no YAML at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.yaml_source import MAX_DEPTH, format_keys, parse_scalar, parse_yaml, read_yaml
from tests.helpers.properties import PROPERTY

PATH = Path("a.yaml")

TEXT = """\
title: x
chain:
  shard_count: 4
events:
  - slot: 1
    register:
      name: a
  - {slot: 2, call: {shard: 3}}
"""


def refuse(data: bytes) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_yaml(data, PATH)
    (problem,) = caught.value.problems
    return problem


def test_parse_yaml_values_are_plain_and_sequences_are_tuples() -> None:
    value = parse_yaml(TEXT.encode(), PATH).value

    assert value == {
        "title": "x",
        "chain": {"shard_count": 4},
        "events": ({"slot": 1, "register": {"name": "a"}}, {"slot": 2, "call": {"shard": 3}}),
    }


@pytest.mark.parametrize(
    ("keys", "described"),
    [
        (("title",), "a.yaml:1: title"),
        (("chain", "shard_count"), "a.yaml:3: chain.shard_count"),
        (("events", 0, "register", "name"), "a.yaml:7: events[0].register.name"),
        (("events", 1, "call", "shard"), "a.yaml:8: events[1].call.shard"),
        ((), "a.yaml:1"),
    ],
)
def test_describe_known_key_names_its_line(keys: tuple[str | int, ...], described: str) -> None:
    assert parse_yaml(TEXT.encode(), PATH).describe(keys) == described


def test_describe_missing_key_names_the_line_of_its_parent() -> None:
    source = parse_yaml(TEXT.encode(), PATH)

    assert source.describe(("chain", "bls")) == "a.yaml:2: chain.bls"
    assert source.describe(("slots",)) == "a.yaml:1: slots"


def test_format_keys_shows_positions_in_brackets() -> None:
    assert format_keys(("events", 2, "register", "name")) == "events[2].register.name"
    assert format_keys((0,)) == "[0]"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: 1\nb: 2\na: 3\n", "a.yaml:3: a: given twice"),
        (b"x:\n  a: 1\n  a: 1\n", "a.yaml:3: x.a: given twice"),
        (b"x: {1: 2, '1': 3}\n", "a.yaml:1: x.1: given twice"),
        (b"{[a, b]: 1}\n", "a.yaml:1: a key must be plain text"),
        (b"a: [1\nb: 2\n", "a.yaml:2: not YAML: did not find expected ',' or ']'"),
        (b"a: \xff\n", "a.yaml: not UTF-8 text (byte 3)"),
        (b"a: !!python/object:os.system x\n", "a.yaml:1: a: not a value: 'x'"),
        (b"a: !!bool maybe\n", "a.yaml:1: a: not a value: 'maybe'"),
        (b"a: !!int ''\n", "a.yaml:1: a: not a value: ''"),
        (b"a: !!timestamp x\n", "a.yaml:1: a: not a value: 'x'"),
        (b"a:\n  - 2020-13-45\n", "a.yaml:2: a[0]: not a value: '2020-13-45'"),
    ],
)
def test_parse_yaml_bad_text_names_file_and_line(data: bytes, problem: str) -> None:
    assert refuse(data).startswith(problem)


def test_parse_yaml_keys_given_again_are_all_told() -> None:
    data = b"a: 1\nb: {c: 1, c: {d: 2, d: 3}}\na: 3\na: 4\n"

    with pytest.raises(ScenarioError) as caught:
        parse_yaml(data, PATH)

    assert caught.value.problems == (
        "a.yaml:2: b.c: given twice",
        "a.yaml:2: b.c.d: given twice",
        "a.yaml:3: a: given twice",
        "a.yaml:4: a: given twice",
    )


def test_parse_yaml_keys_given_again_can_be_noted_only_and_the_first_counts() -> None:
    source = parse_yaml(b"a: 1\nb: 2\na: 3\n", PATH, may_repeat=True)

    assert source.value == {"a": 1, "b": 2}
    assert source.repeated == ["a.yaml:3: a: given twice"]
    assert source.describe(("a",)) == "a.yaml:1: a"


def test_parse_yaml_two_documents_are_refused() -> None:
    assert "document" in refuse(b"a: 1\n---\nb: 2\n")


def test_parse_yaml_control_characters_are_refused_in_one_line() -> None:
    problem = refuse(b"a: \x00\n")

    assert problem.startswith("a.yaml: not YAML:")
    assert "\n" not in problem


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n"])
def test_parse_yaml_empty_file_is_no_value(data: bytes) -> None:
    assert parse_yaml(data, PATH).value is None


def test_parse_yaml_byte_order_mark_is_ignored() -> None:
    assert parse_yaml(b"\xef\xbb\xbftitle: x\n", PATH).value == {"title": "x"}


def test_parse_yaml_alias_repeats_its_anchor() -> None:
    assert parse_yaml(b"a: &x [1, 2]\nb: *x\n", PATH).value == {"a": (1, 2), "b": (1, 2)}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: 1\nb: *x\n", "a.yaml:2: not YAML: found undefined alias x"),
        (b"b: *x\na: &x 1\n", "a.yaml:1: not YAML: found undefined alias x"),
        (b"a: &x 1\nb: 2\nc: &x 3\n", "a.yaml:3: not YAML: anchor x given twice"),
        (b"a: &x [1]\n*x : 2\n", "a.yaml:1: a key must be plain text"),
    ],
)
def test_parse_yaml_bad_anchors_name_the_line(data: bytes, problem: str) -> None:
    assert refuse(data) == problem


def test_parse_yaml_lines_behind_an_alias_are_those_of_its_anchor() -> None:
    source = parse_yaml(b"a: &x\n  k: [1,\n      2]\nb: *x\n", PATH)

    assert source.value == {"a": {"k": (1, 2)}, "b": {"k": (1, 2)}}
    assert source.lines[("b",)] == 4
    assert source.lines["b", "k", 1] == source.lines["a", "k", 1] == 3


def test_parse_yaml_alias_can_be_a_key() -> None:
    assert parse_yaml(b"a: &x name\n*x : 2\n", PATH).value == {"a": "name", "name": 2}


@pytest.mark.parametrize(
    "text", ["", "~", "null", "NULL", "'~'", "!!null x", "! ~", "!!str ~", "01"]
)
def test_parse_yaml_as_text_agrees_with_what_yaml_makes_of_it(text: str) -> None:
    """Null as YAML says, text as PyYAML's loader for text says."""
    data = f"- {text}\n"
    [resolved] = yaml.safe_load(data)
    [written] = yaml.load(data, Loader=yaml.BaseLoader)  # noqa: S506 - makes text, nothing else

    [value] = parse_yaml(data.encode(), PATH, as_text=True).value

    assert value == (None if resolved is None else written)


def test_parse_yaml_alias_bomb_is_refused() -> None:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        aliases = b", ".join(b"*a%d" % (level - 1) for _ in range(10))
        lines.append(b"a%d: &a%d [%s]" % (level, level, aliases))

    assert refuse(b"\n".join(lines)) == "a.yaml: aliases expand to too much"


def test_parse_yaml_alias_to_itself_is_refused() -> None:
    assert refuse(b"a: &x [*x]\n") == "a.yaml: aliases expand to too much"


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b"{a: ", b"}"), (b"[", b"")])
def test_parse_yaml_deep_nesting_is_refused(brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets

    assert "nested too deeply" in refuse(opening * 100_000 + closing * 100_000)


def test_parse_yaml_nesting_within_the_limit_is_read() -> None:
    depth = MAX_DEPTH - 1
    value = parse_yaml(b"[" * depth + b"]" * depth, PATH).value

    for _ in range(depth - 1):
        (value,) = value
    assert value == ()


def test_read_yaml_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.yaml: cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")


def test_read_yaml_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)


def test_read_yaml_huge_file_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(10**12)

    with pytest.raises(ScenarioError, match="larger than 4000000 bytes"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("0.5", 0.5),
        ("true", True),
        ("", None),
        ("beacon-block", "beacon-block"),
        ("'64'", "64"),
        ("[1, [2, 3]]", (1, (2, 3))),
        ("{a: [1]}", {"a": (1,)}),
    ],
)
def test_parse_scalar_reads_a_value_as_a_file_would(text: str, value: object) -> None:
    assert parse_scalar(text) == value


@pytest.mark.parametrize(
    "text", ["[", "&a [*a]", "1" * 5000, "2020-13-45", "[" * 5000 + "]" * 5000, "\udcff", "a: a: a"]
)
def test_parse_scalar_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_scalar(text)


@PROPERTY
@given(st.binary(max_size=200))
def test_parse_yaml_any_bytes_give_a_value_or_an_error_that_names_the_file(data: bytes) -> None:
    assert all(problem.startswith("a.yaml") for problem in find_problems(data))


@PROPERTY
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@, \n\t01.~<\ufeff\u2028", max_size=60))
def test_parse_yaml_any_punctuation_gives_a_value_or_an_error(text: str) -> None:
    assert all(problem.startswith("a.yaml") for problem in find_problems(text.encode()))


def find_problems(data: bytes) -> tuple[str, ...]:
    try:
        parse_yaml(data, PATH)
    except ScenarioError as error:
        return error.problems
    return ()
