"""What an error says, and the tree."""

import inspect
import re

from chain import errors
from chain.errors import (
    InvalidBlock,
    InvalidScript,
    InvalidShardBlock,
    ScriptFault,
)


def test_error_shows_its_code_and_the_compared_values() -> None:
    error = InvalidShardBlock("wrong_parent", block=b"\x01\xff", slot=7)

    assert str(error) == "wrong_parent (block=0x01ff, slot=7)"
    assert (error.code, error.values) == ("wrong_parent", {"block": b"\x01\xff", "slot": 7})
    assert isinstance(error, InvalidBlock)


def test_error_without_values_shows_its_code_alone() -> None:
    assert str(ScriptFault("out_of_ticks")) == "out_of_ticks"


def test_invalid_script_tells_where() -> None:
    error = InvalidScript("float", 17, "Floats are not allowed.")

    assert str(error) == "float (offset=17)"
    assert (error.offset, error.detail) == (17, "Floats are not allowed.")


def test_error_tree_in_the_docstring_is_the_real_one() -> None:
    drawing = (inspect.getdoc(errors) or "").partition("::")[2].partition("Whoever")[0]
    drawn: dict[str, str] = {}
    path: list[str] = []
    for indent, name in re.findall(r"^    ((?:[|] {3}|[+]-- )*)(\w+)", drawing, re.MULTILINE):
        path = [*path[: len(indent) // 4], name]
        drawn[name] = path[-2] if indent else "Exception"

    real = {
        name: kind.__mro__[1].__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    }

    assert drawn == real
