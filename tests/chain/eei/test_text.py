"""The text format, at the door of the engine."""

import pytest

from chain.eei.text import assemble_text
from chain.errors import MalformedEncoding


def test_assemble_text_gives_a_module() -> None:
    assert assemble_text("(module)") == b"\0asm\1\0\0\0"


def test_assemble_text_refuses_what_is_none() -> None:
    with pytest.raises(MalformedEncoding) as caught:
        assemble_text("(modul)")

    assert caught.value.code == "not_wat"
